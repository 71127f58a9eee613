//! Writes the files to begin with into a folder.

use std::path::Path;

fn main() {
    let folder = std::env::args().nth(1).expect("a folder to write to");
    islet_fuzz::write_seeds(Path::new(&folder));
}

//! The house has one direction: a module imports only from those before it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Lower first; modules of one rank do not know each other.
const RANKS: [&[&str]; 11] = [
    &["refusal", "volume", "envelope", "statistics", "words", "component", "measure", "density", "threads"],
    &["mask", "planes", "window"],
    &["formats", "phantom", "preprocess", "metrics", "overlay", "edit", "mesh"],
    &["augment", "probability", "unlike"],
    &["model"],
    &["batch"],
    &["loss"],
    &["train", "infer"],
    &["tune"],
    &["protocol"],
    &["session"],
];
/// Above all of them, and never of each other.
const SHELLS: [&str; 2] = ["cli", "web"];

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, into: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            if entry.is_dir() {
                walk(&entry, into);
            } else if entry.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&entry).unwrap();
                into.push((entry, text));
            }
        }
    }
    let mut files = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    files
}

/// The top module a source file belongs to; `None` for lib.rs and the binaries.
fn module_of(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
    (first != "lib" && first != "bin").then_some(first)
}

/// Top modules named in `crate::module` paths, single or in braces.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let name = |s: &str| s.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => found.extend([name(rest)]),
            Some(group) => found.extend(group[..group.find('}').unwrap()].split(',').map(|part| name(part.trim()))),
        }
    }
    found.remove("");
    found
}

fn rank(module: &str) -> usize {
    let shell = SHELLS.contains(&module).then_some(RANKS.len());
    let found = RANKS.iter().position(|rank| rank.contains(&module)).or(shell);
    found.unwrap_or_else(|| {
        panic!("{module} has no rank in tests/it/layers.rs; ARCHITECTURE.md says where things belong")
    })
}

#[test]
fn imports_go_down_only() {
    let mut seen = BTreeSet::new();
    for (path, text) in sources() {
        let Some(module) = module_of(&path) else { continue };
        for import in imports(&text).into_iter().filter(|import| *import != module) {
            let path = path.display();
            assert!(rank(&import) < rank(&module), "{path}: `{module}` must not import `{import}`");
        }
        seen.insert(module);
    }
    assert!(seen.len() >= 18, "the walk found only {seen:?}");
}

#[test]
fn only_the_layers_from_model_upward_know_tensors() {
    let lowest = rank("model");
    for (path, text) in sources() {
        if let Some(module) = module_of(&path).filter(|m| rank(m) < lowest) {
            assert!(!text.contains("burn::"), "{}: `{module}` is below the model", path.display());
        }
    }
}

#[test]
fn the_page_knows_neither_burn_nor_the_session() {
    for (path, text) in sources().iter().filter(|(path, _)| path.to_string_lossy().contains("src/web/page")) {
        for word in ["burn::", "crate::app::session", "crate::nn::infer", "crate::model::weights"] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}

#[test]
fn targets_are_told_apart_by_features_alone() {
    for (path, text) in sources() {
        assert!(!text.contains("target_arch"), "{}", path.display());
    }
}

#[test]
fn no_file_is_long() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 400, "{} has {lines} lines", path.display());
    }
}

//! The floor plan of the sources: the order of the rooms, what each may name, and no import circles.

mod checker;
mod imports;
mod paths;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use self::imports::{Sources, circles, describe};
use self::paths::Module;

/// The rooms in the order of dependence: each imports only from those before it.
const ROOMS: [&str; 5] = ["core", "formats", "imaging", "nn", "app"];
/// The shells stand above all rooms and never import each other.
const SHELLS: [&str; 2] = ["cli", "web"];
/// The first room that knows tensors.
const FIRST_WITH_TENSORS: &str = "nn";
/// The longest a file may be.
const MOST_LINES: usize = 350;

/// The only type name that may occur more than once: the arguments of a command.
const SHARED_TYPE_NAMES: &[&str] = &["Args"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                walk(&entry, into);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                into.push(entry);
            }
        }
    }
    let mut paths = Vec::new();
    walk(&root().join(folder), &mut paths);
    paths.sort();
    let name = |path: &Path| path.strip_prefix(root().join(folder)).unwrap().to_str().unwrap().replace('\\', "/");
    paths.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

static TEXTS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| rust_files("src"));

fn sources() -> Sources {
    Sources::new(TEXTS.iter().map(|(name, text)| (name.as_str(), text.as_str())))
}

fn rank(room: &str) -> usize {
    let shell = SHELLS.contains(&room).then_some(ROOMS.len());
    ROOMS.iter().position(|other| *other == room).or(shell).unwrap_or_else(|| panic!("{room} is no room of the plan"))
}

/// The room of a file; `None` for lib.rs.
fn room_of(module: &Module) -> Option<&str> {
    module.first().map(String::as_str)
}

#[test]
fn lib_rs_lists_the_rooms_in_order() {
    let lib = syn::parse_file(&fs::read_to_string(root().join("src/lib.rs")).unwrap()).unwrap();
    let modules: Vec<String> = lib
        .items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Mod(module) => Some(module.ident.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(modules, [ROOMS.as_slice(), &SHELLS].concat());
}

#[test]
fn the_architecture_lists_the_rooms_in_order() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let rooms = [ROOMS.as_slice(), &SHELLS].concat();
    let cells = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let rows: Vec<&str> = cells.filter(|cell| rooms.contains(cell)).collect();
    if rows.contains(&"core") {
        assert_eq!(rows, rooms);
    } else {
        println!("ARCHITECTURE.md has no table of the rooms yet");
    }
}

#[test]
fn rooms_import_only_from_rooms_before_them() {
    let sources = sources();
    let mut rooms = BTreeSet::new();
    for (module, (name, _)) in &sources.files {
        let Some(room) = room_of(module) else { continue };
        for target in sources.references(module) {
            let other = room_of(&target.module).unwrap_or(room);
            let item = target.item.unwrap_or_default();
            let is_below = other == room || rank(other) < rank(room);
            assert!(is_below, "{name}: `{room}` must not import {item} of `{}`", target.module.join("::"));
        }
        rooms.insert(room);
    }
    assert_eq!(rooms.len(), ROOMS.len() + SHELLS.len(), "{rooms:?}");
}

/// The first names of all paths in a file that may lead to other crates.
fn first_names<'a>(sources: &'a Sources, module: &Module) -> BTreeSet<&'a str> {
    let scopes = sources.files[module].1.scopes.values();
    scopes.flat_map(|scope| &scope.paths).filter(|path| path.len() > 1).map(|path| path[0].as_str()).collect()
}

#[test]
fn only_nn_and_the_rooms_after_it_name_burn() {
    let sources = sources();
    for (module, (name, _)) in &sources.files {
        let knows_tensors = room_of(module).is_some_and(|room| rank(room) >= rank(FIRST_WITH_TENSORS));
        let crates = first_names(&sources, module);
        let named: Vec<&&str> = crates.iter().filter(|name| name.starts_with("burn")).collect();
        assert!(knows_tensors || named.is_empty(), "{name} names {named:?}");
    }
}

#[test]
fn the_page_names_neither_burn_nor_the_session() {
    let sources = sources();
    let page: Vec<_> = sources.files.iter().filter(|(module, _)| module.join("/").starts_with("web/page")).collect();
    assert!(page.len() > 10);
    for (module, (name, _)) in page {
        assert!(!first_names(&sources, module).iter().any(|first| first.starts_with("burn")), "{name} names burn");
        for target in sources.references(module) {
            let path = target.module.join("::");
            let is_barred =
                ["app::session", "nn::infer", "nn::model::weights"].iter().any(|barred| path.starts_with(barred));
            assert!(!is_barred, "{name} names {path}");
        }
    }
}

#[test]
fn no_room_prints() {
    for (module, (name, reading)) in &sources().files {
        if room_of(module).is_some_and(|room| ROOMS.contains(&room)) {
            let prints =
                |called: &&String| ["print", "println", "eprint", "eprintln", "dbg"].contains(&called.as_str());
            let printing: Vec<&String> = reading.macros.iter().filter(prints).collect();
            assert!(printing.is_empty(), "{name} calls {printing:?}");
        }
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let edges = sources().edges();
    let found: Vec<String> = circles(&edges).iter().map(|circle| describe(circle, &edges)).collect();
    assert!(found.is_empty(), "{} import circles:\n{}", found.len(), found.join("\n"));
}

#[test]
fn no_type_name_is_defined_twice() {
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, reading) in sources().files.into_values() {
        for found in reading.types {
            files.entry(found.name).or_default().push(name.clone());
        }
    }
    files.retain(|name, files| files.len() > 1 && !SHARED_TYPE_NAMES.contains(&name.as_str()));
    assert!(files.is_empty(), "{files:#?}");
}

#[test]
fn no_file_is_long() {
    let tests = rust_files("tests");
    let named = |folder: &'static str| {
        move |(name, text): &(String, String)| (format!("{folder}/{name}"), text.lines().count())
    };
    let all = TEXTS.iter().map(named("src")).chain(tests.iter().map(named("tests")));
    let long: BTreeMap<String, usize> = all.filter(|(_, lines)| *lines > MOST_LINES).collect();
    assert!(long.is_empty(), "longer than {MOST_LINES} lines: {long:?}");
}

#[test]
fn functions_are_short() {
    let files = sources().files;
    let all = files.values().flat_map(|(name, reading)| reading.functions.iter().map(move |function| (function, name)));
    let mut lengths: Vec<(usize, String)> =
        all.map(|(function, name)| (function.lines, format!("{} of {name}", function.name))).collect();
    lengths.sort();
    let median = lengths[lengths.len() / 2].0;
    let longest: Vec<_> = lengths.iter().rev().take_while(|(lines, _)| *lines > 60).collect();
    println!("{} functions, the median has {median} lines", lengths.len());
    assert!(longest.is_empty(), "above 60 lines: {longest:?}");
    assert!(median <= 10, "the median function has {median} lines");
}

#[test]
fn targets_are_told_apart_by_features_alone() {
    for (name, text) in TEXTS.iter() {
        assert!(!text.contains("target_arch"), "{name}");
    }
}

//! What Islet is made of: packages, their sources and licences, and the versions of actions and tools.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn toml_file(path: &str) -> toml::Table {
    text(path).parse().unwrap()
}

/// The packages of Cargo.lock but Islet itself, as `name version`.
fn locked() -> BTreeMap<String, toml::Table> {
    let lock = toml_file("Cargo.lock");
    let packages = lock["package"].as_array().unwrap().iter().map(|package| package.as_table().unwrap().clone());
    let named = |package: toml::Table| {
        let [name, version] = ["name", "version"].map(|key| package[key].as_str().unwrap().to_owned());
        (name != "islet").then(|| (format!("{name} {version}"), package))
    };
    packages.filter_map(named).collect()
}

/// The lines of www/licences.txt as package, licence and where it is shipped.
fn listed(text: &str) -> Vec<[&str; 3]> {
    let lines = text.lines().skip_while(|line| *line != "package | licence | where").skip(1);
    lines.map(|line| <[&str; 3]>::try_from(line.split(" | ").collect::<Vec<_>>()).unwrap()).collect()
}

#[test]
fn every_package_comes_from_crates_io_with_a_checksum() {
    let locked = locked();
    assert!(locked.len() > 300, "{}", locked.len());
    for (name, package) in &locked {
        let source = package.get("source").and_then(toml::Value::as_str);
        assert_eq!(source, Some("registry+https://github.com/rust-lang/crates.io-index"), "{name}");
        assert_eq!(package["checksum"].as_str().map(str::len), Some(64), "{name}");
    }
}

#[test]
fn the_page_and_the_programs_list_every_package_and_its_licence() {
    let text = text("www/licences.txt");
    let listed = listed(&text);
    let names: BTreeSet<String> = listed.iter().map(|[name, ..]| (*name).to_owned()).collect();
    let locked: BTreeSet<String> = locked().into_keys().collect();
    assert_eq!(names, locked, "run `node tools/licences.mjs`");
    for place in ["page", "programs"] {
        let shipped = listed.iter().filter(|[.., places]| places.split(", ").any(|found| found == place)).count();
        assert!(shipped > 100, "{shipped} in the {place}");
    }
    assert!(self::text("index.html").contains("href=\"www/licences.txt\""), "the page brings it along");
}

/// True if a licence expression allows a choice of the allowed ones.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let plain = expression.replace(['(', ')'], " ");
    // All of what is joined by AND, one of what is joined by OR; no expression in the lock file nests deeper.
    plain.split(" AND ").all(|part| part.split(" OR ").any(|licence| allowed.contains(licence.trim())))
}

#[test]
fn every_licence_is_one_that_deny_toml_allows() {
    let deny = toml_file("deny.toml");
    let strings = |list: &toml::Value| -> BTreeSet<String> {
        list.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
    };
    let licenses = deny["licenses"].as_table().unwrap();
    let allowed = strings(&licenses["allow"]);
    let mut excepted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for exception in licenses["exceptions"].as_array().unwrap() {
        excepted.insert(exception["crate"].as_str().unwrap().to_owned(), strings(&exception["allow"]));
    }
    for clarified in licenses["clarify"].as_array().unwrap() {
        excepted.insert(clarified["crate"].as_str().unwrap().to_owned(), allowed.clone());
    }
    let text = text("www/licences.txt");
    for [package, licence, _] in listed(&text) {
        let name = package.split(' ').next().unwrap();
        let more = excepted.get(name).cloned().unwrap_or_default();
        let is_clarified = licence.starts_with("see ") && excepted.contains_key(name);
        let all: BTreeSet<String> = allowed.union(&more).cloned().collect();
        assert!(is_clarified || is_allowed(licence, &all), "{package} is under {licence}");
    }
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            sources(&entry, into);
        } else if entry.extension().is_some_and(|ending| ending == "rs") {
            into.push(entry);
        }
    }
}

fn names_unsafe(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => names_unsafe(group.stream()),
        TokenTree::Ident(ident) => ident == "unsafe",
        _ => false,
    })
}

#[test]
fn unsafe_code_is_forbidden_and_there_is_none() {
    assert_eq!(toml_file("Cargo.toml")["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    let mut files = Vec::new();
    ["src", "tests", "examples"].iter().for_each(|folder| sources(&root().join(folder), &mut files));
    assert!(files.len() > 300);
    for file in files {
        let tokens: TokenStream = fs::read_to_string(&file).unwrap().parse().unwrap();
        assert!(!names_unsafe(tokens), "{}", file.display());
    }
}

#[test]
fn actions_and_tools_are_pinned() {
    for workflow in ["ci", "fuzz", "release"] {
        let text = text(&format!(".github/workflows/{workflow}.yml"));
        let used: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("- uses: ")).collect();
        assert!(!used.is_empty());
        for action in used {
            let commit = action.split_once('@').map_or("", |(_, version)| version.split(' ').next().unwrap());
            let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_commit, "{workflow}.yml uses {action}, expected a commit");
        }
        for line in text.lines().filter(|line| line.contains("cargo install")) {
            assert!(line.contains("--version ") && line.contains("--locked"), "{line}");
        }
    }
    for script in ["serve.sh", "test.sh"] {
        for line in text(script).lines().filter(|line| line.starts_with("install_tool ")) {
            let version = line.split(' ').nth(3).unwrap();
            assert_eq!(version.split('.').filter(|part| part.parse::<u32>().is_ok()).count(), 3, "{script}: {line}");
        }
    }
    let packages: Value = serde_json::from_str(&text("package-lock.json")).unwrap();
    for (name, package) in packages["packages"].as_object().unwrap().iter().filter(|(name, _)| !name.is_empty()) {
        assert!(package["integrity"].as_str().is_some_and(|hash| hash.starts_with("sha512-")), "{name}");
    }
    let wanted: Value = serde_json::from_str(&text("package.json")).unwrap();
    for (name, version) in wanted["dependencies"].as_object().unwrap() {
        assert!(version.as_str().unwrap().starts_with(|first: char| first.is_ascii_digit()), "{name} is {version}");
    }
}

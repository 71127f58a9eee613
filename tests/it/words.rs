//! Every string of the page and every message of the core in every language: none is empty, and all have the same gaps.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use islet::core::i18n::messages::MESSAGES;
use islet::core::i18n::{Language, PANELS, StringsEntry, interpolate};

/// The names between braces.
fn gaps(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect()
}

/// Panics if a text is empty in a language, or has other gaps than in English.
fn check(table: &[(&str, &[StringsEntry])]) {
    for (group, entries) in table {
        for (key, texts) in *entries {
            for (text, language) in texts.iter().zip(Language::ALL) {
                assert!(!text.trim().is_empty(), "{group}.{key} is empty in {}", language.name());
                assert_eq!(gaps(text), gaps(texts[0]), "{group}.{key} in {}", language.name());
            }
        }
    }
}

#[test]
fn no_string_of_the_page_is_empty_and_all_have_the_same_gaps_in_each_language() {
    check(PANELS);
}

#[test]
fn no_message_of_the_core_is_empty_and_all_have_the_same_gaps_in_each_language() {
    check(MESSAGES);
}

/// Units, which are the same in every language.
const UNITS: [&str; 7] = ["HU", "mm", "cm", "mL", "px", "cm²", "ms"];

/// Names of keys and elements in the DOM, and labels of keys that are the same in every language.
const NAMES: &str = "Alt Arrow ArrowDown ArrowLeft ArrowRight ArrowUp BUTTON Ctrl Delete End Enter Esc Escape Home PageDown PageUp Process \
                     SUMMARY Shift Space";

/// The string literals of a line of Rust that may be texts. Classes, drawings, links, reasons for a panic, and what is
/// matched or compared are left out.
fn literals(line: &str) -> Vec<&str> {
    let mut parts = line.split('"');
    let mut before = parts.next().unwrap_or_default();
    let mut found = Vec::new();
    while let Some(literal) = parts.next() {
        let after = parts.next().unwrap_or_default();
        let no_text = ["class=", "d=", "viewBox=", "href=", "points=", "expect(", "== ", "!= "];
        let matched = ["=>", "|", "if "].iter().any(|next| after.trim_start().starts_with(next));
        if !matched && !no_text.iter().any(|head| before.ends_with(head)) {
            found.push(literal);
        }
        before = after;
    }
    found
}

/// True if a literal is meant for people: it is between tags or in a title, has several words, or begins with a capital.
/// Gaps do not count as words.
fn is_text(literal: &str, line: &str) -> bool {
    let outside = literal.split('{').enumerate();
    let outside: String =
        outside.map(|(i, part)| if i == 0 { part } else { part.split_once('}').map_or("", |p| p.1) }).collect();
    let known = |word: &str| UNITS.contains(&word) || NAMES.split(' ').any(|name| name == word);
    let mut words = outside
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !known(word) && word.chars().filter(|c| c.is_alphabetic()).count() > 1);
    let between_tags = line.contains(&format!(">\"{literal}\"")) || line.trim() == format!("\"{literal}\"");
    let labelled = ["title", "aria-label", "placeholder", "alt"]
        .iter()
        .any(|name| line.contains(&format!("{name}=\"{literal}\"")));
    let spoken = outside.trim().contains(' ') || outside.starts_with(|c: char| c.is_uppercase());
    (between_tags || labelled || spoken) && words.next().is_some()
}

/// The Rust files below a folder.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] }).collect()
}

#[test]
fn the_page_has_no_texts_outside_the_translated_strings() {
    let files = rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/page"));
    assert!(files.iter().any(|path| path.ends_with("panels/header.rs")), "the walk reaches the subfolders");
    let mut offences = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            let texts = literals(line).into_iter().filter(|literal| is_text(literal, line));
            offences.extend(texts.map(|literal| format!("{}:{}: {literal}", path.display(), number + 1)));
        }
    }
    assert!(offences.is_empty(), "literals instead of src/core/i18n:\n{}", offences.join("\n"));
}

#[test]
fn texts_are_told_from_other_literals() {
    for line in [
        "<b>\"undo\"</b>",
        "let a = \"two words\";",
        "\"Ready\".into()",
        "title=\"key\"",
        "format!(\"{n} slices left\")",
    ] {
        assert!(literals(line).into_iter().any(|literal| is_text(literal, line)), "{line}");
    }
    for line in [
        "format!(\"{x:.2} x {y:.2} mm\")",
        "\"ArrowUp\" => up()",
        "class=\"letter west\"",
        ".expect(\"a plain object\")",
    ] {
        assert!(!literals(line).into_iter().any(|literal| is_text(literal, line)), "{line}");
    }
}

#[test]
fn gaps_are_filled_by_name_and_languages_found_by_tag() {
    assert_eq!(interpolate("{done} of {all}", &[("all", &5), ("done", &"two")]), "two of 5");
    assert_eq!(Language::from_tag("de-AT"), Some(Language::German));
    assert_eq!(Language::from_tag("fr"), None);
}

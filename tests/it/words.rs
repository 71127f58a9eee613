//! Every string of the page in every language: none empty, and the same gaps in each.

use std::collections::BTreeSet;

use islet::core::i18n::{Language, PANELS, interpolate};

/// The names between braces.
fn gaps(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect()
}

#[test]
fn no_string_is_missing_in_any_language() {
    let mut count = 0;
    for (panel, entries) in PANELS {
        for (key, texts) in *entries {
            assert_eq!(texts.len(), Language::ALL.len());
            for (text, language) in texts.iter().zip(Language::ALL) {
                assert!(!text.trim().is_empty(), "{panel}.{key} is empty in {}", language.name());
                assert_eq!(gaps(text), gaps(texts[0]), "{panel}.{key} in {}", language.name());
            }
            count += 1;
        }
    }
    assert!(count > 10, "the table has {count} strings");
}

/// Units and their like, the same in every language.
const UNITS: [&str; 7] = ["HU", "mm", "cm", "mL", "px", "cm²", "ms"];

/// What browsers call keys and elements (UI Events, DOM); and what is engraved on keys in every language.
const NAMES: &str = "Alt Arrow ArrowDown ArrowLeft ArrowRight ArrowUp BUTTON Ctrl Delete End Enter Esc Escape Home PageDown PageUp Process \
                     SUMMARY Shift Space";

/// What a line of Rust says in quotes, but for what is no text: classes, drawings, links, reasons for a panic, and what is matched or compared.
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

/// Whether a literal is meant for people: between tags or in a title, or several words, or a capital one. Gaps are no words.
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

#[test]
fn the_page_holds_no_words_of_its_own() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/page");
    let mut offences = Vec::new();
    for entry in std::fs::read_dir(page).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            let said = literals(line).into_iter().filter(|literal| is_text(literal, line));
            offences.extend(said.map(|literal| format!("{}:{}: {literal}", path.display(), number + 1)));
        }
    }
    assert!(offences.is_empty(), "literals instead of src/words:\n{}", offences.join("\n"));
}

#[test]
fn what_counts_as_words() {
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
fn gaps_are_filled_by_name() {
    assert_eq!(interpolate("{done} of {all}", &[("all", &5), ("done", &"two")]), "two of 5");
    assert_eq!(Language::from_tag("de-AT"), Some(Language::German));
    assert_eq!(Language::from_tag("fr"), None);
}

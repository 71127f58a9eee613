//! Every string of the page in every language: none empty, and the same gaps in each.

use std::collections::BTreeSet;

use islet::words::{Language, PANELS, fill};

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

/// The page's sources hold no words of their own: text between tags is a literal with a letter.
#[test]
fn the_page_holds_no_words_of_its_own() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/page");
    let mut offences = Vec::new();
    for entry in std::fs::read_dir(page).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            let between_tags = line.split('>').skip(1).any(|rest| rest.trim_start().starts_with('"'));
            let labelled = ["title=\"", "aria-label=\"", "placeholder=\""].iter().any(|name| line.contains(name));
            if between_tags || labelled {
                offences.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(offences.is_empty(), "literals instead of src/words:\n{}", offences.join("\n"));
}

#[test]
fn gaps_are_filled_by_name() {
    assert_eq!(fill("{done} of {all}", &[("all", &5), ("done", &"two")]), "two of 5");
    assert_eq!(Language::of("de-AT"), Some(Language::German));
    assert_eq!(Language::of("fr"), None);
}

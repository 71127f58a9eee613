//! Lists, folds and the default division of cases.

use islet::cli::CaseList;
use islet::cli::datasets::split::{Fold, Split};

/// All 80 cases that the archive has.
fn archive() -> Vec<u32> {
    (1..=82).filter(|id| ![25, 70].contains(id)).collect()
}

fn fold(text: &str) -> Split {
    Split::Fold(text.parse().unwrap())
}

fn list(text: &str) -> CaseList {
    text.parse().unwrap()
}

fn why(sides: &Split, all: &[u32], ct82: &[u32]) -> String {
    sides.divide(all, ct82).unwrap_err().reason.to_string()
}

#[test]
fn quarters_of_ct82_are_the_fields_folds() {
    let all = archive();
    let folds = [1..=20, 21..=40, 41..=61, 62..=82u32];
    for (k, (range, size)) in folds.into_iter().zip([20, 19, 21, 20]).enumerate() {
        let (train, val) = fold(&format!("{}/4", k + 1)).divide(&all, &all).unwrap();
        assert!(val.len() == size && val.iter().all(|id| range.contains(id)), "fold {}: {val:?}", k + 1);
        assert!(train.len() == 80 - size && !train.iter().any(|id| range.contains(id)), "fold {}: {train:?}", k + 1);
    }
}

#[test]
fn what_is_not_ct82_is_learned_from_in_every_fold_of_it() {
    let ct82: Vec<u32> = archive().into_iter().chain(1001..=1004).collect();
    let all: Vec<u32> = archive().into_iter().chain([90]).chain(1001..=1004).collect();
    let (train, val) = fold("4/4").divide(&all, &ct82).unwrap();
    assert_eq!((val.len(), train.len()), (20, 65));
    assert!([90, 1001, 1004].iter().all(|id| train.contains(id)));
}

#[test]
fn other_folds_are_even_runs_of_the_numbers() {
    let all = [3, 5, 9, 12, 20, 31, 40, 77, 81, 1001];
    for (n, sizes) in [(3, vec![3, 3, 4]), (4, vec![2, 3, 2, 3]), (10, vec![1; 10])] {
        let mut seen = Vec::new();
        for (k, size) in (1..=n).zip(sizes) {
            let (train, val) = fold(&format!("{k}/{n}")).divide(&all, &[]).unwrap();
            assert_eq!((val.len(), train.len()), (size, 10 - size), "fold {k}/{n}");
            assert!(train.iter().all(|id| !val.contains(id)));
            seen.extend(val);
        }
        assert_eq!(seen, all, "every case validates once, in order");
    }
    let phantoms: Vec<u32> = (1001..=1008).collect();
    let (_, val) = fold("2/4").divide(&phantoms, &phantoms).unwrap();
    assert_eq!(val, [1003, 1004], "phantoms are laid out as CT-82 but none of it");
    assert_eq!(fold("1/5").divide(&archive(), &archive()).unwrap().1, (1..=16).collect::<Vec<_>>());
}

#[test]
fn an_empty_side_is_refused() {
    assert!(why(&fold("1/4"), &[1, 2], &[1, 2]).contains("fold 1/4 leaves no case to learn from"));
    assert!(why(&fold("2/4"), &[1, 2], &[1, 2]).contains("fold 2/4 leaves no case to validate on"));
    assert!(why(&fold("1/3"), &[7, 9], &[]).contains("leaves no case to validate on"));
    assert!(why(&Split::LastFifth, &[7], &[]).contains("1 case(s) found, expected at least two"));
    assert!(why(&Split::LastFifth, &[], &[]).contains("0 case(s)"));
    for text in ["0/4", "5/4", "1/1", "4", "a/b", "1/", "1/2000", "-1/4", "1/4/2"] {
        assert!(text.parse::<Fold>().unwrap_err().contains(text), "{text}");
    }
}

#[test]
fn a_list_names_each_case_once_and_for_one_side() {
    let lists = |train, val| Split::Lists { train: list(train), val: list(val) };
    assert_eq!(lists("3,1,3-4", "2").divide(&[1, 2, 3, 4], &[]), Ok((vec![3, 1, 4], vec![2])));
    assert_eq!(lists("24-26", "69-71").divide(&archive(), &archive()), Ok((vec![24, 26], vec![69, 71])));
    assert!(why(&lists("24-26", "1"), &archive(), &[]).contains("case 25 was not found"), "another set's case 25");
    assert!(why(&lists("1-3", "3"), &[1, 2, 3], &[]).contains("case 3 is on both sides"));
    assert!(why(&lists("25", "1"), &archive(), &archive()).contains("expected at least two"));
}

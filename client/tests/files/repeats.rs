//! External ids that are in files more than once.

use client::check::{EXTERNAL_IDS_MAX, Place, Repeats};
use uuid::Uuid;

#[test]
fn the_first_row_is_named_once_there_is_another_value() {
    let (source, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let mut repeats = Repeats::default();
    repeats.begin_file("a.csv".to_owned());
    assert_eq!(repeats.take(source, "a", 5, 2), None);
    assert_eq!(repeats.take(source, "b", 5, 900), None);
    repeats.begin_file("b.csv".to_owned());
    assert_eq!(repeats.take(source, "c", 5, 2), None);
    assert_eq!(repeats.take(other, "a", 6, 3), None);
    assert_eq!(repeats.take(source, "b", 5, 4), None);
    let first = |file: &str, line| {
        Some(Place {
            file: file.to_owned(),
            line,
        })
    };
    assert_eq!(repeats.take(source, "a", 6, 5), first("a.csv", 2));
    assert_eq!(repeats.take(source, "c", 6, 6), first("b.csv", 2));
    assert_eq!(repeats.take(source, "b", 6, 7), first("a.csv", 900));
    assert_eq!(repeats.take(source, "b", 5, 8), first("a.csv", 900));
    repeats.keep_several();
    assert_eq!(repeats.first_of_several(source, "a"), first("a.csv", 2));
    assert_eq!(repeats.first_of_several(other, "a"), None);
    assert!(!repeats.is_incomplete());
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut repeats = Repeats::default();
    repeats.begin_file("a.csv".to_owned());
    let ids = (1..=EXTERNAL_IDS_MAX as u64).map(|line| (line, line.to_string()));
    for (line, id) in ids {
        assert_eq!(repeats.take(Uuid::nil(), &id, 5, line), None);
    }
    assert!(!repeats.is_incomplete());
    let line = EXTERNAL_IDS_MAX as u64 + 1;
    for value in [5, 6] {
        assert_eq!(repeats.take(Uuid::nil(), "more", value, line), None);
        assert!(repeats.is_incomplete());
    }
    assert!(repeats.take(Uuid::nil(), "7", 6, line + 1).is_some());
}

//! Properties of the values: what is accepted is kept exactly, and what is not is refused, never
//! changed.

use domain::problem::{Code, ErrorSink, Problems};
use domain::value::{FromJson, FromText, Metadata, Percentage, Timestamp};
use proptest::prelude::*;
use serde_json::Value;
use shared::lists::CursorSigner;

fn read<T: FromJson>(json: &str) -> Option<T> {
    let value: Value = serde_json::from_str(json).unwrap();
    let mut problems = Problems::default();
    let read = T::from_json(&value, &mut ErrorSink::new(&mut problems));
    assert_eq!(
        read.is_some(),
        problems.is_empty(),
        "a refusal has a reason"
    );
    read
}

/// Digits as a whole number of thousandths, or of another unit.
fn scaled(text: &str, places: usize) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<places$}").parse().unwrap()
}

#[test]
fn metadata_numbers_that_a_float_keeps_are_kept_however_they_are_written() {
    for (sent, returned) in [
        ("2e-28", "2e-28"),
        ("2.0e-28", "2e-28"),
        ("2.000E-28", "2e-28"),
        ("0.10", "0.1"),
        ("-0", "0"),
        ("1.0", "1"),
        ("1e19", "10000000000000000000"),
        ("-1.50e2", "-150"),
        ("18446744073709551615", "18446744073709551615"),
    ] {
        let metadata = read::<Metadata>(&format!("{{\"n\": {sent}}}"));
        let kept =
            metadata.map(|metadata| serde_json::to_value(metadata).unwrap()["n"].to_string());
        assert_eq!(kept.as_deref(), Some(returned), "{sent}");
    }
    for refused in [
        "0.1000000000000000055511151231257827",
        "1e-29",
        "18446744073709551617",
    ] {
        assert!(
            read::<Metadata>(&format!("{{\"n\": {refused}}}")).is_none(),
            "{refused}"
        );
    }
}

proptest! {
    #[test]
    fn instants_keep_their_microsecond(
        seconds in -60_000_000_000_i64..250_000_000_000,
        micros in 0_i32..1_000_000,
    ) {
        let instant = jiff::Timestamp::new(seconds, micros * 1_000);
        prop_assume!(instant.is_ok());
        let timestamp = Timestamp::new(instant.unwrap());
        let returned = timestamp.to_string();
        prop_assert!(returned.ends_with("+00:00"));
        prop_assert_eq!(Timestamp::from_text(&returned).unwrap(), timestamp);
    }

    #[test]
    fn sortable_instants_sort(
        one in -60_000_000_000_000_i64..250_000_000_000_000,
        other in -60_000_000_000_000_i64..250_000_000_000_000,
    ) {
        let instant = |millis: i64| {
            Timestamp::new(jiff::Timestamp::from_millisecond(millis).unwrap())
        };
        prop_assert_eq!(one.cmp(&other), instant(one).sortable().cmp(&instant(other).sortable()));
    }

    #[test]
    fn metadata_numbers_are_kept_or_refused(number in numbers()) {
        if let Some(metadata) = read::<Metadata>(&format!("{{\"n\": {number}}}")) {
            let returned = serde_json::to_value(&metadata).unwrap()["n"].to_string();
            let exact = |text: &str| significant(text);
            prop_assert_eq!(exact(&returned), exact(&number));
        }
    }

    #[test]
    fn a_cursor_gives_back_its_position_and_nothing_else(position in "\\PC{0,60}", filter in "\\PC{0,20}", flip in 0_usize..200) {
        let signer = CursorSigner::new("secret", "payees");
        let filters = vec![("status".to_owned(), filter)];
        let cursor = signer.sign(&position, &filters);
        prop_assert_eq!(signer.verify(&cursor, &filters).unwrap(), position);
        prop_assert!(CursorSigner::new("secret", "rules").verify(&cursor, &filters).is_err());
        prop_assert!(CursorSigner::new("other", "payees").verify(&cursor, &filters).is_err());
        prop_assert!(signer.verify(&cursor, &[]).is_err());
        let mut bytes = cursor.into_bytes();
        let at = flip % bytes.len();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let tampered = String::from_utf8(bytes).unwrap();
        prop_assert!(signer.verify(&tampered, &filters).is_err() || tampered.is_empty());
    }
}

/// Numbers as JSON spells them.
fn numbers() -> impl Strategy<Value = String> {
    let finite = any::<f64>().prop_filter("JSON has no others", |number| number.is_finite());
    prop_oneof![
        finite.prop_map(|number| number.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        "-?[1-9][0-9]{0,30}(\\.[0-9]{1,20})?",
    ]
}

/// A decimal number as its digits and exponent, without trailing zeros.
fn significant(text: &str) -> (String, i64) {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let sign = if whole.starts_with('-') { "-" } else { "" };
    let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return ("0".to_owned(), 0);
    }
    let zeros = (digits.len() - digits.trim_end_matches('0').len()) as i64;
    (
        format!("{sign}{significant}"),
        exponent.parse::<i64>().unwrap() - fraction.len() as i64 + zeros,
    )
}

/// All of them: from 0 to 100 in steps of a ten-thousandth.
#[test]
fn every_percentage_survives_a_round_trip() {
    for ten_thousandths in 0..=1_000_000 {
        let sent = format!(
            "{}.{:04}",
            ten_thousandths / 10_000,
            ten_thousandths % 10_000
        );
        let percentage = Percentage::from_text(&sent).unwrap();
        let returned = serde_json::to_string(&percentage).unwrap();
        assert_eq!(
            scaled(&returned, 4),
            ten_thousandths,
            "{sent} was returned as {returned}"
        );
        assert_eq!(
            serde_json::from_str::<Percentage>(&returned).unwrap(),
            percentage
        );
    }
}

#[test]
fn percentages_have_limits() {
    for text in [
        "100.0001", "-0.0001", "1.00001", "1e1", "", ".5", "5.", "+5", " 5", "0x10", "१",
    ] {
        assert!(Percentage::from_text(text).is_err(), "{text}");
    }
    assert_eq!(
        serde_json::to_string(&Percentage::from_text("20.0000").unwrap()).unwrap(),
        "20"
    );
}

#[test]
fn instants_are_rfc_3339_with_an_offset_or_a_date() {
    let good = [
        ("2026-05-31", "2026-05-31T00:00:00+00:00"),
        ("2026-05-31T10:00:00Z", "2026-05-31T10:00:00+00:00"),
        ("2026-05-31t10:00:00z", "2026-05-31T10:00:00+00:00"),
        ("2026-05-31 10:00:00+00:00", "2026-05-31T10:00:00+00:00"),
        ("2026-05-31T23:30:00-01:30", "2026-06-01T01:00:00+00:00"),
        ("2026-05-31T10:00:00.5Z", "2026-05-31T10:00:00.500000+00:00"),
        (
            "2026-05-31T10:00:00.123456789Z",
            "2026-05-31T10:00:00.123456+00:00",
        ),
        (
            "1969-12-31T23:59:59.9999999Z",
            "1969-12-31T23:59:59.999999+00:00",
        ),
        ("2024-02-29", "2024-02-29T00:00:00+00:00"),
    ];
    for (text, returned) in good {
        assert_eq!(
            Timestamp::from_text(text).unwrap().to_string(),
            returned,
            "{text}"
        );
    }
    let bad = [
        "",
        "now",
        "2026-05-31T10:00:00",
        "2026-05-31T10:00Z",
        "2026-05-31T10:00:00+0200",
        "2026-02-30",
        "2026-13-01",
        "2026-05-31T25:00:00Z",
        "20260531",
        "2026-5-31",
        "2026-05-31T10:00:00.Z",
        "2026-05-31T10:00:00Z[UTC]",
        "0000-01-01",
        "2026-05-31T10:00:00.1234567891Z",
        "9999-12-31T25:00:00Z",
        "2026-05-31T10:00:00+10:60",
        "2026-05-31T10:00:00+10:99",
        "+12026-05-31",
        "2026-05-31T10:00:00+25:00",
    ];
    let beyond = [
        "0000-06-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-30T22:00:01Z",
        "9999-12-31",
        "9999-12-31T10:00:00.5Z",
        "9999-12-31T23:00:00-01:00",
    ];
    let malformed = bad.map(|text| (text, Code::InvalidFormat));
    let beyond = beyond.map(|text| (text, Code::OutOfRange));
    for (text, code) in malformed.into_iter().chain(beyond) {
        let violation = Timestamp::from_text(text).unwrap_err();
        assert_eq!(violation.code, code, "{text}");
    }
}

//! Money: exact amounts, their sign, order and sums.

use domain::problem::{Code, ErrorSink, Problems};
use domain::value::{FromJson, FromText, Money, NonNegativeMoney, Sum};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn money(text: &str) -> Money {
    Money::from_text(text).unwrap_or_else(|violation| panic!("{text}: {}", violation.detail))
}

/// Reads a JSON value, with the code of its problem.
fn read<T: FromJson>(json: &Json) -> Result<T, Code> {
    let mut problems = Problems::default();
    let value = T::from_json(json, &mut ErrorSink::new(&mut problems));
    let code = problems.as_slice().first().map(|problem| problem.code);
    assert_eq!(value.is_some(), code.is_none(), "a refusal has a reason");
    value.ok_or_else(|| code.unwrap())
}

#[test]
fn an_amount_has_a_sign_and_an_order() {
    let (negative, zero, positive) = (money("-0.001"), money("0"), money("0.001"));
    assert!(negative.is_negative() && !negative.is_positive() && !negative.is_zero());
    assert!(zero.is_zero() && !zero.is_positive() && !zero.is_negative());
    assert!(positive.is_positive() && !positive.is_negative() && !positive.is_zero());
    assert!(negative < zero && zero < positive && money("9.999") < money("10"));
    assert!(money("-10") < money("-9.999"));
    assert_eq!(money("-0"), zero, "minus zero is zero");
    assert_eq!(money("-0").to_string(), "0.000");
}

#[test]
fn sums_are_exact_beyond_the_largest_amount() {
    let largest = money("999999999999999.999");
    assert_eq!(largest.thousandths(), 999_999_999_999_999_999);
    let mut sum: Sum = std::iter::repeat_n(largest, 1_000_000).sum();
    assert_eq!(sum.to_string(), "999999999999999999000.000");
    sum += money("-0.001").into();
    assert_eq!(sum.to_string(), "999999999999999998999.999");
    assert_eq!(sum.thousandths(), 999_999_999_999_999_998_999_999);
    let nothing: Sum = [money("0.100"), money("0.200"), money("-0.300")]
        .into_iter()
        .sum();
    assert_eq!(nothing, Sum::default(), "0.1 + 0.2 - 0.3 is nothing");
    for small in ["-1.500", "-0.500", "-0.001", "0.001"] {
        assert_eq!(Sum::from(money(small)).to_string(), small);
    }
}

#[test]
fn zeros_after_the_third_place_are_accepted_and_other_digits_are_not() {
    for (text, amount) in [
        ("100.0000", "100.000"),
        ("19.9900", "19.990"),
        ("0.0010000000000000000000000000", "0.001"),
        ("007.5", "7.500"),
    ] {
        assert_eq!(money(text).to_string(), amount, "{text}");
    }
    for text in [
        "1.0001",
        "1.00000000000000001",
        "1.",
        ".5",
        "1e3",
        "+1",
        "1,5",
        "",
        "-",
        "--1",
    ] {
        assert!(Money::from_text(text).is_err(), "{text}");
    }
}

#[test]
fn an_amount_has_at_most_15_digits_before_the_point() {
    for text in [
        "999999999999999.999",
        "-999999999999999.999",
        "000999999999999999",
    ] {
        assert!(Money::from_text(text).is_ok(), "{text}");
    }
    for text in [
        "1000000000000000",
        "-1000000000000000.000",
        "99999999999999999999",
    ] {
        assert_eq!(
            Money::from_text(text).unwrap_err().code,
            Code::OutOfRange,
            "{text}"
        );
    }
}

#[test]
fn an_amount_that_may_not_be_negative_may_be_zero() {
    for (sent, amount) in [
        (json!("0"), "0.000"),
        (json!("-0.000"), "0.000"),
        (json!(0.001), "0.001"),
        (json!("999999999999999.9990"), "999999999999999.999"),
    ] {
        let read = read::<NonNegativeMoney>(&sent).unwrap();
        assert_eq!(read.amount().to_string(), amount, "{sent}");
        assert_eq!(json!(read), json!(amount), "{sent}");
    }
    for sent in [json!("-0.001"), json!(-1), json!("-999999999999999.999")] {
        let code = read::<NonNegativeMoney>(&sent).unwrap_err();
        assert_eq!(code, Code::OutOfRange, "{sent}");
    }
    for sent in [json!(null), json!(true), json!([]), json!({"amount": 1})] {
        let code = read::<NonNegativeMoney>(&sent).unwrap_err();
        assert_eq!(code, Code::InvalidType, "{sent}");
    }
}

/// Amounts, and texts that differ from one in a detail.
fn amounts() -> impl Strategy<Value = String> {
    let sign = prop_oneof![6 => Just(""), 3 => Just("-"), 1 => Just("+")];
    let whole = prop_oneof![1 => Just(String::new()), 9 => "0{0,3}[0-9]{1,17}"];
    let point = prop_oneof![5 => Just("."), 4 => Just(""), 1 => Just(",")];
    let fraction = prop_oneof![Just(String::new()), "[0-9]{1,4}", "[0-9]{1,3}0{0,9}"];
    let end = prop_oneof![9 => Just(""), 1 => Just("e1"), 1 => Just(" ")];
    (sign, whole, point, fraction, end).prop_map(|(sign, whole, point, fraction, end)| {
        format!("{sign}{whole}{point}{fraction}{end}")
    })
}

/// The amount in thousandths, by another way: characters, one after the other.
fn expected(text: &str) -> Option<i128> {
    let (sign, mut characters) = (
        if text.starts_with('-') { -1 } else { 1 },
        text.chars().peekable(),
    );
    characters.next_if_eq(&'-');
    let (mut whole, mut digits, mut significant) = (0_i128, 0, 0);
    while let Some(digit) = characters.next_if(char::is_ascii_digit) {
        whole = whole * 10 + i128::from(digit.to_digit(10)?);
        digits += 1;
        significant += usize::from(significant > 0 || digit != '0');
    }
    let mut thousandths = whole * 1000;
    if characters.next_if_eq(&'.').is_some() {
        let (mut value, mut places) = (100, 0);
        while let Some(digit) = characters.next_if(char::is_ascii_digit) {
            let digit = i128::from(digit.to_digit(10)?);
            if value == 0 && digit != 0 {
                return None;
            }
            thousandths += digit * value;
            value /= 10;
            places += 1;
        }
        if places == 0 {
            return None;
        }
    }
    (digits > 0 && significant <= 15 && characters.next().is_none()).then_some(sign * thousandths)
}

proptest! {
    #[test]
    fn a_text_is_an_amount_exactly_if_its_digits_are(text in amounts()) {
        let read = Money::from_text(&text).ok().map(|money| i128::from(money.thousandths()));
        prop_assert_eq!(read, expected(&text), "{}", text);
        // A JSON string and, where JSON has such a number, a JSON number are read alike.
        // JSON itself allows the white space.
        let text = text.trim_end();
        let number = serde_json::from_str::<serde_json::Number>(text).map(Json::Number);
        for json in [Ok(json!(text)), number].into_iter().flatten() {
            let read = self::read::<Money>(&json).ok().map(|money| i128::from(money.thousandths()));
            prop_assert_eq!(read, expected(text), "{}", json);
        }
    }

    #[test]
    fn an_amount_is_shown_as_it_is_read(
        thousandths in -999_999_999_999_999_999_i64..=999_999_999_999_999_999,
    ) {
        let text = Sum::from_thousandths(thousandths.into()).to_string();
        prop_assert_eq!(money(&text).thousandths(), thousandths);
        prop_assert_eq!(money(&text).to_string(), text);
    }

    #[test]
    fn amounts_compare_as_their_thousandths_do(
        one in -1_000_000_i64..1_000_000,
        other in -1_000_000_i64..1_000_000,
    ) {
        let text = |thousandths: i64| Sum::from_thousandths(thousandths.into()).to_string();
        let amount = |thousandths| money(&text(thousandths));
        prop_assert_eq!(amount(one).cmp(&amount(other)), one.cmp(&other));
    }
}

//! Amounts as files write them: with a decimal comma, thousands separators, in minor units or with
//! other signs.

use std::collections::BTreeMap;

use domain::problem::quote;
use domain::value::{Currency, FromText};
use serde::Deserialize;

/// What happens to the sign of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// It stays.
    Keep,
    /// It is the other one: 5 becomes -5, and -5 becomes 5.
    Negate,
    /// It is a minus, whatever it was: 5 becomes -5, and -5 stays.
    Negative,
}

/// How minor units, such as cents, become major ones.
#[derive(Clone, Debug, PartialEq)]
pub enum MinorUnits {
    /// By the decimal places of the currency in ISO 4217, but for these currencies.
    ByCurrency(BTreeMap<String, u8>),
    /// Always by this many places.
    Places(u8),
}

/// How a file writes amounts.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberFormat {
    /// What separates whole units from their fraction.
    pub decimal: char,
    /// What separates groups of three digits, if anything does.
    pub thousands: Option<char>,
    /// Whether they are in minor units.
    pub minor_units: Option<MinorUnits>,
    /// What happens to the sign.
    pub sign: Sign,
    /// The same by the type of the record, which goes first.
    pub sign_by_type: BTreeMap<String, Sign>,
}

impl NumberFormat {
    /// The amount as a plain decimal in major units.
    ///
    /// # Errors
    /// Why the text is not such an amount.
    pub fn read(
        &self,
        text: &str,
        currency: Option<&str>,
        kind: Option<&str>,
    ) -> Result<String, String> {
        let (minus, unsigned) = match text.strip_prefix('-') {
            Some(unsigned) => (true, unsigned),
            None => (false, text),
        };
        let (whole, fraction) = match unsigned.split_once(self.decimal) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (unsigned, None),
        };
        let is_digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let whole = self.ungrouped(whole).filter(|whole| is_digits(whole));
        let (Some(whole), true) = (whole, fraction.is_none_or(is_digits)) else {
            return Err(format!("must be {}, got {}", self.expected(), quote(text)));
        };
        let digits = match &self.minor_units {
            None => fraction.map_or(whole.clone(), |fraction| format!("{whole}.{fraction}")),
            Some(units) => {
                if fraction.is_some() {
                    let got = quote(text);
                    return Err(format!("must be a whole number of minor units, got {got}"));
                }
                shift(&whole, places(units, currency)?)
            }
        };
        let sign = kind.and_then(|kind| self.sign_by_type.get(kind)).copied();
        let is_zero = digits.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        let minus = match sign.unwrap_or(self.sign) {
            Sign::Keep => minus,
            Sign::Negate => !minus,
            Sign::Negative => true,
        };
        Ok(if minus && !is_zero {
            format!("-{digits}")
        } else {
            digits
        })
    }

    /// The digits without separators, which must separate groups of three.
    fn ungrouped(&self, whole: &str) -> Option<String> {
        let Some(separator) = self
            .thousands
            .filter(|separator| whole.contains(*separator))
        else {
            return Some(whole.to_owned());
        };
        let mut groups = whole.split(separator);
        let first = groups.next().unwrap_or_default();
        let is_grouped = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
        is_grouped.then(|| whole.replace(separator, ""))
    }

    fn expected(&self) -> String {
        let mut example = match self.thousands {
            Some(separator) => format!("1{separator}249"),
            None => "1249".to_owned(),
        };
        if self.minor_units.is_none() {
            example = format!("{example}{}50", self.decimal);
        }
        format!("an amount such as {example}")
    }
}

/// The decimal places of the minor unit.
fn places(units: &MinorUnits, currency: Option<&str>) -> Result<usize, String> {
    let places = match units {
        MinorUnits::Places(places) => Some(*places),
        MinorUnits::ByCurrency(exceptions) => {
            let code = currency.unwrap_or_default().to_ascii_uppercase();
            let known = || Currency::from_text(&code).ok()?.minor_unit_places();
            exceptions.get(&code).copied().or_else(known)
        }
    };
    places.map(usize::from).ok_or_else(|| {
        "is in minor units, whose size depends on the currency, and the record has no valid currency".to_owned()
    })
}

/// Moves the decimal point to the left.
fn shift(digits: &str, places: usize) -> String {
    if places == 0 {
        return digits.to_owned();
    }
    let padded = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = padded.split_at(padded.len() - places);
    format!("{whole}.{fraction}")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail so")]
mod tests {
    use super::*;

    fn format() -> NumberFormat {
        NumberFormat {
            decimal: '.',
            thousands: None,
            minor_units: None,
            sign: Sign::Keep,
            sign_by_type: BTreeMap::new(),
        }
    }

    fn german() -> NumberFormat {
        NumberFormat {
            decimal: ',',
            thousands: Some('.'),
            ..format()
        }
    }

    #[test]
    fn a_decimal_comma_and_thousands_are_read_as_stated() {
        let read = |text| german().read(text, None, None);
        assert_eq!(read("1.234.567,89").as_deref(), Ok("1234567.89"));
        assert_eq!(read("-1.234").as_deref(), Ok("-1234"));
        assert_eq!(read("1234,5").as_deref(), Ok("1234.5"));
    }

    #[test]
    fn what_could_mean_something_else_is_refused() {
        for text in [
            "1.23", "1.2345,6", ".123", "1,234.56", "12,", ",5", "1e3", "+5", " 5", "--5", "",
            "5-", "1..234",
        ] {
            let read = german().read(text, None, None);
            assert!(read.is_err(), "{text}: {read:?}");
        }
        let error = format().read("1,234.56", None, None).unwrap_err();
        assert_eq!(error, "must be an amount such as 1249.50, got \"1,234.56\"");
    }

    #[test]
    fn minor_units_are_divided_by_the_places_of_the_currency() {
        let units = Some(MinorUnits::ByCurrency(BTreeMap::from([(
            "UGX".to_owned(),
            2,
        )])));
        let format = NumberFormat {
            minor_units: units,
            ..format()
        };
        let read = |text, currency| format.read(text, Some(currency), None);
        assert_eq!(read("24900", "EUR").as_deref(), Ok("249.00"));
        assert_eq!(read("-5", "eur").as_deref(), Ok("-0.05"));
        assert_eq!(read("24900", "JPY").as_deref(), Ok("24900"));
        assert_eq!(read("24900", "KWD").as_deref(), Ok("24.900"));
        assert_eq!(read("24900", "UGX").as_deref(), Ok("249.00"));
        assert!(
            read("249.00", "EUR")
                .unwrap_err()
                .contains("whole number of minor units")
        );
        assert!(
            read("249", "EURO")
                .unwrap_err()
                .contains("no valid currency")
        );
        assert!(format.read("249", None, None).is_err());
    }

    #[test]
    fn signs_follow_the_type_first() {
        let by_type = BTreeMap::from([
            ("refund".to_owned(), Sign::Negative),
            ("sale".to_owned(), Sign::Keep),
        ]);
        let format = NumberFormat {
            sign: Sign::Negate,
            sign_by_type: by_type,
            ..format()
        };
        let read = |text, kind| format.read(text, None, Some(kind)).unwrap();
        assert_eq!([read("5", "refund"), read("-5", "refund")], ["-5", "-5"]);
        assert_eq!([read("5", "sale"), read("5", "adjustment")], ["5", "-5"]);
        assert_eq!(read("0.00", "refund"), "0.00");
    }
}

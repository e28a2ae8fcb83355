//! How the texts of a field are read, as a table of the map says it.

use domain::problem::quote;

use super::super::convert::Convert;
use super::super::file::FieldTable;
use super::super::number::{MinorUnits, NumberFormat, Sign};
use super::super::shape::Shape;
use super::super::time::TimeFormat;

/// How amounts are written, if the table says anything about it.
///
/// # Errors
/// What is said of amounts that does not fit together.
pub fn number(table: &FieldTable, shape: &Shape) -> Result<Option<Convert>, String> {
    let places = table.minor_unit_places.is_some() || !table.minor_unit_exceptions.is_empty();
    let is_said = table.decimal.is_some()
        || table.thousands.is_some()
        || table.minor_units
        || places
        || table.sign.is_some()
        || !table.sign_by_type.is_empty();
    if !is_said {
        return Ok(None);
    }
    if *shape != Shape::Decimal {
        return Err(
            "decimal, thousands, minor_units and sign are only for amounts and percentages"
                .to_owned(),
        );
    }
    if places && !table.minor_units {
        return Err(
            "minor_unit_places and minor_unit_exceptions need minor_units = true".to_owned(),
        );
    }
    let decimal = character("decimal", table.decimal.as_deref())?.unwrap_or('.');
    let thousands = character("thousands", table.thousands.as_deref())?;
    if thousands == Some(decimal) {
        return Err("decimal and thousands must differ".to_owned());
    }
    let minor_units = match (table.minor_units, table.minor_unit_places) {
        (false, _) => None,
        (true, None) => Some(MinorUnits::ByCurrency(table.minor_unit_exceptions.clone())),
        (true, Some(places)) if table.minor_unit_exceptions.is_empty() => {
            Some(MinorUnits::Places(places))
        }
        (true, Some(_)) => {
            return Err(
                "minor_unit_places and minor_unit_exceptions exclude each other".to_owned(),
            );
        }
    };
    Ok(Some(Convert::Number(NumberFormat {
        decimal,
        thousands,
        minor_units,
        sign: table.sign.unwrap_or(Sign::Keep),
        sign_by_type: table.sign_by_type.clone(),
    })))
}

fn character(key: &str, text: Option<&str>) -> Result<Option<char>, String> {
    let Some(text) = text else {
        return Ok(None);
    };
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(one), None) if !one.is_ascii_digit() && one != '-' => Ok(Some(one)),
        (_, _) => Err(format!(
            "{key} must be one character, not a digit or a minus, got {}",
            quote(text)
        )),
    }
}

/// How days and instants are written, if the table says it.
///
/// # Errors
/// What is said of times that does not fit together.
pub fn time(table: &FieldTable, shape: &Shape) -> Result<Option<Convert>, String> {
    let Some(format) = &table.format else {
        return match table.zone.is_some() || !table.zone_abbreviations.is_empty() {
            true => Err("zone and zone_abbreviations need a format".to_owned()),
            false => Ok(None),
        };
    };
    let is_day = match shape {
        Shape::Date => true,
        Shape::Timestamp => false,
        _ => return Err("format is only for days and instants".to_owned()),
    };
    let zone = table.zone.as_deref();
    let time = TimeFormat::new(format, zone, &table.zone_abbreviations, is_day)?;
    Ok(Some(Convert::Time(time)))
}

//! A field of a map, checked against the kind of record and the columns of the file.

use std::collections::BTreeMap;

use domain::fields::nearest;
use domain::problem::{Code, ErrorSink, Problems, quote};
use serde_json::{Map, Value};

use super::cells::Column;
use super::convert::Convert;
use super::field::{Condition, FieldPlan, Part, Source};
use super::file::{ConditionTable, Empty, FieldTable};
use super::number::{MinorUnits, NumberFormat, Sign};
use super::shape::{KindFields, Shape};
use super::time::TimeFormat;

/// What separates the elements of a list in a cell.
pub const SEPARATOR: &str = ";";

/// The field with the shares of a rule.
const ALLOCATIONS: &str = "allocations";

/// The columns of a file, and which of them are used.
pub struct Columns<'a> {
    /// The header; `None` if rows are JSON.
    header: Option<&'a [String]>,
    /// The names that were asked for.
    pub used: Vec<String>,
}

impl<'a> Columns<'a> {
    /// The columns of a CSV file, or of JSON rows.
    pub fn new(header: Option<&'a [String]>) -> Self {
        Self {
            header,
            used: Vec::new(),
        }
    }

    /// The column with this name.
    ///
    /// # Errors
    /// When the file has none.
    pub fn find(&mut self, name: &str) -> Result<Column, String> {
        let found = match self.header {
            None => Some(0),
            Some(header) => header.iter().position(|column| column == name),
        };
        let index = found.ok_or_else(|| {
            let names: Vec<&str> = self
                .header
                .unwrap_or_default()
                .iter()
                .map(String::as_str)
                .collect();
            let similar =
                nearest(name, &names).map(|name| format!("; did you mean {}?", quote(name)));
            let similar = similar.unwrap_or_default();
            format!("the file has no column {}{similar}", quote(name))
        })?;
        self.used.push(name.to_owned());
        Ok(Column {
            name: name.to_owned(),
            index,
        })
    }

    /// The condition that a table describes.
    ///
    /// # Errors
    /// When it has no values, or the file has no such column.
    pub fn condition(&mut self, table: &ConditionTable) -> Result<Condition, String> {
        let column = self.find(table.column.get_ref())?;
        let (values, is_one) = match (&table.is, &table.is_not) {
            (Some(values), None) => (values, true),
            (None, Some(values)) => (values, false),
            (_, _) => {
                return Err("a condition needs either is or is_not, a list of texts".to_owned());
            }
        };
        Ok(Condition {
            column,
            values: values.clone(),
            is_one,
        })
    }
}

/// A field that is a column of the same name.
pub fn plain(path: Vec<String>, shape: &Shape, column: Column) -> FieldPlan {
    let separator = SEPARATOR.to_owned();
    FieldPlan {
        pointer: pointer(&path),
        convert: match shape {
            Shape::Text | Shape::Decimal | Shape::Currency | Shape::Timestamp | Shape::Date => {
                Convert::Text
            }
            Shape::Boolean => Convert::Boolean,
            Shape::Whole => Convert::Whole,
            Shape::Texts => Convert::Texts(separator),
            Shape::Json if path == [ALLOCATIONS] => Convert::Allocations(separator),
            Shape::Json | Shape::Fields(_) | Shape::Open(_) => Convert::Json,
        },
        path,
        source: Source::Column(column),
        when: None,
        values: None,
        other: None,
        default: None,
        empty: Empty::Omit,
    }
}

/// A field as a table of the map describes it.
///
/// # Errors
/// What is wrong with the table.
pub fn field(
    path: &str,
    table: &FieldTable,
    kind: &KindFields,
    columns: &mut Columns<'_>,
) -> Result<FieldPlan, String> {
    let (names, shape) = kind.find(path).ok_or_else(|| unknown(path, kind))?;
    let source = source(table, columns)?;
    let is_constant = matches!(source, Source::Value(_));
    let column = Column {
        name: String::new(),
        index: 0,
    };
    let mut plan = plain(names, shape, column);
    plan.source = source;
    plan.when = table
        .when
        .as_ref()
        .map(|when| columns.condition(when))
        .transpose()?;
    plan.values = table.values.as_ref().map(map_of).transpose()?;
    plan.other = table.other.as_ref().map(json).transpose()?;
    plan.default = table.default.as_ref().map(json).transpose()?;
    plan.empty = table.empty.unwrap_or_default();
    if plan.other.is_some() && plan.values.is_none() {
        return Err("other has no effect without values".to_owned());
    }
    if table.default.is_some() && table.empty.is_some() {
        return Err(
            "default and empty exclude each other: both say what an empty cell means".to_owned(),
        );
    }
    let has_texts = plan.values.is_some() || plan.default.is_some() || table.empty.is_some();
    let number = number(table, shape)?;
    let time = time(table, shape)?;
    if is_constant && (has_texts || number.is_some() || time.is_some() || table.separator.is_some())
    {
        return Err(
            "value is the same for every row: remove the keys that say how to read a cell"
                .to_owned(),
        );
    }
    if plan.values.is_some() && (number.is_some() || time.is_some() || table.separator.is_some()) {
        return Err(
            "values says what each text becomes: remove the keys that say how to read a cell"
                .to_owned(),
        );
    }
    if let Some(convert) = number.or(time) {
        plan.convert = convert;
    }
    if let Some(separator) = &table.separator {
        match &mut plan.convert {
            Convert::Texts(own) | Convert::Allocations(own) if !separator.is_empty() => {
                *own = separator.clone()
            }
            _ => return Err("separator is only for lists, and must not be empty".to_owned()),
        }
    }
    Ok(plan)
}

fn unknown(path: &str, kind: &KindFields) -> String {
    let names = kind.names();
    let similar = nearest(path, &names).map(|name| format!("; did you mean {}?", quote(name)));
    let similar = similar.unwrap_or_else(|| ".".to_owned());
    format!(
        "is not a known field{similar} Known fields: {}",
        names.join(", ")
    )
}

fn source(table: &FieldTable, columns: &mut Columns<'_>) -> Result<Source, String> {
    match (&table.column, &table.template, &table.value) {
        (Some(name), None, None) if table.optional.is_empty() => {
            Ok(Source::Column(columns.find(name)?))
        }
        (None, Some(template), None) => {
            template_of(template, &table.optional, columns).map(Source::Template)
        }
        (None, None, Some(value)) if table.optional.is_empty() => Ok(Source::Value(json(value)?)),
        (Some(_), None, None) | (None, None, Some(_)) => {
            Err("optional is only for the columns of a template".to_owned())
        }
        (_, _, _) => Err("needs exactly one of column, template and value".to_owned()),
    }
}

/// Splits `{id}-{type}`; two braces are one that is meant.
fn template_of(
    template: &str,
    optional: &[String],
    columns: &mut Columns<'_>,
) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(place) = rest.find(['{', '}']) {
        text.push_str(&rest[..place]);
        rest = &rest[place..];
        let doubled = ["{{", "}}"]
            .into_iter()
            .find(|brace| rest.starts_with(brace));
        if let Some(brace) = doubled {
            text.push_str(&brace[1..]);
            rest = &rest[2..];
            continue;
        }
        let name = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let (name, after) =
            name.ok_or("template: a brace has no partner; write {{ or }} for a brace")?;
        if !text.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut text)));
        }
        parts.push(Part::Column {
            column: columns.find(name)?,
            is_optional: optional.iter().any(|optional| optional == name),
        });
        rest = after;
    }
    text.push_str(rest);
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    let is_used = |wanted: &&String| {
        !parts
            .iter()
            .any(|part| matches!(part, Part::Column { column, .. } if column.name == **wanted))
    };
    if let Some(name) = optional.iter().find(is_used) {
        return Err(format!(
            "optional: the template has no column {}",
            quote(name)
        ));
    }
    let has_column = parts.iter().any(|part| matches!(part, Part::Column { .. }));
    match has_column {
        true => Ok(parts),
        false => Err("template has no column: use value for a fixed text".to_owned()),
    }
}

/// How amounts are written, if the table says anything about it.
fn number(table: &FieldTable, shape: &Shape) -> Result<Option<Convert>, String> {
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
fn time(table: &FieldTable, shape: &Shape) -> Result<Option<Convert>, String> {
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

fn map_of(values: &BTreeMap<String, toml::Value>) -> Result<BTreeMap<String, Value>, String> {
    let values = values.iter();
    values
        .map(|(key, value)| Ok((key.clone(), json(value)?)))
        .collect()
}

/// A value of the map as JSON.
fn json(value: &toml::Value) -> Result<Value, String> {
    Ok(match value {
        toml::Value::String(text) => Value::String(text.clone()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Boolean(bool) => Value::Bool(*bool),
        toml::Value::Array(list) => list.iter().map(json).collect::<Result<_, _>>()?,
        toml::Value::Table(table) => {
            let members = table.iter();
            let members = members.map(|(key, value)| Ok((key.clone(), json(value)?)));
            Value::Object(members.collect::<Result<Map<_, _>, String>>()?)
        }
        toml::Value::Float(_) => {
            return Err(
                "write a decimal as a text, such as \"2.5\": it must stay exact".to_owned(),
            );
        }
        toml::Value::Datetime(_) => {
            return Err("write a time as a text, such as \"2026-05-31T10:00:00Z\"".to_owned());
        }
    })
}

/// The pointer of a field, as the domain writes it.
fn pointer(path: &[String]) -> String {
    fn add(errors: &mut ErrorSink<'_>, path: &[String]) {
        match path {
            [] => errors.add(Code::Required, ""),
            [name, rest @ ..] => add(&mut errors.at(name), rest),
        }
    }
    let mut problems = Problems::default();
    add(&mut ErrorSink::new(&mut problems), path);
    problems
        .as_slice()
        .first()
        .map(|problem| problem.pointer.clone())
        .unwrap_or_default()
}

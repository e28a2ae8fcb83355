//! A field of a map, checked against the kind of record and the columns of the file.

mod source;

mod columns;
mod reading;
mod value;

use domain::fields::nearest;
use domain::problem::{Code, ErrorSink, Problems, quote};

pub use columns::Columns;
use reading::{number, time};
use source::source;
use value::{json, map_of};

use super::cells::Column;
use super::convert::Convert;
use super::field::{FieldPlan, Source};
use super::file::{Empty, FieldTable};
use super::shape::{KindFields, Shape};

/// What separates the elements of a list in a cell.
const SEPARATOR: &str = ";";

/// The field with the shares of a rule.
const ALLOCATIONS: &str = "allocations";

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
    let is_read = number.is_some() || time.is_some() || table.separator.is_some();
    check_keys(is_constant, has_texts, plan.values.is_some(), is_read)?;
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

/// Refuses keys that would have no effect.
fn check_keys(
    is_constant: bool,
    has_texts: bool,
    has_values: bool,
    is_read: bool,
) -> Result<(), String> {
    if is_constant && (has_texts || is_read) {
        return Err(
            "value is the same for every row: remove the keys that say how to read a cell"
                .to_owned(),
        );
    }
    if has_values && is_read {
        return Err(
            "values says what each text becomes: remove the keys that say how to read a cell"
                .to_owned(),
        );
    }
    Ok(())
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

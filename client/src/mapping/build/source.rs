//! Where the value of a field comes from, as a table of the map says it.

use domain::problem::quote;

use super::super::field::{Part, Source};
use super::super::file::FieldTable;
use super::columns::Columns;
use super::value::json;

/// Where the value of a field comes from.
///
/// # Errors
/// When the table says it not at all or twice, or the file lacks a column.
pub fn source(table: &FieldTable, columns: &mut Columns<'_>) -> Result<Source, String> {
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

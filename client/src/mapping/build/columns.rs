//! The columns of a file, and which of them a map uses.

use domain::fields::nearest;
use domain::problem::quote;

use super::super::cells::Column;
use super::super::field::Condition;
use super::super::file::ConditionTable;

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

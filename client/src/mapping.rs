//! Maps: how the columns of a file become the fields of records. `docs/mapping.md` explains them.
//!
//! A map is TOML. It is strict: an unknown key, a column that the file does not have and a column
//! that the map does not use are errors, so that nothing is lost silently. Nothing is guessed
//! either: a date or an amount that could mean two things rejects its row.

mod plan;

mod build;
mod file;
mod preset;

mod field;

mod convert;

mod cells;
mod number;
mod shape;
mod time;

mod probe;

use std::fs;
use std::path::Path;

use domain::fields::nearest;
use domain::problem::quote;

pub use plan::{Mapped, Plan};
pub use preset::{PRESETS, Preset};
pub use shape::{Field, KindFields, Shape};

use crate::kind::RecordKind;
use crate::rows::{FileError, Layout};

/// A map: how the columns of a file become the fields of records.
#[derive(Debug)]
pub struct Mapping {
    file: String,
    text: String,
    table: file::MapTable,
}

impl Mapping {
    /// Reads the map in a file.
    ///
    /// # Errors
    /// Why the file is not a map, with the line.
    pub fn load(path: &Path) -> Result<Self, FileError> {
        let file = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| FileError {
            file: file.clone(),
            line: None,
            detail: error.to_string(),
            is_io: false,
        })?;
        Self::parse(&file, &text)
    }

    /// Reads the text of a map; `file` is its name in messages.
    ///
    /// # Errors
    /// Why the text is not a map, with the line.
    pub fn parse(file: &str, text: &str) -> Result<Self, FileError> {
        let mapping = Self {
            file: file.to_owned(),
            text: text.to_owned(),
            table: file::parse(file, text)?,
        };
        mapping.kind()?;
        mapping.layout()?;
        Ok(mapping)
    }

    /// The map with this name that comes with the program.
    ///
    /// # Errors
    /// When there is none.
    pub fn preset(name: &str) -> Result<Self, FileError> {
        let preset = PRESETS.iter().find(|preset| preset.name == name);
        let preset = preset.ok_or_else(|| {
            let names: Vec<_> = PRESETS.iter().map(|preset| preset.name).collect();
            let similar =
                nearest(name, &names).map(|name| format!("; did you mean {}?", quote(name)));
            let similar = similar.unwrap_or_default();
            FileError {
                file: format!("preset {name}"),
                line: None,
                detail: format!(
                    "there is no such preset{similar} There are: {}",
                    names.join(", ")
                ),
                is_io: false,
            }
        })?;
        Self::parse(&format!("preset {name}"), preset.text)
    }

    /// The kind of record that it makes, if it says so.
    ///
    /// # Errors
    /// When there is no such kind.
    pub fn kind(&self) -> Result<Option<RecordKind>, FileError> {
        let Some(name) = &self.table.kind else {
            return Ok(None);
        };
        let kind = RecordKind::named(name.get_ref()).ok_or_else(|| {
            let names: Vec<_> = RecordKind::ALL
                .iter()
                .map(|kind| quote(kind.name()))
                .collect();
            let detail = format!(
                "kind must be one of {}, got {}",
                names.join(", "),
                quote(name.get_ref())
            );
            self.error(name.span().start, detail)
        })?;
        Ok(Some(kind))
    }

    /// What it says of the file.
    ///
    /// # Errors
    /// A delimiter that cannot be one.
    pub fn layout(&self) -> Result<Layout, FileError> {
        let file = &self.table.file;
        let delimiter = file
            .delimiter
            .as_ref()
            .map(|text| match text.get_ref().as_bytes() {
                [one] if !matches!(one, b'"' | b'\r' | b'\n') => Ok(*one),
                _ => {
                    let detail = format!(
                        "delimiter must be one ASCII character, got {}",
                        quote(text.get_ref())
                    );
                    Err(self.error(text.span().start, detail))
                }
            });
        Ok(Layout {
            format: file.format,
            delimiter: delimiter.transpose()?,
            header_starts_with: file.header_starts_with.clone(),
            rows_end_before: file.rows_end_before.clone(),
        })
    }

    /// Plans how the rows of a file become records of a kind.
    ///
    /// # Errors
    /// What does not fit together: the map, the kind, and the columns.
    pub fn plan(&self, kind: RecordKind, header: Option<&[String]>) -> Result<Plan, FileError> {
        if let Some(own) = self.kind()?.filter(|own| *own != kind) {
            return Err(self.error_of_file(format!("makes {own}, not {kind}")));
        }
        Plan::mapped(self, kind, header)
    }

    /// An error at a place in the text.
    fn error(&self, place: usize, detail: impl Into<String>) -> FileError {
        FileError {
            file: self.file.clone(),
            line: Some(file::line(&self.text, place)),
            detail: detail.into(),
            is_io: false,
        }
    }

    fn error_of_file(&self, detail: impl Into<String>) -> FileError {
        FileError {
            file: self.file.clone(),
            line: None,
            detail: detail.into(),
            is_io: false,
        }
    }
}

//! How a command reads files: with which map, and in which format.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use domain::upsert::UpsertMode;
use domain::value::{FromText, StringEnum};

use super::Failed;
use crate::check;
use crate::exit::Exit;
use crate::mapping::{Mapping, PRESETS};
use crate::rows::{FileError, Format, Layout, is_delimiter};

/// The arguments of a command that reads files of any kind.
#[derive(Clone, Debug, Args)]
pub struct FileArguments {
    #[command(flatten)]
    layout: LayoutArguments,
    /// What to do with payees, products and rules: with update_only, rows may have only the fields
    /// to change.
    #[arg(long, value_name = "WHAT", default_value = "create_or_update",
          value_parser = upsert_mode())]
    operation: UpsertMode,
}

/// The arguments that say what files look like.
#[derive(Clone, Debug, Args)]
pub struct LayoutArguments {
    /// How columns become fields (docs/mapping.md). Without a map, columns have the names of
    /// fields.
    #[arg(long, value_name = "FILE", conflicts_with = "preset")]
    map: Option<PathBuf>,
    /// A map that comes with the program.
    #[arg(long, value_name = "NAME", value_parser = preset_names())]
    preset: Option<String>,
    /// The format of the files; by default as their names say.
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// What separates the cells of CSV: one character, or `tab`; by default found in the header.
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
}

fn upsert_mode() -> impl TypedValueParser<Value = UpsertMode> {
    let modes = [
        (UpsertMode::CreateOnly, "Create it, if it does not exist"),
        (UpsertMode::UpdateOnly, "Update it, if it exists"),
        (UpsertMode::CreateOrUpdate, "Either"),
    ];
    let named = modes.map(|(mode, help)| PossibleValue::new(mode.name()).help(help));
    let read = |name: String| UpsertMode::from_text(&name).map_err(|violation| violation.detail);
    PossibleValuesParser::new(named).try_map(read)
}

fn preset_names() -> PossibleValuesParser {
    let presets = PRESETS.iter();
    PossibleValuesParser::new(
        presets.map(|preset| PossibleValue::new(preset.name).help(preset.report)),
    )
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [one] if is_delimiter(*one) => Ok(*one),
        _ => Err("must be one ASCII character, or tab".to_owned()),
    }
}

fn delimiter_word(delimiter: u8) -> String {
    match delimiter {
        b'\t' => "tab".to_owned(),
        other => char::from(other).to_string(),
    }
}

/// How files are read.
#[derive(Debug)]
pub struct Reading {
    map: Option<Mapping>,
    layout: Layout,
    operation: UpsertMode,
}

impl FileArguments {
    /// Reads the map.
    pub fn load(&self) -> Result<Reading, Failed> {
        self.layout.load(self.operation)
    }
}

impl LayoutArguments {
    /// The arguments again, as far as they were given.
    pub fn words(&self) -> Vec<String> {
        let map = self.map.as_ref().map(|path| path.display().to_string());
        let format = self.format.and_then(|format| format.to_possible_value());
        let format = format.map(|format| format.get_name().to_owned());
        let pairs = [
            ("--map", map),
            ("--preset", self.preset.clone()),
            ("--format", format),
            ("--delimiter", self.delimiter.map(delimiter_word)),
        ];
        let given = pairs.into_iter();
        let given = given.filter_map(|(name, value)| Some([name.to_owned(), value?]));
        given.flatten().collect()
    }

    /// Reads the map.
    pub fn load(&self, operation: UpsertMode) -> Result<Reading, Failed> {
        let map = match (&self.map, &self.preset) {
            (Some(path), _) => Some(Mapping::load(path)?),
            (None, Some(name)) => Some(Mapping::preset(name)?),
            (None, None) => None,
        };
        Ok(Reading {
            map,
            layout: Layout {
                format: self.format,
                delimiter: self.delimiter,
                ..Layout::default()
            },
            operation,
        })
    }
}

impl Reading {
    /// The same for the library.
    pub fn options(&self) -> check::Options<'_> {
        check::Options {
            map: self.map.as_ref(),
            layout: Some(&self.layout),
            operation: self.operation,
        }
    }
}

impl From<FileError> for Failed {
    fn from(error: FileError) -> Self {
        Self::new(Exit::Usage, &error)
    }
}

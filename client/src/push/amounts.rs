//! The amounts of all files of a command, read once before anything is sent.
//!
//! A revenue that is in the files with different amounts must not be corrected: it would be
//! adjusted to one of them and back again, every night.

use std::path::PathBuf;

use domain::problem::quote;
use serde::Deserialize;
use uuid::Uuid;

use crate::api::{Api, ApiError};
use crate::check::{self, EXTERNAL_IDS_MAX, Place, Records, Repeats};
use crate::kind::RecordKind;
use crate::numbers::grouped;
use crate::pages::Pages;
use crate::rows::FileError;
use crate::stop::Stop;

/// How many rows are read before somebody can interrupt it.
const ROWS_BETWEEN_LOOKS: usize = 1_000;

/// The revenues that are in the files with different amounts.
pub struct Amounts(Repeats);

/// Why the files cannot be sent with corrections.
#[derive(Debug, thiserror::Error)]
pub enum AmountsError {
    /// There are too many rows.
    #[error(
        "--corrections adjust is for at most {} external ids at once: split the files, so that \
         each command has all rows of an external_id",
        grouped(EXTERNAL_IDS_MAX as u64)
    )]
    TooMany,
    /// A file could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The sources of the workspace cannot be read.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// Somebody asked to end.
    #[error("it was interrupted")]
    Interrupted,
}

#[derive(Deserialize)]
struct Source {
    id: Uuid,
    is_default: bool,
}

impl Amounts {
    /// Reads files. Where one is wrong, it ends: sending it ends there, too.
    ///
    /// # Errors
    /// Why the amounts are not known.
    pub async fn read(
        api: &Api,
        paths: &[PathBuf],
        reading: &check::Options<'_>,
        stop: &Stop,
    ) -> Result<Self, AmountsError> {
        let sources: Vec<Source> = Pages::new(api, "revenue-sources", Vec::new()).all().await?;
        let default = sources.iter().find(|source| source.is_default);
        let default = default.map_or(Uuid::nil(), |source| source.id);
        let mut repeats = Repeats::default();
        for path in paths {
            repeats.begin_file(path.display().to_string());
            let Ok(records) = Records::open(RecordKind::Revenues, path, reading) else {
                continue;
            };
            for (number, row) in records.enumerate() {
                let row = match row {
                    Ok(row) => row,
                    Err(error) if error.is_io => return Err(error.into()),
                    Err(_) => break,
                };
                if number.is_multiple_of(ROWS_BETWEEN_LOOKS) && stop.is_requested() {
                    return Err(AmountsError::Interrupted);
                }
                let Some(revenue) = row.revenue else { continue };
                let Some(external_id) = revenue.external_id else {
                    continue;
                };
                let source = match revenue.revenue_source_id {
                    source if source.is_nil() => default,
                    source => source,
                };
                let amount = revenue.amount.thousandths();
                repeats.take(source, external_id.as_str(), amount, row.line);
            }
        }
        if repeats.is_incomplete() {
            return Err(AmountsError::TooMany);
        }
        repeats.keep_several();
        Ok(Self(repeats))
    }

    /// Why a revenue must not be corrected, if so.
    pub fn objection(&self, source: Uuid, external_id: &str) -> Option<String> {
        let Place { file, line } = self.0.first_of_several(source, external_id)?;
        Some(format!(
            "not adjusted: rows of this external_id have different amounts, the first of them in \
             line {line} of {}",
            quote(&file)
        ))
    }
}

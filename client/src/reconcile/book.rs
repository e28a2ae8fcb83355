//! What the files have: sums of each day and group, as the API keeps them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use domain::counting::{Group, Sums};
use domain::fields::{Fields, Object};
use domain::problem::{ErrorSink, Problems};
use domain::revenue::Revenue;
use domain::value::{Date, Timestamp};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::names::{Names, Naming};
use super::{REJECTED_SHOWN_MAX, Range, ReconcileError};
use crate::check::{self, Records};
use crate::kind::RecordKind;
use crate::progress::Progress;
use crate::rows::RowProblem;
use crate::stop::Stop;

/// How many rows are read between two looks at whether to end.
const ROWS_BETWEEN_LOOKS: usize = 1_024;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The number of the file, from 0.
    pub file: usize,
    /// The first line of the row.
    pub line: u64,
}

/// A row that no revenue can be made of.
#[derive(Debug)]
pub struct RejectedRow {
    /// Where it is.
    pub place: Place,
    /// Why.
    pub problems: Vec<RowProblem>,
}

/// A revenue in a file.
#[derive(Clone)]
pub struct BookRow {
    /// Where it is.
    pub place: Place,
    /// What it says.
    pub revenue: Revenue,
    /// The same as a record that can be sent.
    pub record: Map<String, Value>,
}

/// The files, and how they are read.
#[derive(Clone, Copy)]
pub struct Files<'a> {
    /// The files, which are read twice.
    pub paths: &'a [PathBuf],
    /// How.
    pub reading: check::Options<'a>,
    /// The source of revenues that name none.
    pub default_source: Uuid,
    /// When to end early.
    pub stop: &'a Stop,
    /// Who is told how far it is.
    pub progress: &'a Progress,
}

/// What a row is.
pub enum Read {
    /// A revenue.
    Revenue(Box<BookRow>),
    /// Nothing that can be sent.
    Rejected(RejectedRow),
}

/// Which rows of the files are compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// From this day on.
    pub from: Option<Date>,
    /// Up to this day.
    pub to: Option<Date>,
    /// From this source.
    pub source: Option<Uuid>,
}

/// The rows of the files.
#[derive(Debug, Default)]
pub struct FileRows {
    /// How many are compared.
    pub compared: u64,
    /// How many are like an earlier one, and are not counted again.
    pub repeated: u64,
    /// How many name the same revenue as an earlier one, but with other values.
    pub contradicting: u64,
    /// How many are of other days or sources.
    pub outside: u64,
    /// How many the map leaves out.
    pub skipped: u64,
    /// How many of those that are compared have no external id.
    pub without_external_id: u64,
    /// How many no revenue can be made of.
    pub rejected: u64,
    /// The first of them.
    pub first_rejected: Vec<RejectedRow>,
}

/// What the files have.
#[derive(Debug, Default)]
pub struct Book {
    /// The sums of each day and group.
    pub sums: BTreeMap<(Date, Group), Sums>,
    /// The rows.
    pub rows: FileRows,
    /// What they name.
    pub names: Names,
}

impl Wanted {
    /// Whether a revenue is compared.
    pub fn has(&self, revenue: &Revenue) -> bool {
        let day = revenue.day();
        self.from.is_none_or(|from| from <= day)
            && self.to.is_none_or(|to| day <= to)
            && self
                .source
                .is_none_or(|source| source == revenue.revenue_source_id)
    }
}

impl Files<'_> {
    /// Reads every row. Returns how many rows the map leaves out.
    ///
    /// # Errors
    /// Why a file cannot be read, or what `take` returns.
    pub fn each(
        &self,
        mut take: impl FnMut(Read) -> Result<(), ReconcileError>,
    ) -> Result<u64, ReconcileError> {
        let mut skipped = 0;
        for (file, path) in self.paths.iter().enumerate() {
            skipped += self.each_of(file, path, &mut take)?;
        }
        Ok(skipped)
    }

    fn each_of(
        &self,
        file: usize,
        path: &Path,
        take: &mut impl FnMut(Read) -> Result<(), ReconcileError>,
    ) -> Result<u64, ReconcileError> {
        let records = Records::open(RecordKind::Revenues, path, &self.reading);
        let mut records = records.map_err(ReconcileError::Open)?;
        for (rows, row) in records.by_ref().enumerate() {
            let row = row.map_err(ReconcileError::Read)?;
            if rows.is_multiple_of(ROWS_BETWEEN_LOOKS) {
                let what = format!("reading {}", path.display());
                self.progress.step(&what, rows as u64, "row");
                if self.stop.is_requested() {
                    return Err(ReconcileError::Interrupted);
                }
            }
            let place = Place {
                file,
                line: row.line,
            };
            take(match row.record {
                Ok(record) => Read::Revenue(Box::new(BookRow {
                    place,
                    revenue: revenue(&record, self.default_source),
                    record,
                })),
                Err(problems) => Read::Rejected(RejectedRow { place, problems }),
            })?;
        }
        Ok(records.skipped())
    }
}

/// The revenue in a record without problems. Its id and its time of creation are not those that
/// the API gives it.
fn revenue(record: &Object, default_source: Uuid) -> Revenue {
    let mut problems = Problems::default();
    let errors = ErrorSink::new(&mut problems);
    let mut fields = Fields::new(record, errors, true, Timestamp::EPOCH);
    Revenue::read(&mut fields, default_source, |_, _| Uuid::nil())
}

impl Book {
    /// Reads files once.
    ///
    /// # Errors
    /// Why they cannot be read.
    pub fn read(files: &Files<'_>, wanted: Wanted) -> Result<Self, ReconcileError> {
        let mut book = Self::default();
        let skipped = files.each(|row| {
            match row {
                Read::Revenue(row) => book.add(&row.revenue, wanted),
                Read::Rejected(row) => book.reject(row),
            }
            Ok(())
        })?;
        book.rows.skipped = skipped;
        book.names.forget();
        Ok(book)
    }

    fn add(&mut self, revenue: &Revenue, wanted: Wanted) {
        if !wanted.has(revenue) {
            self.rows.outside += 1;
            return;
        }
        match self.names.take(revenue) {
            Naming::First => {}
            Naming::Again => {
                self.rows.repeated += 1;
                return;
            }
            Naming::Contradicts => {
                self.rows.contradicting += 1;
                return;
            }
        }
        self.rows.compared += 1;
        self.rows.without_external_id += u64::from(revenue.external_id.is_none());
        let place = (revenue.day(), Group::of(revenue));
        *self.sums.entry(place).or_default() += Sums::of(revenue);
    }

    fn reject(&mut self, row: RejectedRow) {
        self.rows.rejected += 1;
        if self.rows.first_rejected.len() < REJECTED_SHOWN_MAX {
            self.rows.first_rejected.push(row);
        }
    }

    /// The days that are compared: those that were asked for, or else from the first to the last.
    pub fn range(&self, wanted: Wanted) -> Option<Range> {
        let first = self.sums.keys().next().map(|(day, _)| *day);
        let last = self.sums.keys().next_back().map(|(day, _)| *day);
        Some(Range {
            from: wanted.from.or(first)?,
            to: wanted.to.or(last)?,
        })
    }

    /// The sources of the rows.
    pub fn sources(&self) -> BTreeSet<Uuid> {
        self.sums.keys().map(|(_, group)| group.source).collect()
    }
}

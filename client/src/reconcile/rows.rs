//! The rows of the days that differ, of both sides.

use std::collections::BTreeMap;

use domain::counting::{Group, Sums};
use domain::revenue::Revenue;
use domain::value::{Date, StringEnum};
use uuid::Uuid;

use super::book::{BookRow, Files, Read};
use super::corrections;
use super::digests::Cell;
use super::matching::{Matching, Twice};
use super::{Job, LOOKUPS_MAX, Range, ReconcileError, Rows};
use crate::pages::Pages;

/// What is compared row by row.
pub struct Sides<'a> {
    /// The API, and when to end early.
    pub job: &'a Job<'a>,
    /// The files.
    pub files: &'a Files<'a>,
    /// The days whose digests were compared.
    pub range: Range,
    /// The days and groups whose digests differ.
    pub cells: &'a [Cell],
    /// Those of them that are compared row by row.
    pub compared: &'a [Cell],
    /// The sources that the workspace has.
    pub known_sources: &'a [Uuid],
}

impl Sides<'_> {
    /// Compares the rows.
    ///
    /// # Errors
    /// Why either side cannot be read.
    pub async fn compare(&self) -> Result<Rows, ReconcileError> {
        let mut matching = Matching::default();
        self.read_api(&mut matching).await?;
        self.read_files(&mut matching)?;
        let not_looked_up = self.look_up(&mut matching).await?;
        let mut only_api = matching.rest();
        let corrected = corrections::take(&mut matching.different, &mut only_api);
        let place = |row: &BookRow| (row.place.file, row.place.line);
        matching.different.sort_by_key(|one| place(&one.row));
        matching.twice.sort_by_key(|one| place(&one.row));
        Ok(Rows {
            only_file: matching.missing,
            only_api,
            different: matching.different,
            twice: matching.twice,
            corrected,
            not_looked_up,
        })
    }

    async fn read_api(&self, matching: &mut Matching) -> Result<(), ReconcileError> {
        let mut read = 0;
        let known = |cell: &&Cell| self.knows(cell.group.source);
        for cell in self.compared.iter().filter(known) {
            let mut pages = Pages::new(self.job.api, "revenues", filters(cell));
            while let Some(page) = pages.next::<Revenue>().await? {
                self.check_stop()?;
                read += page.len() as u64;
                let what = "reading the API";
                self.job.progress.step(what, read, "revenue");
                page.into_iter().for_each(|revenue| matching.add(revenue));
            }
        }
        Ok(())
    }

    /// Reads the files a second time, and looks for the rows of the days and groups that differ,
    /// and for every other row that names a revenue of these.
    fn read_files(&self, matching: &mut Matching) -> Result<(), ReconcileError> {
        let places = self.compared.iter().map(Cell::place);
        let mut again: BTreeMap<(Date, Group), Sums> =
            places.map(|place| (place, Sums::default())).collect();
        self.files.each(|row| {
            let Read::Revenue(row) = row else {
                return Ok(());
            };
            let sums = again.get_mut(&(row.revenue.day(), Group::of(&row.revenue)));
            let is_of_cell = sums.is_some();
            if let Some(sums) = sums {
                *sums += Sums::of(&row.revenue);
            }
            if is_of_cell || matching.names_one(&row.revenue) {
                matching.look_for(*row);
            }
            Ok(())
        })?;
        let is_same = |cell: &Cell| again.get(&cell.place()) == Some(&cell.ours);
        match self.compared.iter().all(is_same) {
            true => Ok(()),
            false => Err(ReconcileError::Changed),
        }
    }

    /// Looks for missing revenues on other days than those that were read, as far as there are not
    /// too many. Returns how many were not looked for.
    async fn look_up(&self, matching: &mut Matching) -> Result<usize, ReconcileError> {
        let mut looked_up = 0;
        let mut not_looked_up = 0;
        for row in std::mem::take(&mut matching.missing) {
            let source = row.revenue.revenue_source_id;
            let external_id = row.revenue.external_id.as_ref();
            let Some(external_id) = external_id.filter(|_| self.knows(source)) else {
                matching.missing.push(row);
                continue;
            };
            if looked_up == LOOKUPS_MAX {
                not_looked_up += 1;
                matching.missing.push(row);
                continue;
            }
            self.check_stop()?;
            looked_up += 1;
            let what = "looking on other days";
            self.job.progress.step(what, looked_up as u64, "row");
            let filters = vec![
                ("external_id", external_id.as_str().to_owned()),
                ("revenue_source_id", source.to_string()),
            ];
            let found: Vec<Revenue> = Pages::new(self.job.api, "revenues", filters).all().await?;
            match found.into_iter().next() {
                None => matching.missing.push(row),
                Some(stored) => self.found_elsewhere(row, stored, matching),
            }
        }
        Ok(not_looked_up)
    }

    /// A row that the API has, but not where the files have it.
    fn found_elsewhere(&self, row: BookRow, stored: Revenue, matching: &mut Matching) {
        let place = (stored.day(), Group::of(&stored));
        let differs = self.cells.iter().any(|cell| cell.place() == place);
        match self.range.has(place.0) && !differs {
            // There, everything is equal: the files have the revenue on both days.
            true => matching.twice.push(Twice { row, first: None }),
            false => matching.compare(row, stored),
        }
    }

    fn knows(&self, source: Uuid) -> bool {
        self.known_sources.contains(&source)
    }

    fn check_stop(&self) -> Result<(), ReconcileError> {
        match self.job.stop.is_requested() {
            true => Err(ReconcileError::Interrupted),
            false => Ok(()),
        }
    }
}

fn filters(cell: &Cell) -> Vec<(&'static str, String)> {
    vec![
        ("date_from", cell.day.to_string()),
        ("date_to", cell.day.to_string()),
        ("currency", cell.group.currency.to_string()),
        ("type", cell.group.kind.name().to_owned()),
        ("revenue_source_id", cell.group.source.to_string()),
    ]
}

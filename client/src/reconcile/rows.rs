//! The rows of the days that differ, of both sides.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use domain::counting::{Group, Sums};
use domain::revenue::Revenue;
use domain::value::{Date, ExternalId, StringEnum, Sum};
use uuid::Uuid;

use super::book::{BookRow, Files, Read, Wanted};
use super::corrections::{self, Corrected, Originals};
use super::digests::Cell;
use super::matching::{Different, Matching};
use super::names::{Names, Naming};
use super::{Job, LOOKUPS_MAX, ReconcileError, Rows};
use crate::api::ApiError;
use crate::pages::Pages;

/// What is compared row by row.
pub struct Sides<'a> {
    /// The API, and when to end early.
    pub job: &'a Job<'a>,
    /// The files.
    pub files: &'a Files<'a>,
    /// Which rows of the files are compared.
    pub wanted: Wanted,
    /// The days and groups whose digests differ, as far as they are compared row by row.
    pub compared: &'a [Cell],
    /// The sources that the workspace has.
    pub known_sources: &'a [Uuid],
}

impl Sides<'_> {
    /// Compares the rows. The names are those that a first look at the files found.
    ///
    /// # Errors
    /// Why either side cannot be read.
    pub async fn compare(&self, names: &mut Names) -> Result<Rows, ReconcileError> {
        let mut matching = Matching::default();
        self.read_api(&mut matching).await?;
        let mut originals = Originals::of(matching.stored());
        self.read_files(&mut matching, &mut originals, names)?;
        let not_looked_up = self.look_up(&mut matching).await?;
        let mut only_api = matching.rest();
        let different = &mut matching.different;
        let corrected = self.correct(originals, different, &mut only_api).await?;
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
    fn read_files(
        &self,
        matching: &mut Matching,
        originals: &mut Originals,
        names: &mut Names,
    ) -> Result<(), ReconcileError> {
        let places = self.compared.iter().map(Cell::place);
        let mut again: BTreeMap<(Date, Group), Sums> =
            places.map(|place| (place, Sums::default())).collect();
        self.files.each(|row| {
            let Read::Revenue(row) = row else {
                return Ok(());
            };
            if self.wanted.has(&row.revenue) {
                match names.take(&row.revenue) {
                    Naming::First if names.has_several(&row.revenue) => {
                        matching.begin_contradiction(&row, self.job.options.rows_max);
                    }
                    Naming::First => {}
                    Naming::Again => return Ok(()),
                    Naming::Contradicts => {
                        matching.contradict(*row, self.job.options.rows_max);
                        return Ok(());
                    }
                }
                originals.look_at(&row);
            }
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
            match self.named(source, external_id).await? {
                None => matching.missing.push(row),
                Some(stored) => matching.compare(row, stored),
            }
        }
        Ok(not_looked_up)
    }

    /// The revenue with an external id.
    async fn named(&self, source: Uuid, id: &ExternalId) -> Result<Option<Revenue>, ApiError> {
        let filters = vec![
            ("external_id", id.as_str().to_owned()),
            ("revenue_source_id", source.to_string()),
        ];
        let found: Vec<Revenue> = Pages::new(self.job.api, "revenues", filters).all().await?;
        Ok(found.into_iter().next())
    }

    /// Adds the adjustments of corrections to the revenues that they belong to: what differs is
    /// the sum. Returns how many revenues are what the files have because of adjustments.
    async fn correct(
        &self,
        mut originals: Originals,
        different: &mut Vec<Different>,
        only_api: &mut Vec<Revenue>,
    ) -> Result<usize, ReconcileError> {
        let mut adjustments = corrections::separate(only_api);
        corrections::give(&mut adjustments, different);
        let mut corrected = 0;
        let mut looked_up = 0;
        for (of, adjustments) in adjustments {
            let sum: Sum = adjustments.iter().map(|one| one.amount).sum();
            if sum == Sum::default() {
                corrected += 1;
                continue;
            }
            let original = match looked_up < LOOKUPS_MAX {
                true => self.original(&of, &mut originals).await?,
                false => None,
            };
            match original {
                Some(mut one) => {
                    looked_up += 1;
                    one.adjust(adjustments);
                    different.push(one);
                }
                None => only_api.extend(adjustments),
            }
        }
        let all = different.len();
        different.retain(|one| !one.fields.is_empty());
        corrected += all - different.len();
        only_api.sort_by_key(|revenue| Reverse(revenue.position()));
        Ok(corrected)
    }

    /// The row that adjustments belong to, which is equal to its revenue without them.
    async fn original(
        &self,
        of: &Corrected,
        originals: &mut Originals,
    ) -> Result<Option<Different>, ReconcileError> {
        let Some(row) = originals.take(of) else {
            return Ok(None);
        };
        self.check_stop()?;
        let Some(external_id) = &row.revenue.external_id else {
            return Ok(None);
        };
        let stored = self.named(of.0, external_id).await?;
        Ok(stored.map(|stored| Different::new(row, stored)))
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

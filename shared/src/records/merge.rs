//! How a write and the current record become the next state of the record.

use std::io::{self, Write};

use crate::error::Failure;
use domain::fields::{Fields, ResolvedIds};
use domain::problem::{Code, ErrorSink, Problems};
use domain::resource::{Record, Resource};
use domain::value::Timestamp;

use super::request::{Expect, WriteRequest};

/// The most bytes of one record, as JSON within a JSON string: a page or a batch of 100 records
/// fits into one response of a Lambda function, which has at most 6 MB and carries the body as a
/// string.
pub const RECORD_BYTES_MAX: usize = 56 * 1024;

impl WriteRequest {
    /// The resource that this write would leave, without its references being checked. `resolved`
    /// are the ids of the records that it may name by external id.
    ///
    /// # Errors
    /// The problems of the body, and preconditions that do not hold.
    pub fn draft<R: Resource>(
        &self,
        current: Option<&Record<R>>,
        resolved: &ResolvedIds,
        now: Timestamp,
    ) -> Result<R, Failure> {
        let (merged, problems) = self.merge(current, resolved, now);
        let (body, problems) = self.finish(current, merged, problems);
        let body = problems.or(body)?;
        self.check_state(current)?;
        Ok(body)
    }

    /// The resource after this write, and every problem of the body so far, out of what
    /// [`Self::merge`] returned for the same record.
    pub(super) fn finish<R: Resource>(
        &self,
        current: Option<&Record<R>>,
        mut merged: R,
        mut problems: Problems,
    ) -> (R, Problems) {
        // Without the record, there is no whole resource to check.
        if (self.creates(current) || current.is_some())
            && check_size(&merged, &mut ErrorSink::new(&mut problems))
        {
            merged.validate_and_derive(&mut ErrorSink::new(&mut problems));
        }
        (merged, problems)
    }

    /// Whether it makes a new record, given what it finds.
    pub(super) fn creates<R>(&self, current: Option<&Record<R>>) -> bool {
        match self.expect {
            Expect::Absent => true,
            Expect::Present => false,
            Expect::Either => current.is_none(),
        }
    }

    /// The resource with the fields of this write, and every problem of each field. With problems,
    /// only its valid references may be used.
    pub(super) fn merge<R: Resource>(
        &self,
        current: Option<&Record<R>>,
        resolved: &ResolvedIds,
        now: Timestamp,
    ) -> (R, Problems) {
        let creates = self.creates(current);
        let base = if creates { None } else { current };
        let mut problems = self.problems.clone();
        let mut fields = Fields::new(&self.fields, ErrorSink::new(&mut problems), creates, now)
            .with_resolved(resolved);
        fields.read_only(&["updated_at", "version"]);
        fields.read_only(R::READ_ONLY);
        let merged = base
            .map(|record| record.body.clone())
            .unwrap_or_default()
            .merge(&mut fields);
        fields.finish();
        (merged, problems)
    }

    /// Whether the preconditions of a write hold for the current record.
    ///
    /// # Errors
    /// Which does not.
    pub(super) fn check_state<R: Resource>(
        &self,
        current: Option<&Record<R>>,
    ) -> Result<(), Failure> {
        match (self.expect, current) {
            (Expect::Absent, Some(record)) => return Err(Failure::AlreadyExists(record.id)),
            (Expect::Present, None) => return Err(Failure::NotFound(R::KIND.one)),
            (Expect::Absent, None) | (Expect::Present, Some(_)) | (Expect::Either, _) => {}
        }
        let version = current.map_or(0, |record| record.version);
        match (&self.if_match, self.version) {
            (Some(tags), _) if !tags.matches(version) => Err(Failure::PreconditionFailed {
                current: version,
                malformed: tags.malformed().map(str::to_owned),
            }),
            (_, Some(named)) if named != version => Err(Failure::VersionConflict {
                named,
                current: version,
            }),
            (_, _) => Ok(()),
        }
    }
}

/// Whether the record is not too large. How large it is would tell the size of what is stored.
fn check_size<R: Resource>(merged: &R, errors: &mut ErrorSink<'_>) -> bool {
    let mut carried = CarriedBytes(0);
    let fits = serde_json::to_writer(&mut carried, merged).is_ok() && carried.0 <= RECORD_BYTES_MAX;
    if !fits {
        let detail = format!(
            "the record must have at most {RECORD_BYTES_MAX} bytes of JSON, with each quotation mark and backslash counted \
             twice"
        );
        errors.add(Code::TooLong, detail);
    }
    fits
}

/// Counts what is written to it, as bytes within a JSON string.
struct CarriedBytes(usize);

impl Write for CarriedBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let doubled = bytes.iter().filter(|byte| matches!(byte, b'"' | b'\\'));
        self.0 += bytes.len() + doubled.count();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

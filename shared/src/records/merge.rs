//! How a write and the current record become the next state of the record.

use crate::error::Failure;
use domain::fields::{Fields, ResolvedIds};
use domain::problem::{ErrorSink, Problems};
use domain::resource::{Record, Resource, check_size};
use domain::value::Timestamp;

use super::request::{Expect, WriteRequest};

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

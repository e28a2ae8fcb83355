//! Writing records.

use domain::resource::{Record, Resource};
use futures::join;

use super::Records;
use super::external_ids::resolve;
use super::request::WriteRequest;
use super::snapshot::RecordSnapshot;
use super::together;
use super::writer::{Step, Writer};
use crate::auth::{Access, Write};
use crate::batch::{self, WriteResult};
use crate::error::Failure;

/// Carries out requests as if one by one in their order, each with its own result.
///
/// # Errors
/// A failure to read the records; nothing was applied then.
pub async fn write<R: Resource>(
    records: &Records<'_>,
    access: &Access<Write<R>>,
    requests: Vec<Result<WriteRequest, Failure>>,
) -> Result<Vec<WriteResult<Record<R>>>, Failure> {
    let mut valid = Vec::new();
    let mut results: Vec<Option<WriteResult<Record<R>>>> = Vec::new();
    for request in requests {
        match request {
            Ok(request) => {
                valid.push((results.len(), request));
                results.push(None);
            }
            Err(failure) => results.push(Some(Err(failure))),
        }
    }
    let (places, valid): (Vec<usize>, Vec<WriteRequest>) = valid.into_iter().unzip();
    let snapshot = RecordSnapshot::new(records.table, access, records.claims);
    let resolved = resolve(records.table, access, &valid);
    let ((), resolved) = futures::try_join!(snapshot.load(&valid), resolved)?;
    let names = valid.iter().map(|request| snapshot.names(request));
    let groups = batch::groups(names.collect());
    let (writer, steps) = Writer::new(records, access, snapshot, resolved, &valid).await?;
    let (new, groups) = split(groups, places.into_iter().zip(steps).collect());
    let (created, written) = join!(
        together::create(&writer, new),
        batch::run(groups, |step| writer.carry_out(step))
    );
    for (place, result) in created.into_iter().chain(written) {
        results[place] = Some(result);
    }
    Ok(results.into_iter().flatten().collect())
}

/// A step with its place in the batch.
type Placed<'a, R> = (usize, Step<'a, R>);

/// The steps that create a record together with others, and all other steps in their groups.
fn split<R: Resource>(
    groups: Vec<Vec<usize>>,
    steps: Vec<Placed<'_, R>>,
) -> (Vec<Placed<'_, R>>, Vec<Vec<Placed<'_, R>>>) {
    let mut steps: Vec<_> = steps.into_iter().map(Some).collect();
    let (mut new, mut others) = (Vec::new(), Vec::new());
    for group in groups {
        let group = group.into_iter().filter_map(|index| steps[index].take());
        let mut group: Vec<_> = group.collect();
        match group.as_slice() {
            [(_, only)] if only.creates_claim() => new.append(&mut group),
            _ => others.push(group),
        }
    }
    (new, others)
}

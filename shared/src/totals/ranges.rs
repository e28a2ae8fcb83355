//! Where in the list of revenues the selected ones are.

use domain::counting::Selection;
use domain::revenue::Revenue;
use domain::value::Timestamp;
use store::table::{Query, ReadSource};

use crate::auth::{Access, Read};

/// The shards of the list, between the first instant of one day and the last instant of another,
/// newest first.
pub fn ranges(access: &Access<Read<Revenue>>, selection: &Selection) -> Vec<Query> {
    let bound = |instant: Option<_>| instant.map(|instant| Timestamp::new(instant).sortable());
    let range = |shard| {
        let all = Query::all(shard).through(ReadSource::Index).descending();
        // Nothing can be on the very last day, which begins after the last instant.
        let last = || all.to.clone();
        let from = match selection.from {
            Some(day) => bound(day.start()).unwrap_or_else(last),
            None => all.from.clone(),
        };
        // Every sort key of the next day is longer than this bound, and so greater.
        let to = match selection.to {
            Some(day) => bound(day.end()).unwrap_or_else(last),
            None => last(),
        };
        all.between(from, to)
    };
    access.revenue_shards().into_iter().map(range).collect()
}

//! Which revenues a request selects.

use domain::counting::Selection;
use domain::problem::{Code, Violation, quote};
use domain::revenue::{Revenue, RevenueType};
use domain::value::{Currency, Date, FromText, Timestamp};
use shared::auth::{Access, Read};
use shared::http::Params;
use shared::table::{Query, ReadSource};
use uuid::Uuid;

/// The parameters that select revenues.
pub fn selection(params: &mut Params) -> Selection {
    let kind = params.take("type", RevenueType::from_text);
    let source = params.take("revenue_source_id", Uuid::from_text);
    let currency = params.take("currency", Currency::of_filter);
    let from = params.take("date_from", Date::from_text);
    let to = params.take("date_to", |text| {
        let to = Date::from_text(text)?;
        if from.is_some_and(|from| to < from) {
            let detail = format!("must not be before date_from, got {}", quote(text));
            return Err(Violation::new(Code::OutOfRange, detail));
        }
        Ok(to)
    });
    Selection {
        kind,
        currency,
        source,
        from,
        to,
    }
}

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

//! Listing revenues, newest first.

use shared::auth::{Access, Read};
use shared::error::Failure;
use shared::filter::{self, Filter, Predicate, equals};
use shared::http::{Answer, Call};
use shared::lists::{self, ListRequest, Listed, Seal};
use shared::problem::{Code, Reason};
use shared::resource::Named;
use shared::table::{Query, Table};
use shared::value::{Date, ExternalId, FromText, Timestamp};

use crate::Revenue;

/// The filters that look at one part of a revenue.
const FILTERS: &[Filter<Revenue>] = &[
    Filter { name: "type", parse: |text| equals(text, |revenue: &Revenue| Some(revenue.body.kind)) },
    Filter {
        name: "revenue_source_id",
        parse: |text| equals(text, |revenue: &Revenue| Some(revenue.body.revenue_source_id)),
    },
    Filter { name: "currency", parse: |text| equals(text, |revenue: &Revenue| Some(revenue.body.currency.clone())) },
];

/// Lists revenues by `occurred_at` and then `id`, both descending.
pub async fn list(call: Call<Read<Revenue>>) -> Result<Answer, Failure> {
    let mut params = call.params();
    let mut predicates: Vec<Predicate<Revenue>> =
        FILTERS.iter().filter_map(|filter| params.take(filter.name, filter.parse)).collect();
    if let Some(wanted) = params.take("search", |text| Ok(text.to_lowercase())) {
        predicates.push(Box::new(move |revenue| filter::contains(&searched(revenue), &wanted)));
    }
    let external_id = params.take("external_id", ExternalId::from_text);
    let from = params.take("date_from", Date::from_text);
    let to = params.take("date_to", |text| {
        let to = Date::from_text(text)?;
        let reversed = || Reason::new(Code::OutOfRange, format!("must not be before date_from, got {to}"));
        if from.is_some_and(|from| to < from) { Err(reversed()) } else { Ok(to) }
    });
    let request = params.into_list_request()?;
    let seal = call.access.seal(Revenue::NOUN.many);
    let range = range(&call.access, from, to);
    let listed = match external_id {
        None => lists::list(&call.table, range, &request, &seal, &predicates).await?,
        Some(external_id) => {
            named(&call.table, &call.access, &external_id, &range, &request, &seal, &predicates).await?
        }
    };
    Answer::many(listed, None)
}

/// The revenues with this external id, of which each source has at most one: they are read by their keys.
async fn named(
    table: &Table,
    access: &Access<Read<Revenue>>,
    external_id: &ExternalId,
    range: &Query,
    request: &ListRequest,
    seal: &Seal,
    predicates: &[Predicate<Revenue>],
) -> Result<Listed<Revenue>, Failure> {
    let keys: Vec<_> = access
        .workspace()
        .sources
        .iter()
        .map(|source| access.revenue(access.revenue_id(source.id, external_id)))
        .collect();
    let found = table
        .get::<Revenue>(&keys)
        .await?
        .into_iter()
        .flatten()
        .filter(|revenue| filter::satisfies(revenue, predicates));
    let place = |revenue: &Revenue| access.revenue_listed(revenue.body.occurred_at, revenue.id).sort;
    let mut rows: Vec<_> = found.map(|revenue| (place(&revenue), revenue)).collect();
    rows.retain(|(sort, _)| (&range.from..=&range.to).contains(&sort));
    rows.sort_by(|(one, _), (other, _)| other.cmp(one));
    Listed::of_rows(rows, request, seal)
}

/// The list between the first instant of one day and the last of another.
fn range(access: &Access<Read<Revenue>>, from: Option<Date>, to: Option<Date>) -> Query {
    let all = Query::all(access.revenue_list());
    let bound = |instant: Option<_>| instant.map(|instant| Timestamp::new(instant).sortable());
    // Nothing can be on the last day of all, which begins after the last instant.
    let last = || all.to.clone();
    Query {
        from: from.map_or(all.from, |day| bound(day.start()).unwrap_or_else(last)),
        // Every sort key of the day after is longer than this one, and so greater.
        to: to.map_or_else(last, |day| bound(day.end()).unwrap_or_else(last)),
        descending: true,
        indexed: true,
        partition: all.partition,
        limit: None,
    }
}

fn searched(revenue: &Revenue) -> [Option<&str>; 2] {
    [&revenue.body.external_id, &revenue.body.external_product_identifier]
        .map(|text| text.as_ref().map(ExternalId::as_str))
}

//! Listing revenues, newest first.

use shared::auth::{Access, Read};
use shared::counting::Selection;
use shared::error::Failure;
use shared::filter::{self, Predicate};
use shared::http::{Answer, Call};
use shared::key::revenue_position;
use shared::lists::{ListRequest, Listed, Params, Seal};
use shared::problem::{Code, Reason};
use shared::resource::Named;
use shared::table::{Query, Table, Through};
use shared::totals::List;
use shared::value::{Currency, Date, ExternalId, FromText, RevenueType, Timestamp};
use uuid::Uuid;

use crate::Revenue;

/// Lists revenues by `occurred_at` and then `id`, both descending.
pub async fn list(call: Call<Read<Revenue>>) -> Result<Answer, Failure> {
    let mut params = call.params();
    let selection = selection(&mut params);
    let mut predicates = Vec::new();
    if !selection.has_every_group() {
        let wanted = selection.clone();
        predicates.push(
            Box::new(move |revenue: &Revenue| wanted.has(&revenue.group())) as Predicate<Revenue>,
        );
    }
    let searched = params.take("search", |text| Ok(text.to_lowercase()));
    let is_searched = searched.is_some();
    if let Some(wanted) = searched {
        predicates.push(Box::new(move |revenue| {
            filter::contains(&texts(revenue), &wanted)
        }));
    }
    let external_id = params.take("external_id", ExternalId::from_text);
    let request = params.into_list_request()?;
    let seal = call.access.seal(Revenue::NOUN.many);
    let listed = match external_id {
        None => {
            let ranges = ranges(&call.access, &selection);
            let (table, predicates) = (&call.table, predicates.as_slice());
            let list = List {
                table,
                selection: &selection,
                is_searched,
                predicates,
                ranges: &ranges,
            };
            list.page(call.access.counters().as_ref(), &request, &seal)
                .await?
        }
        Some(external_id) => {
            predicates.push(Box::new(move |revenue| {
                selection.has_day(revenue.body.occurred_at.day())
            }));
            named(
                &call.table,
                &call.access,
                &external_id,
                &request,
                &seal,
                &predicates,
            )
            .await?
        }
    };
    Answer::many(listed, None)
}

/// The parameters that select revenues.
pub(crate) fn selection(params: &mut Params) -> Selection {
    let kind = params.take("type", RevenueType::from_text);
    let source = params.take("revenue_source_id", Uuid::from_text);
    let currency = params.take("currency", Currency::from_text);
    let from = params.take("date_from", Date::from_text);
    let to = params.take("date_to", |text| {
        let to = Date::from_text(text)?;
        let reversed = || {
            Reason::new(
                Code::OutOfRange,
                format!("must not be before date_from, got {to}"),
            )
        };
        if from.is_some_and(|from| to < from) {
            Err(reversed())
        } else {
            Ok(to)
        }
    });
    Selection {
        kind,
        currency,
        source,
        from,
        to,
    }
}

/// The revenues with this external id, of which each source has at most one: they are read by their keys.
async fn named(
    table: &Table,
    access: &Access<Read<Revenue>>,
    external_id: &ExternalId,
    request: &ListRequest,
    seal: &Seal,
    predicates: &[Predicate<Revenue>],
) -> Result<Listed<Revenue>, Failure> {
    let workspace = access.workspace();
    let ids = workspace
        .sources
        .iter()
        .map(|source| access.revenue_id(source.id, external_id));
    let keys: Vec<_> = ids.map(|id| access.revenue(id)).collect();
    let found = table.get::<Revenue>(&keys).await?.into_iter().flatten();
    let found = found.filter(|revenue| filter::satisfies(revenue, predicates));
    let place = |revenue: &Revenue| revenue_position(revenue.body.occurred_at, revenue.id);
    let mut rows: Vec<_> = found.map(|revenue| (place(&revenue), revenue)).collect();
    rows.sort_by(|(one, _), (other, _)| other.cmp(one));
    Listed::of_rows(rows, request, seal)
}

/// The lists between the first instant of one day and the last of another.
pub(crate) fn ranges(access: &Access<Read<Revenue>>, selection: &Selection) -> Vec<Query> {
    let bound = |instant: Option<_>| instant.map(|instant| Timestamp::new(instant).sortable());
    let range = |list| {
        let all = Query::all(list);
        // Nothing can be on the last day of all, which begins after the last instant.
        let last = || all.to.clone();
        Query {
            from: selection
                .from
                .map_or(all.from, |day| bound(day.start()).unwrap_or_else(last)),
            // Every sort key of the day after is longer than this one, and so greater.
            to: selection
                .to
                .map_or_else(last, |day| bound(day.end()).unwrap_or_else(last)),
            descending: true,
            through: Through::Index,
            partition: all.partition,
            limit: None,
        }
    };
    access.revenue_lists().into_iter().map(range).collect()
}

fn texts(revenue: &Revenue) -> [Option<&str>; 2] {
    [
        &revenue.body.external_id,
        &revenue.body.external_product_identifier,
    ]
    .map(|text| text.as_ref().map(ExternalId::as_str))
}

//! Listing revenues, newest first.

use domain::counting::{Group, Selection};
use domain::filter::{self, Predicate, QueryReader, Search};
use domain::permission::HasKind;
use domain::revenue::Revenue;
use domain::value::{ExternalId, FromText};
use shared::auth::Read;
use shared::error::Failure;
use shared::http::docs::Docs;
use shared::http::{Answer, Call, ProblemCode, list_params};
use shared::lists::{ListPage, Pager};
use shared::totals::{RevenueList, ranges};
use uuid::Uuid;

use crate::selection::selection;

/// Lists revenues by `occurred_at` and then `id`, both descending.
pub async fn list(call: Call<Read<Revenue>>) -> Result<Answer, Failure> {
    let mut params = call.params();
    let selection = selection(&mut params);
    let (search, external_id) = names(&mut params);
    let is_searched = search.is_some();
    let mut predicates = predicates(&selection, search);
    let pager = call
        .access()
        .pager(Revenue::KIND.many, params.into_list_query()?);
    let page = match external_id {
        None => {
            let list = RevenueList {
                table: call.table(),
                counters: call.access().counters(),
                selection: &selection,
                is_searched,
                predicates: &predicates,
                ranges: &ranges(call.access(), &selection),
            };
            list.page(&pager).await?
        }
        Some(external_id) => {
            let sources = match selection.source {
                Some(source) => vec![source],
                None => call
                    .workspace()
                    .sources
                    .iter()
                    .map(|source| source.id)
                    .collect(),
            };
            predicates.push(Box::new(move |revenue| selection.has_day(revenue.day())));
            by_external_id(&call, &external_id, &sources, &pager, &predicates).await?
        }
    };
    Answer::many(page, None)
}

/// Describes the list.
pub fn list_docs(docs: &mut Docs<'_>) {
    docs.name("list_revenues", Revenue::KIND.many, "List revenues");
    docs.describe(
        "By `occurred_at` and then `id`, newest first. The filters are combined: a list has the revenues that satisfy \
         all of them.",
    );
    selection(docs);
    names(docs);
    list_params(docs);
    docs.problems(&[ProblemCode::ValidationFailed]);
    docs.page_of::<Revenue>(false);
}

/// The parameters that look for names.
fn names(query: &mut impl QueryReader) -> (Option<Search>, Option<ExternalId>) {
    let search = "Revenues whose `external_id` or `external_product_identifier` contains this text, in any case.";
    let external_id = "The revenues with exactly this external id: at most one of each source.";
    (
        query.take("search", search, |text| Ok(Search::new(text))),
        query.take("external_id", external_id, ExternalId::from_text),
    )
}

/// What rows must satisfy, apart from their days.
fn predicates(selection: &Selection, search: Option<Search>) -> Vec<Predicate<Revenue>> {
    let mut predicates: Vec<Predicate<Revenue>> = Vec::new();
    if !selection.has_every_group() {
        let wanted = selection.clone();
        predicates.push(Box::new(move |revenue| wanted.has(&Group::of(revenue))));
    }
    if let Some(search) = search {
        predicates.push(Box::new(move |revenue| {
            search.finds(&search_fields(revenue))
        }));
    }
    predicates
}

/// The revenues of these sources with this external id, of which each source has at most one: they
/// are read by their keys.
async fn by_external_id(
    call: &Call<Read<Revenue>>,
    external_id: &ExternalId,
    sources: &[Uuid],
    pager: &Pager,
    predicates: &[Predicate<Revenue>],
) -> Result<ListPage<Revenue>, Failure> {
    let access = call.access();
    let key = |source: &Uuid| access.revenue(access.revenue_id(*source, external_id));
    let keys: Vec<_> = sources.iter().map(key).collect();
    let found = call
        .table()
        .get::<Revenue>(&keys)
        .await?
        .into_iter()
        .flatten();
    let found = found.filter(|revenue| filter::satisfies(revenue, predicates));
    let mut rows: Vec<_> = found.map(|revenue| (revenue.position(), revenue)).collect();
    rows.sort_by(|(one, _), (other, _)| other.cmp(one));
    ListPage::of_rows(rows, pager)
}

fn search_fields(revenue: &Revenue) -> [Option<&str>; 2] {
    [&revenue.external_id, &revenue.external_product_identifier]
        .map(|text| text.as_ref().map(ExternalId::as_str))
}

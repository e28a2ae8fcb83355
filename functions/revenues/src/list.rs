//! Listing revenues, newest first.

use domain::counting::Selection;
use domain::filter::{Filter, QueryReader, Search};
use domain::permission::HasKind;
use domain::revenue::Revenue;
use domain::value::{ExternalId, FromText, Timestamp};
use serde::Deserialize;
use shared::auth::Read;
use shared::error::Failure;
use shared::http::docs::Docs;
use shared::http::{Answer, Call, ProblemCode, list_params};
use shared::lists::{ListPage, Pager, RowFilter, satisfies};
use shared::totals::{RevenueList, ranges};
use uuid::Uuid;

use crate::selection::selection;

/// Lists revenues by `occurred_at` and then `id`, both descending.
pub async fn list(call: Call<Read<Revenue>>) -> Result<Answer, Failure> {
    let mut params = call.params();
    let selection = selection(&mut params);
    let (search, external_id) = names(&mut params);
    let is_searched = search.is_some();
    let mut filters = filters(&selection, search);
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
                filters: &filters,
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
            filters.push(of_days(selection));
            by_external_id(&call, &external_id, &sources, &pager, &filters).await?
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
fn filters(selection: &Selection, search: Option<Search>) -> Vec<RowFilter> {
    let mut filters = Vec::new();
    if !selection.has_every_group() {
        filters.push(RowFilter::Equal(selection.field_texts()));
    }
    if let Some(search) = search {
        let finds = Filter::<Names>::Test {
            fields: Names::FIELDS,
            satisfies: Box::new(move |names| search.finds(&names.all())),
        };
        filters.push(finds.into());
    }
    filters
}

/// What a search looks at.
#[derive(Deserialize)]
struct Names {
    external_id: Option<ExternalId>,
    external_product_identifier: Option<ExternalId>,
}

impl Names {
    const FIELDS: &'static [&'static str] = &["external_id", "external_product_identifier"];

    fn all(&self) -> [Option<&str>; 2] {
        [&self.external_id, &self.external_product_identifier]
            .map(|text| text.as_ref().map(ExternalId::as_str))
    }
}

/// When a revenue occurred.
#[derive(Deserialize)]
struct Occurrence {
    occurred_at: Timestamp,
}

/// The revenues of the days that are selected.
fn of_days(selection: Selection) -> RowFilter {
    let of_days = Filter::<Occurrence>::Test {
        fields: &["occurred_at"],
        satisfies: Box::new(move |row| selection.has_day(row.occurred_at.day())),
    };
    of_days.into()
}

/// The revenues of these sources with this external id, of which each source has at most one: they
/// are read by their keys.
async fn by_external_id(
    call: &Call<Read<Revenue>>,
    external_id: &ExternalId,
    sources: &[Uuid],
    pager: &Pager,
    filters: &[RowFilter],
) -> Result<ListPage<Revenue>, Failure> {
    let access = call.access();
    let key = |source: &Uuid| access.revenue(access.revenue_id(*source, external_id));
    let keys: Vec<_> = sources.iter().map(key).collect();
    let mut rows = Vec::new();
    for row in call.table().get_stored(&keys).await? {
        if satisfies(&row, filters)? {
            let revenue: Revenue = row.parse("reading an item")?;
            rows.push((revenue.position(), revenue));
        }
    }
    rows.sort_by(|(one, _), (other, _)| other.cmp(one));
    ListPage::of_rows(rows, pager)
}

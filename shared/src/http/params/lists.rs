//! The parameters that lists have in common.

use domain::filter::{Filter, QueryReader, Search};
use domain::problem::{Code, Violation, quote};
use domain::resource::Resource;
use domain::value::{ExternalId, FromText, Timestamp};
use schemars::JsonSchema;

use crate::lists::{PER_PAGE_DEFAULT, PER_PAGE_MAX};

/// Which page of a list is wanted.
pub struct ListParams {
    pub page: Option<PageNumber>,
    pub per_page: Option<PerPage>,
    pub cursor: Option<Cursor>,
}

/// The number of a page, from 1.
#[derive(JsonSchema)]
#[schemars(inline, extend("minimum" = 1))]
pub struct PageNumber(pub u64);

/// How many rows a page has.
#[derive(JsonSchema)]
#[schemars(inline, extend("minimum" = 1, "maximum" = PER_PAGE_MAX, "default" = PER_PAGE_DEFAULT))]
pub struct PerPage(pub u64);

/// The `next_cursor` of a page.
#[derive(JsonSchema)]
#[schemars(inline)]
pub struct Cursor(pub String);

/// Takes the parameters that every list has.
pub fn list_params(query: &mut impl QueryReader) -> ListParams {
    let per_page = "How many rows a page has.";
    let page =
        "The number of a page, from 1, which is also the default. Not together with `cursor`.";
    let cursor = "The `next_cursor` of the page before, with the same filters. A page by cursor has no \
                  `total`; continue until `next_cursor` is null.";
    ListParams {
        per_page: query.take("per_page", per_page, |text| {
            whole(text, PER_PAGE_MAX as u64).map(PerPage)
        }),
        page: query.take("page", page, |text| whole(text, u64::MAX).map(PageNumber)),
        cursor: query.take("cursor", cursor, |text| Ok(Cursor(text.to_owned()))),
    }
}

/// Which records of a kind are wanted.
pub struct RecordParams<R> {
    pub filters: Vec<Filter<R>>,
    pub search: Option<Search>,
    pub updated_since: Option<Timestamp>,
    pub external_id: Option<ExternalId>,
}

/// Takes the filters of a kind, and those that every kind of record has.
pub fn record_params<R: Resource>(query: &mut impl QueryReader) -> RecordParams<R> {
    let updated_since = "Records that changed at this instant or later.";
    RecordParams {
        filters: R::filters(query).into_iter().flatten().collect(),
        search: query.take("search", R::SEARCHED, |text| Ok(Search::new(text))),
        updated_since: query.take("updated_since", updated_since, instant),
        external_id: query.take(
            "external_id",
            "The record with exactly this external id.",
            ExternalId::from_text,
        ),
    }
}

/// An instant in a query, where the `+` of its offset may have become a space.
///
/// # Errors
/// Why the text is not an instant.
fn instant(text: &str) -> Result<Timestamp, Violation> {
    const OFFSET_LENGTH: usize = "+00:00".len();
    let split = text.len().checked_sub(OFFSET_LENGTH);
    match split.and_then(|at| text.split_at_checked(at)) {
        Some((time, offset)) if offset.starts_with(' ') => {
            Timestamp::from_text(&format!("{time}+{}", offset.trim_start()))
        }
        Some(_) | None => Timestamp::from_text(text),
    }
}

fn whole(text: &str, max: u64) -> Result<u64, Violation> {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let got = quote(text);
    if !is_digits {
        let detail = format!("must be a whole number, got {got}");
        return Err(Violation::new(Code::InvalidFormat, detail));
    }
    let limits = match max {
        u64::MAX => "at least 1 and below 2^64".to_owned(),
        max => format!("from 1 to {max}"),
    };
    text.parse()
        .ok()
        .filter(|number| (1..=max).contains(number))
        .ok_or_else(|| Violation::new(Code::OutOfRange, format!("must be {limits}, got {got}")))
}

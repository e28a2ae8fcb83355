//! The adjustments that corrections sent before.

use serde::Deserialize;
use uuid::Uuid;

use crate::api::{Api, ApiError, Cause};

/// What the external id of an adjustment has between that of the original and the new amount.
pub const ADJUSTMENT_MARK: &str = ":adjusted-to:";

/// An adjustment that is stored.
#[derive(Clone, Debug, Deserialize)]
pub struct Adjustment {
    pub external_id: Option<String>,
    pub revenue_source_id: Uuid,
    pub amount: String,
}

#[derive(Debug, Deserialize)]
struct Page {
    data: Vec<Adjustment>,
    meta: Meta,
}

#[derive(Debug, Deserialize)]
struct Meta {
    next_cursor: Option<String>,
}

/// The adjustments of a day that corrections sent.
pub async fn read(api: &Api, day: &str) -> Result<Vec<Adjustment>, ApiError> {
    match listed(api, day, true).await {
        // A search reads at most 50,000 revenues; without it, counters find the adjustments.
        Err(ApiError {
            cause: Cause::Problem(problem),
            ..
        }) if problem.status == 422 => listed(api, day, false).await,
        found => found,
    }
}

async fn listed(api: &Api, day: &str, is_search: bool) -> Result<Vec<Adjustment>, ApiError> {
    let mut found = Vec::new();
    let mut position = ("page", "1".to_owned());
    loop {
        let mut query = vec![
            ("type", "adjustment".to_owned()),
            ("date_from", day.to_owned()),
            ("date_to", day.to_owned()),
            ("per_page", "100".to_owned()),
            position,
        ];
        if is_search {
            query.push(("search", ADJUSTMENT_MARK.to_owned()));
        }
        let page: Page = api.get("/api/v1/revenues", &query).await?;
        let is_ours = |one: &Adjustment| {
            one.external_id
                .as_deref()
                .is_some_and(|id| id.contains(ADJUSTMENT_MARK))
        };
        found.extend(page.data.into_iter().filter(is_ours));
        match page.meta.next_cursor {
            Some(cursor) => position = ("cursor", cursor),
            None => return Ok(found),
        }
    }
}

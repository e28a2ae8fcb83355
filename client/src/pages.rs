//! Lists of the API, read from beginning to end by cursor.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::api::{Api, ApiError};

/// The most rows of a page.
const PAGE_ROWS_MAX: &str = "100";

#[derive(Deserialize)]
struct Page<T> {
    data: Vec<T>,
    meta: PageMeta,
}

#[derive(Deserialize)]
struct PageMeta {
    next_cursor: Option<String>,
}

/// A list that is read page after page, so that memory does not depend on its length.
pub struct Pages<'a> {
    api: &'a Api,
    path: String,
    filters: Vec<(&'static str, String)>,
    position: Option<(&'static str, String)>,
}

impl<'a> Pages<'a> {
    /// The list of a kind, such as `revenues`, as far as it matches the filters.
    pub fn new(api: &'a Api, kind: &str, filters: Vec<(&'static str, String)>) -> Self {
        Self {
            api,
            path: format!("/api/v1/{kind}"),
            filters,
            position: Some(("page", "1".to_owned())),
        }
    }

    /// The next page, which may be empty; nothing after the last one.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<Vec<T>>, ApiError> {
        let Some(position) = self.position.take() else {
            return Ok(None);
        };
        let mut query = self.filters.clone();
        query.push(("per_page", PAGE_ROWS_MAX.to_owned()));
        query.push(position);
        let page: Page<T> = self.api.get(&self.path, &query).await?;
        self.position = page.meta.next_cursor.map(|cursor| ("cursor", cursor));
        Ok(Some(page.data))
    }

    /// Everything on all pages.
    ///
    /// # Errors
    /// Why a page cannot be read.
    pub async fn all<T: DeserializeOwned>(mut self) -> Result<Vec<T>, ApiError> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await? {
            all.extend(page);
        }
        Ok(all)
    }
}

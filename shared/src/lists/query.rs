//! Which page of a list is wanted, and the cursors of its next page.

use super::cursor::CursorSigner;
use super::limits::ReadLimits;
use crate::error::Failure;

/// How many rows a page has unless the request says otherwise.
pub const PER_PAGE_DEFAULT: usize = 25;
/// The most rows of a page.
pub const PER_PAGE_MAX: usize = 100;

/// Which page of a list is wanted.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Which page.
    pub page: PageSelector,
    /// How many rows it has.
    pub per_page: usize,
    /// The filters as they were sent, sorted by name: a cursor is bound to them.
    pub filters: Vec<(String, String)>,
    /// How many rows may be read for it.
    pub limits: ReadLimits,
}

impl Default for ListQuery {
    /// The first page, without filters.
    fn default() -> Self {
        Self {
            page: PageSelector::Number(1),
            per_page: PER_PAGE_DEFAULT,
            filters: Vec::new(),
            limits: ReadLimits::default(),
        }
    }
}

/// How a page is selected.
#[derive(Clone, Debug)]
pub enum PageSelector {
    /// By its number, from 1.
    Number(u64),
    /// By the cursor of the page before it.
    Cursor(String),
}

/// Where a page starts.
pub(crate) enum PageStart {
    /// The page with this number, from 1.
    Number(u64),
    /// After the row at this position.
    After(String),
}

/// A query of one list of one workspace: it verifies the cursor that was sent, and signs the next
/// one.
pub struct Pager {
    query: ListQuery,
    signer: CursorSigner,
}

impl Pager {
    /// The pager of the list whose cursors `signer` signs.
    pub fn new(query: ListQuery, signer: CursorSigner) -> Self {
        Self { query, signer }
    }

    /// How many rows the page has.
    pub(crate) fn per_page(&self) -> usize {
        self.query.per_page
    }

    /// How many rows may be read for the page.
    pub(crate) fn limits(&self) -> ReadLimits {
        self.query.limits
    }

    /// Where the page starts.
    ///
    /// # Errors
    /// [`Failure::MalformedQuery`] for a cursor that was not made for this list with these filters.
    pub(crate) fn start(&self) -> Result<PageStart, Failure> {
        match &self.query.page {
            PageSelector::Number(page) => Ok(PageStart::Number(*page)),
            PageSelector::Cursor(cursor) => {
                let position = self.signer.verify(cursor, &self.query.filters)?;
                Ok(PageStart::After(position))
            }
        }
    }

    /// The cursor of the page after the row at this position.
    pub(crate) fn cursor_after(&self, position: &str) -> String {
        self.signer.sign(position, &self.query.filters)
    }
}

//! Lists: pages, cursors and totals.

mod cursor;
mod filter;
mod limits;
mod query;
mod walk;

mod numbered;

mod scan;

pub use cursor::CursorSigner;
pub use filter::{RowFilter, satisfies};
pub use limits::ReadLimits;
pub use query::{ListQuery, PER_PAGE_DEFAULT, PER_PAGE_MAX, PageSelector, Pager};
pub use scan::list;
pub use walk::Walk;

pub(crate) use numbered::numbered;
pub(crate) use query::PageStart;
pub(crate) use scan::rows_after;

use crate::error::Failure;

/// One page of a list.
#[derive(Debug)]
pub struct ListPage<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The number of the page; `None` if it was selected by a cursor.
    pub page: Option<u64>,
    /// How many rows a page has.
    pub per_page: usize,
    /// How many rows there are; `None` if the page was selected by a cursor.
    pub total: Option<u64>,
    /// The cursor of the next page, unless this is the last one.
    pub next_cursor: Option<String>,
}

impl<T> ListPage<T> {
    /// A page of these rows, which are the whole list in order, each with its position.
    ///
    /// # Errors
    /// [`Failure::MalformedQuery`] for a cursor of another list.
    pub fn of_rows(mut rows: Vec<(String, T)>, pager: &Pager) -> Result<Self, Failure> {
        let total = rows.len() as u64;
        let per_page = pager.per_page();
        let (page, skipped) = match pager.start()? {
            PageStart::Number(page) => (Some(page), (page - 1).saturating_mul(per_page as u64)),
            PageStart::After(position) => {
                let at = rows.iter().position(|(row, _)| *row == position);
                (None, at.map_or(total, |at| at as u64 + 1))
            }
        };
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        rows.drain(..skipped.min(rows.len()));
        let more = rows.len() > per_page;
        rows.truncate(per_page);
        let last = rows.last().filter(|_| more);
        let next_cursor = last.map(|(last, _)| pager.cursor_after(last));
        Ok(Self {
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            page,
            per_page,
            total: page.map(|_| total),
            next_cursor,
        })
    }

    /// The same page with its rows converted.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> ListPage<U> {
        ListPage {
            rows: self.rows.into_iter().map(convert).collect(),
            page: self.page,
            per_page: self.per_page,
            total: self.total,
            next_cursor: self.next_cursor,
        }
    }
}

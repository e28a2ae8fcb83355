//! The query parameters of a list.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use percent_encoding::percent_decode_str;

use crate::error::Failure;
use crate::problem::{Code, Reason, quoted};
use crate::value::{FromText, Timestamp};

/// How many rows a page has unless the request says.
pub const PER_PAGE_DEFAULT: usize = 25;
/// How many rows a page has at most.
pub const PER_PAGE_MAX: usize = 100;

/// The query parameters of a request, taken one by one.
pub struct Params {
    given: BTreeMap<String, String>,
    known: Vec<&'static str>,
    problems: Vec<(String, Reason)>,
}

/// Which page of a list is wanted.
#[derive(Debug)]
pub struct ListRequest {
    /// Where it is.
    pub place: Place,
    /// How many rows it has.
    pub per_page: usize,
    /// The filters, sorted by name: what a cursor is bound to.
    pub filters: Vec<(String, String)>,
}

/// Where a page is.
#[derive(Debug)]
pub enum Place {
    /// By its number, from 1.
    Page(u64),
    /// Behind this cursor.
    Cursor(String),
}

impl Params {
    /// The parameters of a query string.
    pub fn parse(query: &str) -> Self {
        let mut given = BTreeMap::new();
        let mut problems = Vec::new();
        if percent_decode_str(query).decode_utf8().is_err() {
            problems.push((
                "query".to_owned(),
                Reason::new(Code::InvalidFormat, "must be UTF-8, percent-encoded"),
            ));
        }
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            match given.entry(name) {
                Entry::Vacant(free) => drop(free.insert(value)),
                Entry::Occupied(taken) => {
                    problems.push((
                        taken.key().clone(),
                        Reason::new(Code::Duplicate, "must be given once"),
                    ));
                }
            }
        }
        Self {
            given,
            known: Vec::new(),
            problems,
        }
    }

    /// The value of a parameter as `read` reads it; absent if it was not given or cannot be read.
    pub fn take<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Option<T> {
        self.known.push(name);
        let value = self.given.get(name)?;
        read(value)
            .map_err(|reason| self.problems.push((name.to_owned(), reason)))
            .ok()
    }

    /// The page that is wanted, once the list has taken its filters.
    ///
    /// # Errors
    /// [`Failure::MalformedQuery`] with every problem of every parameter.
    pub fn into_list_request(mut self) -> Result<ListRequest, Failure> {
        let filters = self
            .known
            .iter()
            .filter_map(|name| Some((name.to_string(), self.given.get(*name)?.clone())));
        let mut filters: Vec<_> = filters.collect();
        filters.sort();
        let per_page = self.take("per_page", |text| whole(text, PER_PAGE_MAX as u64));
        let per_page = per_page.map_or(PER_PAGE_DEFAULT, |rows| {
            usize::try_from(rows).unwrap_or(PER_PAGE_MAX)
        });
        let page = self.take("page", |text| whole(text, u64::MAX));
        let cursor = self.take("cursor", |text| Ok(text.to_owned()));
        if self.given.contains_key("page") && cursor.is_some() {
            let reason = Reason::new(Code::InvalidValue, "must not be given together with page");
            self.problems.push(("cursor".to_owned(), reason));
        }
        self.finish()?;
        let place = cursor.map_or(Place::Page(page.unwrap_or(1)), Place::Cursor);
        Ok(ListRequest {
            place,
            per_page,
            filters,
        })
    }

    /// Ends the taking.
    ///
    /// # Errors
    /// [`Failure::MalformedQuery`] with every problem, unknown parameters included.
    pub fn finish(mut self) -> Result<(), Failure> {
        for name in self
            .given
            .keys()
            .filter(|name| !self.known.contains(&name.as_str()))
        {
            let known = if self.known.is_empty() {
                "there are none".to_owned()
            } else {
                self.known.join(", ")
            };
            let detail = format!("is not a parameter here; the parameters are: {known}");
            self.problems
                .push((quoted(name), Reason::new(Code::UnknownField, detail)));
        }
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(Failure::MalformedQuery(self.problems))
        }
    }
}

/// An instant in a query, where the `+` of its offset may have become a space.
///
/// # Errors
/// The reason, if it is none.
pub fn instant(text: &str) -> Result<Timestamp, Reason> {
    const OFFSET_LENGTH: usize = "+00:00".len();
    match text
        .len()
        .checked_sub(OFFSET_LENGTH)
        .and_then(|at| text.split_at_checked(at))
    {
        Some((time, offset)) if offset.starts_with(' ') => {
            Timestamp::from_text(&format!("{time}+{}", offset.trim_start()))
        }
        Some(_) | None => Timestamp::from_text(text),
    }
}

fn whole(text: &str, max: u64) -> Result<u64, Reason> {
    let number: Option<u64> = text
        .parse()
        .ok()
        .filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    match number {
        Some(number) if (1..=max).contains(&number) => Ok(number),
        Some(_) if max < u64::MAX => Err(Reason::new(
            Code::OutOfRange,
            format!("must be from 1 to {max}, got {}", quoted(text)),
        )),
        Some(_) => Err(Reason::new(
            Code::OutOfRange,
            format!("must be at least 1, got {}", quoted(text)),
        )),
        None => Err(Reason::new(
            Code::InvalidFormat,
            format!("must be a whole number, got {}", quoted(text)),
        )),
    }
}

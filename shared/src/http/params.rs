//! Query parameters.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use domain::fields::nearest;
use domain::filter::Search;
use domain::problem::{Code, PROBLEMS_MAX, Violation, quote, shorten};
use domain::resource::Resource;
use domain::value::{ExternalId, FromText, Timestamp};
use percent_encoding::percent_decode_str;

use crate::error::Failure;
use crate::lists::{ListQuery, PER_PAGE_DEFAULT, PER_PAGE_MAX, PageSelector, ReadLimits};
use crate::records::RecordQuery;

/// The query parameters of a request, taken one by one.
pub struct Params {
    given: BTreeMap<String, String>,
    known: Vec<&'static str>,
    problems: Vec<(String, Violation)>,
    limits: ReadLimits,
}

impl Params {
    /// The parameters of a query string; a list that they select is read within `limits`.
    pub fn parse(query: &str, limits: ReadLimits) -> Self {
        let mut given = BTreeMap::new();
        let mut problems = Vec::new();
        if percent_decode_str(query).decode_utf8().is_err() {
            let violation = Violation::new(Code::InvalidFormat, "must be percent-encoded UTF-8");
            problems.push(("query".to_owned(), violation));
        }
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            match given.entry(name) {
                Entry::Vacant(free) => drop(free.insert(value)),
                Entry::Occupied(taken) => {
                    let violation = Violation::new(Code::Duplicate, "must be given once");
                    problems.push((taken.key().clone(), violation));
                }
            }
            if problems.len() == PROBLEMS_MAX {
                break;
            }
        }
        Self {
            given,
            known: Vec::new(),
            problems,
            limits,
        }
    }

    /// The value of a parameter, as `read` parses it; `None` if it is absent or cannot be parsed.
    pub fn take<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, Violation>,
    ) -> Option<T> {
        self.known.push(name);
        let value = self.given.get(name)?;
        read(value)
            .map_err(|violation| self.problems.push((name.to_owned(), violation)))
            .ok()
    }

    /// Which page of a list is wanted, after the filters of the list were taken.
    ///
    /// # Errors
    /// [`Failure::MalformedQuery`] with every problem of every parameter.
    pub fn into_list_query(mut self) -> Result<ListQuery, Failure> {
        let limits = self.limits;
        let given = &self.given;
        let filter = |name: &&str| Some((name.to_string(), given.get(*name)?.clone()));
        let mut filters: Vec<_> = self.known.iter().filter_map(filter).collect();
        filters.sort();
        let per_page = self.take("per_page", |text| whole(text, PER_PAGE_MAX as u64));
        let page = self.take("page", |text| whole(text, u64::MAX));
        let cursor = self.take("cursor", |text| Ok(text.to_owned()));
        if self.given.contains_key("page") && cursor.is_some() {
            let violation = Violation::new(Code::InvalidValue, "must not be given with page");
            self.problems.push(("cursor".to_owned(), violation));
        }
        self.finish()?;
        Ok(ListQuery {
            page: match cursor {
                Some(cursor) => PageSelector::Cursor(cursor),
                None => PageSelector::Number(page.unwrap_or(1)),
            },
            per_page: per_page.map_or(PER_PAGE_DEFAULT, |rows| rows as usize),
            filters,
            limits,
        })
    }

    /// Which records of a kind are wanted, and which page of them.
    ///
    /// # Errors
    /// [`Failure::MalformedQuery`] with every problem of every parameter.
    pub fn into_record_query<R: Resource>(mut self) -> Result<RecordQuery<R>, Failure> {
        let filters = R::FILTERS.iter();
        let filters = filters
            .filter_map(|filter| self.take(filter.name, filter.parse))
            .collect();
        let search = self.take("search", |text| Ok(Search::new(text)));
        let updated_since = self.take("updated_since", instant);
        let external_id = self.take("external_id", ExternalId::from_text);
        Ok(RecordQuery {
            list: self.into_list_query()?,
            filters,
            search,
            updated_since,
            external_id,
        })
    }

    /// Ends the taking of parameters.
    ///
    /// # Errors
    /// [`Failure::MalformedQuery`] with every problem, unknown parameters included.
    pub fn finish(mut self) -> Result<(), Failure> {
        let names = self.given.keys();
        let unknown = names.filter(|name| !self.known.contains(&name.as_str()));
        for name in unknown.take(PROBLEMS_MAX) {
            let violation =
                Violation::new(Code::UnknownField, unknown_parameter(name, &self.known));
            self.problems.push((shorten(name), violation));
        }
        self.problems.truncate(PROBLEMS_MAX);
        match self.problems.is_empty() {
            true => Ok(()),
            false => Err(Failure::MalformedQuery(self.problems)),
        }
    }
}

fn unknown_parameter(name: &str, known: &[&'static str]) -> String {
    if known.is_empty() {
        return "is not a known parameter. There are no query parameters here".to_owned();
    }
    let suggestion = nearest(name, known).map(|known| format!("; did you mean {}?", quote(known)));
    let suggestion = suggestion.as_deref().unwrap_or(".");
    format!(
        "is not a known parameter{suggestion} Known parameters: {}",
        known.join(", ")
    )
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

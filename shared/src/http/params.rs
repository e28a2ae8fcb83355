//! Query parameters.

mod lists;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use domain::fields::nearest;
use domain::filter::QueryReader;
use domain::problem::{Code, PROBLEMS_MAX, Violation, quote, shorten};
use domain::resource::Resource;
use percent_encoding::percent_decode_str;
use schemars::JsonSchema;

use crate::error::Failure;
use crate::lists::{ListQuery, PER_PAGE_DEFAULT, PageSelector, ReadLimits};
use crate::records::RecordQuery;

use lists::{ListParams, RecordParams};
pub use lists::{list_params, record_params};

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
        let ListParams {
            page,
            per_page,
            cursor,
        } = list_params(&mut self);
        if self.given.contains_key("page") && cursor.is_some() {
            let violation = Violation::new(Code::InvalidValue, "must not be given with page");
            self.problems.push(("cursor".to_owned(), violation));
        }
        self.finish()?;
        Ok(ListQuery {
            page: match cursor.map(|cursor| cursor.0) {
                Some(cursor) => PageSelector::Cursor(cursor),
                None => PageSelector::Number(page.map_or(1, |page| page.0)),
            },
            per_page: per_page.map_or(PER_PAGE_DEFAULT, |rows| rows.0 as usize),
            filters,
            limits,
        })
    }

    /// Which records of a kind are wanted, and which page of them.
    ///
    /// # Errors
    /// [`Failure::MalformedQuery`] with every problem of every parameter.
    pub fn into_record_query<R: Resource>(mut self) -> Result<RecordQuery<R>, Failure> {
        let RecordParams {
            filters,
            search,
            updated_since,
            external_id,
        } = record_params(&mut self);
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

impl QueryReader for Params {
    fn take<T: JsonSchema>(
        &mut self,
        name: &'static str,
        _: &'static str,
        read: impl FnOnce(&str) -> Result<T, Violation>,
    ) -> Option<T> {
        self.known.push(name);
        let value = self.given.get(name)?;
        read(value)
            .map_err(|violation| self.problems.push((name.to_owned(), violation)))
            .ok()
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

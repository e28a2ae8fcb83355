//! The envelopes: one, many, and the results of a batch.

use std::collections::BTreeMap;

use domain::schema::absent_or_set;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::problem::{ProblemDocument, document};
use crate::batch::{BatchItem, Difference, Status, StatusCounts};
use crate::error::Failure;
use crate::lists::ListPage;

/// The most problems of a record in an answer that would be too large with all of them.
const REDUCED_PROBLEMS_MAX: usize = 10;

/// `{"data": …}`, and what a kind adds to it.
#[derive(Serialize)]
struct Envelope<T> {
    data: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Value>,
    #[serde(flatten)]
    extra_fields: Option<BTreeMap<&'static str, Value>>,
}

impl<T: Serialize> Envelope<T> {
    fn answer(
        data: T,
        meta: Option<Value>,
        extra_fields: Option<(&'static str, Value)>,
    ) -> Result<Answer, Failure> {
        Answer::ok(&Self {
            data,
            meta,
            extra_fields: extra_fields.map(|extra_fields| BTreeMap::from([extra_fields])),
        })
    }
}

/// What the `meta` of a batch counts.
pub struct BatchMeta<'a> {
    /// The statuses of the endpoint, in addition to `failed` and `outcome_unknown`.
    pub statuses: &'a [Status],
    /// Whether duplicates with differences are counted too.
    pub duplicate_conflicts: bool,
    /// Whether the results contain stored values: the key may read them.
    pub reveals_values: bool,
}

impl Answer {
    /// An answer with one record.
    ///
    /// # Errors
    /// [`Failure::Internal`] if it cannot be written as JSON, which is a bug.
    pub fn one(
        data: &impl Serialize,
        extra_fields: Option<(&'static str, Value)>,
    ) -> Result<Self, Failure> {
        Envelope::answer(data, None, extra_fields)
    }

    /// An answer with a page of a list.
    ///
    /// # Errors
    /// As [`Self::one`].
    pub fn many(
        page: ListPage<impl Serialize>,
        extra_fields: Option<(&'static str, Value)>,
    ) -> Result<Self, Failure> {
        let meta = serde_json::to_value(ListMeta::of(&page));
        let meta = Some(meta.map_err(|error| Failure::Internal(error.into()))?);
        Envelope::answer(page.rows, meta, extra_fields)
    }

    /// An answer with the results of a batch.
    ///
    /// # Errors
    /// As [`Self::one`].
    pub fn batch(
        items: Vec<BatchItem<impl Serialize>>,
        meta: &BatchMeta<'_>,
        extra_fields: Option<(&'static str, Value)>,
    ) -> Result<Self, Failure> {
        let counts = StatusCounts::of(items.iter().map(|item| &item.result));
        let reveals_values = meta.reveals_values;
        let meta = Some(batch_meta(meta, &counts, items.len()));
        let rows = items.into_iter().enumerate();
        let mut rows: Vec<_> = rows
            .map(|(index, item)| row(index, item, reveals_values))
            .collect();
        let answer = Envelope::answer(&rows, meta.clone(), extra_fields.clone())?;
        if answer.fits() {
            return Ok(answer);
        }
        rows.iter_mut().for_each(Row::reduce);
        Envelope::answer(&rows, meta, extra_fields)
    }
}

/// Which page of a list it is.
#[derive(Serialize, JsonSchema)]
#[schemars(transform = absent_or_set)]
pub(super) struct ListMeta {
    /// The number of the page, from 1; `null` for a page by cursor.
    current_page: Option<u64>,
    /// The number of the last page, at least 1; `null` for a page by cursor.
    last_page: Option<u64>,
    /// How many rows a page has.
    per_page: u64,
    /// How many rows the list has. Absent for a page by cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    /// The cursor of the next page; `null` at the end of the list.
    next_cursor: Option<String>,
}

impl ListMeta {
    fn of<T>(page: &ListPage<T>) -> Self {
        let per_page = page.per_page as u64;
        Self {
            current_page: page.page,
            last_page: page.total.map(|total| total.div_ceil(per_page).max(1)),
            per_page,
            total: page.total,
            next_cursor: page.next_cursor.clone(),
        }
    }
}

/// The result for one record of a batch.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}Result", transform = absent_or_set)]
pub(super) struct Row<T> {
    /// The place of the record in `records`, from 0.
    index: usize,
    /// What became of the record.
    status: Status,
    /// The id of the record; of a record that failed, what was sent as such.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    /// The external id of the record; of a record that failed, what was sent as such.
    external_id: Option<Value>,
    /// The version of the record, where `data` is absent and the record has versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// The version that `data` has.
    #[serde(skip)]
    version_of_data: Option<u64>,
    /// Of a record that was not written: whether to send it again may help.
    #[serde(skip_serializing_if = "Option::is_none")]
    retryable: Option<bool>,
    /// Why the record was not written.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ProblemDocument>,
    /// Of a duplicate: the fields that differ from the stored record, which was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<Vec<Difference>>,
    /// The record after the write, if the key may read it and the response can carry it.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<T>,
}

impl<T> Row<T> {
    /// Leaves out what may be large: stored and submitted values, as for a key that may not read
    /// them, and all but the first problems.
    fn reduce(&mut self) {
        self.data = None;
        self.version = self.version_of_data;
        let differences = self.differences.take();
        self.differences = differences.map(|differences| visible(differences, false));
        if let Some(error) = &mut self.error {
            error.keep_problems(REDUCED_PROBLEMS_MAX);
        }
    }
}

fn row<T>(index: usize, item: BatchItem<T>, reveals_values: bool) -> Row<T> {
    let status = Status::of(&item.result);
    match item.result {
        Ok(written) => Row {
            index,
            status,
            id: Some(written.id.to_string().into()),
            external_id: written.external_id.map(Value::from),
            version: written.version.filter(|_| !reveals_values),
            version_of_data: written.version,
            retryable: None,
            error: None,
            differences: (status == Status::SkippedDuplicate)
                .then(|| visible(written.differences, reveals_values)),
            data: reveals_values.then_some(written.record),
        },
        Err(failure) => {
            let error = document(failure);
            Row {
                index,
                status,
                id: item.sent.id,
                external_id: item.sent.external_id,
                version: None,
                version_of_data: None,
                retryable: Some(error.retryable),
                error: Some(error),
                differences: None,
                data: None,
            }
        }
    }
}

/// The differences, with their values only if the key may read them.
pub fn visible(differences: Vec<Difference>, reveals_values: bool) -> Vec<Difference> {
    match reveals_values {
        true => differences,
        false => {
            let differences = differences.into_iter();
            differences.map(Difference::without_values).collect()
        }
    }
}

/// The statuses that every batch can give.
const ALWAYS: [Status; 2] = [Status::Failed, Status::OutcomeUnknown];
const TOTAL: &str = "total";
const DUPLICATE_CONFLICTS: &str = "duplicate_conflicts";

/// The `meta` of a batch: every status of the endpoint, and their sum.
fn batch_meta(meta: &BatchMeta<'_>, counts: &StatusCounts, total: usize) -> Value {
    let mut json = json!({ TOTAL: total });
    for status in meta.statuses.iter().copied().chain(ALWAYS) {
        json[status.name()] = counts.get(status).into();
    }
    if meta.duplicate_conflicts {
        json[DUPLICATE_CONFLICTS] = counts.duplicate_conflicts.into();
    }
    json
}

/// The schema of that.
pub(super) fn batch_meta_schema(statuses: &[Status], duplicate_conflicts: bool) -> Value {
    let names = statuses.iter().chain(&ALWAYS).map(|status| status.name());
    let conflicts = duplicate_conflicts.then_some(DUPLICATE_CONFLICTS);
    let names: Vec<&str> = [TOTAL].into_iter().chain(names).chain(conflicts).collect();
    let count = |name: &&str| {
        let description = match *name {
            TOTAL => "How many records were sent.".to_owned(),
            DUPLICATE_CONFLICTS => "How many duplicates differ from what is stored.".to_owned(),
            status => format!("How many results have the status `{status}`."),
        };
        let schema = json!({ "type": "integer", "minimum": 0, "description": description });
        ((*name).to_owned(), schema)
    };
    let properties: Map<String, Value> = names.iter().map(count).collect();
    json!({ "type": "object", "properties": properties, "required": names })
}

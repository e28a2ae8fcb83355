//! The envelope of a batch body.

use domain::fields::{Object, unknown_field};
use domain::json;
use domain::problem::{Code, ErrorSink, PROBLEMS_MAX, Problems, quote};
use domain::value::wrong_type;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::Failure;

/// The most records of one batch.
pub const BATCH_RECORDS_MAX: usize = 100;

/// A record of a batch, read by itself: its faults are its own.
#[derive(Debug)]
pub struct SentRecord {
    /// The record, as far as it could be read.
    pub json: Value,
    /// What could not be read.
    pub problems: Problems,
}

impl SentRecord {
    fn read(raw: &RawValue) -> Self {
        let mut problems = Problems::default();
        let json = json::read(raw, &mut ErrorSink::new(&mut problems));
        Self { json, problems }
    }

    /// The body of a single write, which is a batch of one.
    pub fn whole(json: Value) -> Self {
        Self {
            json,
            problems: Problems::default(),
        }
    }

    /// What names it in the answer, if it fails.
    pub fn ids(&self) -> SentIds {
        let sent = |name| self.json.get(name).filter(|json| !json.is_null()).cloned();
        SentIds {
            id: sent("id"),
            external_id: sent("external_id"),
        }
    }

    /// The record.
    ///
    /// # Errors
    /// What could not be read.
    pub fn into_json(self) -> Result<Value, Problems> {
        self.problems.or(self.json)
    }
}

/// What was sent as the ids of a record, whatever it is.
#[derive(Debug)]
pub struct SentIds {
    /// Its id.
    pub id: Option<Value>,
    /// Its external id.
    pub external_id: Option<Value>,
}

/// The body of a batch, whose envelope may have problems.
#[derive(Debug)]
pub struct BatchBody {
    records: Vec<SentRecord>,
    /// The fields in addition to `records`.
    pub fields: Object,
    /// The problems of the envelope.
    pub problems: Problems,
}

impl BatchBody {
    /// Reads a body whose envelope may have the fields named in `others` in addition to `records`.
    ///
    /// # Errors
    /// [`Failure::MalformedJson`] if it is not JSON, or has a duplicate key;
    /// [`Failure::Validation`] if it is not an object.
    pub fn parse(text: &[u8], others: &[&str]) -> Result<Self, Failure> {
        let raw = json::raw(text).map_err(Failure::MalformedJson)?;
        let mut problems = Problems::default();
        let mut errors = ErrorSink::new(&mut problems);
        let Some(members) = json::members(raw) else {
            let json = json::parse(text).map_err(Failure::MalformedJson)?;
            errors.take::<()>(Err(wrong_type("an object", &json)));
            return Err(problems.into());
        };
        let known = [&["records"], others].concat();
        let (mut fields, mut records) = (Object::new(), None);
        for (name, raw) in members {
            if fields.contains_key(&name) || (name == "records" && records.is_some()) {
                let detail = format!("duplicate key {}", quote(&name));
                return Err(Failure::MalformedJson(detail));
            }
            match name.as_str() {
                "records" => records = Some(raw),
                other if known.contains(&other) => {
                    let value = json::read(raw, &mut errors.at(&name));
                    fields.insert(name, value);
                }
                _ => drop(fields.insert(name, Value::Null)),
            }
        }
        let unknown = fields.keys().filter(|name| !known.contains(&name.as_str()));
        for name in unknown.take(PROBLEMS_MAX) {
            let detail = unknown_field(name, &known, &[]);
            let detail = format!("{detail}. Put the record's fields inside `records`");
            errors.at(name).add(Code::UnknownField, detail);
        }
        let records = split(records, &mut errors.at("records"));
        Ok(Self {
            records,
            fields,
            problems,
        })
    }

    /// The records: 1 to [`BATCH_RECORDS_MAX`].
    ///
    /// # Errors
    /// The problems of the envelope.
    pub fn into_records(self) -> Result<Vec<SentRecord>, Problems> {
        self.problems.or(self.records)
    }
}

/// Splits the list of records.
fn split(raw: Option<&RawValue>, errors: &mut ErrorSink<'_>) -> Vec<SentRecord> {
    let Some(raw) = raw else {
        let detail = format!("is required: a list of 1 to {BATCH_RECORDS_MAX} records");
        errors.add(Code::Required, detail);
        return Vec::new();
    };
    match json::elements(raw) {
        None => {
            let json = json::read(raw, errors);
            errors.take::<()>(Err(wrong_type("a list of records", &json)));
            Vec::new()
        }
        Some(list) if list.is_empty() => {
            errors.add(Code::TooFew, "must have at least 1 record, got 0");
            Vec::new()
        }
        Some(list) if list.len() > BATCH_RECORDS_MAX => {
            let got = list.len();
            let detail = format!("must have at most {BATCH_RECORDS_MAX} records, got {got}");
            errors.add(Code::TooMany, detail);
            Vec::new()
        }
        Some(list) => list.into_iter().map(SentRecord::read).collect(),
    }
}

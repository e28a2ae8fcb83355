//! Which rows of the files are which revenues of the API.

use std::collections::BTreeMap;

use domain::revenue::{Revenue, RevenueType};
use domain::value::{Currency, ExternalId, Money, StringEnum, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use super::book::{BookRow, Place};

/// A row of the files that the API has with other values.
pub struct Different {
    /// The row.
    pub row: BookRow,
    /// The revenue.
    pub stored: Revenue,
    /// The fields.
    pub fields: Vec<FieldDifference>,
}

/// A field in which a row and a revenue differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDifference {
    /// The field.
    pub field: &'static str,
    /// What the file has.
    pub in_file: Value,
    /// What the API has.
    pub in_api: Value,
}

/// A row with the source and the external id of an earlier one.
pub struct Twice {
    /// The row.
    pub row: BookRow,
    /// The earlier one; unknown if its day was not compared row by row.
    pub first: Option<Place>,
}

/// What names a revenue.
type Name = (Uuid, ExternalId);
/// Everything that a digest covers of a revenue without external id.
type Anonymous = (Uuid, RevenueType, Money, Currency, Timestamp);

/// The revenues of the API, while rows of the files are looked for among them.
#[derive(Default)]
pub struct Matching {
    stored: BTreeMap<Name, Revenue>,
    anonymous: BTreeMap<Anonymous, Vec<Revenue>>,
    /// The rows of the files that were looked for.
    seen: BTreeMap<Name, Place>,
    /// Rows that are not equal to a revenue.
    pub different: Vec<Different>,
    /// Rows that no revenue was found for.
    pub missing: Vec<BookRow>,
    /// Rows that name the same revenue as an earlier one.
    pub twice: Vec<Twice>,
}

impl Matching {
    /// Adds a revenue of the API.
    pub fn add(&mut self, revenue: Revenue) {
        match name(&revenue) {
            Some(name) => {
                self.stored.insert(name, revenue);
            }
            None => {
                let alike = self.anonymous.entry(anonymous(&revenue));
                alike.or_default().push(revenue);
            }
        }
    }

    /// Whether a row names a revenue that was added.
    pub fn names_one(&self, revenue: &Revenue) -> bool {
        name(revenue)
            .is_some_and(|name| self.stored.contains_key(&name) || self.seen.contains_key(&name))
    }

    /// Looks for a row of the files. Of rows without external id, as many are found as the API has
    /// with the same values.
    pub fn look_for(&mut self, row: BookRow) {
        let Some(name) = name(&row.revenue) else {
            let alike = self.anonymous.get_mut(&anonymous(&row.revenue));
            if alike.and_then(Vec::pop).is_none() {
                self.missing.push(row);
            }
            return;
        };
        if let Some(first) = self.seen.get(&name) {
            let first = Some(first.clone());
            self.twice.push(Twice { row, first });
            return;
        }
        self.seen.insert(name.clone(), row.place.clone());
        match self.stored.remove(&name) {
            None => self.missing.push(row),
            Some(stored) => self.compare(row, stored),
        }
    }

    /// Compares a row with the revenue that it names.
    pub fn compare(&mut self, row: BookRow, stored: Revenue) {
        let fields = differences(&row, &stored);
        if !fields.is_empty() {
            self.different.push(Different {
                row,
                stored,
                fields,
            });
        }
    }

    /// The revenues that no row was found for, newest first as in the lists of the API.
    pub fn rest(&mut self) -> Vec<Revenue> {
        let stored = std::mem::take(&mut self.stored).into_values();
        let anonymous = std::mem::take(&mut self.anonymous).into_values().flatten();
        let mut rest: Vec<Revenue> = stored.chain(anonymous).collect();
        rest.sort_by_key(|revenue| std::cmp::Reverse(revenue.position()));
        rest
    }
}

fn name(revenue: &Revenue) -> Option<Name> {
    let external_id = revenue.external_id.clone()?;
    Some((revenue.revenue_source_id, external_id))
}

fn anonymous(revenue: &Revenue) -> Anonymous {
    (
        revenue.revenue_source_id,
        revenue.kind,
        revenue.amount,
        revenue.currency.clone(),
        revenue.occurred_at,
    )
}

/// The fields that differ; none if a digest cannot tell the two apart. What a digest does not cover
/// is compared only where the file has it.
fn differences(row: &BookRow, stored: &Revenue) -> Vec<FieldDifference> {
    let of = |revenue: &Revenue| {
        [
            ("type", Value::from(revenue.kind.name())),
            ("amount", text(&revenue.amount)),
            ("currency", text(&revenue.currency)),
            ("occurred_at", text(&revenue.occurred_at)),
        ]
    };
    let more = |revenue: &Revenue| {
        let id = |id: &Option<ExternalId>| id.as_ref().map_or(Value::Null, |id| id.as_str().into());
        [
            (
                "external_product_identifier",
                id(&revenue.external_product_identifier),
            ),
            ("original_external_id", id(&revenue.original_external_id)),
            (
                "metadata",
                serde_json::to_value(&revenue.metadata).unwrap_or_default(),
            ),
        ]
    };
    let mut differing = pairs(of(&row.revenue), of(stored));
    if !differing.is_empty() {
        let more = pairs(more(&row.revenue), more(stored));
        let is_in_file = |one: &FieldDifference| row.record.contains_key(one.field);
        differing.extend(more.into_iter().filter(is_in_file));
    }
    differing
}

fn pairs<const FIELDS: usize>(
    ours: [(&'static str, Value); FIELDS],
    theirs: [(&'static str, Value); FIELDS],
) -> Vec<FieldDifference> {
    let pairs = ours.into_iter().zip(theirs);
    let pairs = pairs.map(|((field, in_file), (_, in_api))| FieldDifference {
        field,
        in_file,
        in_api,
    });
    pairs.filter(|pair| pair.in_file != pair.in_api).collect()
}

fn text(value: &impl ToString) -> Value {
    Value::String(value.to_string())
}

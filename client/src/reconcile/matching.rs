//! Which rows of the files are which revenues of the API.

use std::collections::BTreeMap;

use domain::revenue::{Revenue, RevenueType};
use domain::value::{Currency, ExternalId, Money, StringEnum, Sum, Timestamp};
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
    /// The adjustments of corrections that the revenue has.
    pub adjustments: Vec<Revenue>,
}

/// A field in which a row differs from a revenue, or from an earlier row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDifference {
    /// The field.
    pub field: &'static str,
    /// What the file has.
    pub in_file: Value,
    /// What the API has, or the earlier row.
    pub other: Value,
}

/// A row with the source and the external id of an earlier one, but with other values.
pub struct Twice {
    /// The row.
    pub row: BookRow,
    /// Where the first such row is.
    pub first: Place,
    /// The fields.
    pub fields: Vec<FieldDifference>,
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
    /// The first rows of those that contradict each other.
    firsts: BTreeMap<Name, BookRow>,
    /// Rows that are not equal to a revenue.
    pub different: Vec<Different>,
    /// Rows that no revenue was found for.
    pub missing: Vec<BookRow>,
    /// Rows that contradict an earlier one.
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
        name(revenue).is_some_and(|name| self.stored.contains_key(&name))
    }

    /// The external ids of the revenues that were added, with their sources.
    pub fn stored(&self) -> impl Iterator<Item = (Uuid, &str)> {
        let names = self.stored.keys();
        names.map(|(source, external_id)| (*source, external_id.as_str()))
    }

    /// Keeps the first of rows that contradict each other, as long as there are not too many.
    pub fn begin_contradiction(&mut self, row: &BookRow, rows_max: u64) {
        let is_full = self.firsts.len() as u64 >= rows_max;
        if let Some(name) = name(&row.revenue).filter(|_| !is_full) {
            self.firsts.insert(name, row.clone());
        }
    }

    /// Takes a later one of these rows, if the first was kept and there are not too many.
    pub fn contradict(&mut self, row: BookRow, rows_max: u64) {
        let is_full = self.twice.len() as u64 >= rows_max;
        let first = name(&row.revenue).and_then(|name| self.firsts.get(&name));
        if let Some(first) = first.filter(|_| !is_full) {
            let fields = differences(&row, &first.revenue);
            let first = first.place.clone();
            self.twice.push(Twice { row, first, fields });
        }
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
        match self.stored.remove(&name) {
            None => self.missing.push(row),
            Some(stored) => self.compare(row, stored),
        }
    }

    /// Compares a row with the revenue that it names.
    pub fn compare(&mut self, row: BookRow, stored: Revenue) {
        let different = Different::new(row, stored);
        if !different.fields.is_empty() {
            self.different.push(different);
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

impl Different {
    /// A row and the revenue that it names. There are no fields if they are equal.
    pub fn new(row: BookRow, stored: Revenue) -> Self {
        Self {
            fields: differences(&row, &stored),
            row,
            stored,
            adjustments: Vec::new(),
        }
    }

    /// What the adjustments add to the amount of the revenue.
    pub fn adjusted_by(&self) -> Sum {
        self.adjustments.iter().map(|one| one.amount).sum()
    }

    /// Adds the adjustments to the amount of the revenue: the result is what must be in the file.
    pub fn adjust(&mut self, adjustments: Vec<Revenue>) {
        self.adjustments = adjustments;
        let mut amount = Sum::from(self.stored.amount);
        amount += self.adjusted_by();
        self.fields.retain(|field| field.field != "amount");
        if amount != Sum::from(self.row.revenue.amount) {
            self.fields.push(FieldDifference {
                field: "amount",
                in_file: text(&self.row.revenue.amount),
                other: text(&self.stored.amount),
            });
        }
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
    let pairs = pairs.map(|((field, in_file), (_, other))| FieldDifference {
        field,
        in_file,
        other,
    });
    pairs.filter(|pair| pair.in_file != pair.other).collect()
}

fn text(value: &impl ToString) -> Value {
    Value::String(value.to_string())
}

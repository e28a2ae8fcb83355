//! Rules: which payee gets which share of which revenue.

mod accumulation;
mod allocation;
mod matching;
mod payee_name;
mod tier;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{IntoStaticStr, VariantArray};
use uuid::Uuid;

pub use accumulation::Accumulation;
pub use allocation::{Allocation, AllocationType, Allocations, Share};
pub use matching::{Dimension, Match, Mismatch, Sold};
pub use tier::Tier;

use crate::fields::{FieldReader, Object};
use crate::filter::{Filter, QueryReader};
use crate::payee::Payee;
use crate::permission::{HasKind, Kind};
use crate::problem::{Code, ErrorSink, quote};
use crate::resource::{Reference, Resource};
use crate::schema::string_enum;
use crate::value::{
    BoundedInt, Date, ExternalId, FromJson, Metadata, Percentage, StringEnum, Text,
};

/// Which payee gets which share of which revenue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Rule {
    /// The caller's own id, unique among the rules of the workspace.
    #[schemars(example = "affiliates-2026")]
    pub external_id: Option<ExternalId>,
    /// What people call the rule: at least one visible character, and no control characters. White
    /// space around it is removed.
    #[schemars(example = "Affiliates, 20 %")]
    pub name: Text<255>,
    /// Whether it applies.
    pub status: RuleStatus,
    /// Which of several matching rules applies: the one with the greater priority, or else the
    /// older.
    pub priority: Priority,
    /// How the shares are given.
    pub allocation_type: AllocationType,
    /// The shares: each payee once. At no amount may they add up to more than 100.
    pub allocations: Allocations,
    /// The greatest sum of the percentages, at any amount.
    pub allocation_total: Percentage,
    /// The window over which tiers accumulate; `month` for a flat rule.
    pub accumulation: Accumulation,
    /// Which revenue it applies to. A revenue must have one of the values of every dimension that
    /// is given; without any, all revenue matches.
    #[serde(rename = "match")]
    pub matching: Match,
    /// The first UTC day on which it applies.
    #[schemars(example = "2026-01-01")]
    pub effective_from: Option<Date>,
    /// The last UTC day on which it applies.
    #[schemars(example = "2026-12-31")]
    pub effective_to: Option<Date>,
    /// The caller's own notes.
    pub metadata: Metadata,
}

/// Whether a rule applies.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Serialize,
    Deserialize,
    IntoStaticStr,
    VariantArray,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schemars(transform = string_enum)]
pub enum RuleStatus {
    /// Does not apply yet.
    Draft,
    /// Applies.
    #[default]
    Active,
    /// Does not apply at present.
    Inactive,
    /// No longer applies.
    Archived,
}

/// Which of several matching rules wins: the one with the greater priority.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Priority(BoundedInt<1_000_000>);

impl Default for Priority {
    fn default() -> Self {
        Self(BoundedInt::new(100))
    }
}

impl StringEnum for RuleStatus {}

impl HasKind for Rule {
    const KIND: Kind = Kind {
        one: "rule",
        many: "rules",
    };
}

impl Resource for Rule {
    const SAVES_VERSIONS: bool = true;
    const SEARCHED: &'static str =
        "Rules whose `name` or `external_id` contains this text, in any case.";
    const SEARCHED_FIELDS: &'static [&'static str] = &["name", "external_id"];
    const READ_ONLY: &'static [&'static str] = &["allocation_total"];

    fn filters(query: &mut impl QueryReader) -> Vec<Option<Filter<Self>>> {
        vec![
            query.choice::<Self, RuleStatus>("status", "Rules with this status."),
            query.choice::<Self, AllocationType>("allocation_type", "Rules of this type."),
            query.filter(
                "payee_id",
                "Rules that give a share to this payee.",
                Self::PAYEE_FIELDS,
                Self::has_payee,
            ),
        ]
    }

    fn external_id(&self) -> Option<&ExternalId> {
        self.external_id.as_ref()
    }

    fn search_fields(&self) -> Vec<Option<&str>> {
        let external_id = self.external_id.as_ref().map(ExternalId::as_str);
        vec![Some(&self.name), external_id]
    }

    fn named_in(body: &Object) -> Vec<(Kind, ExternalId)> {
        let payees = body.get("allocations").map(Allocations::named_in);
        payees
            .into_iter()
            .flatten()
            .map(|external_id| (Payee::KIND, external_id))
            .collect()
    }

    fn merge(self, fields: &mut impl FieldReader) -> Self {
        let allocation_type = fields.value("allocation_type", self.allocation_type);
        let is_type_known = fields.are_valid(&["allocation_type"]);
        let merged = Self {
            external_id: fields.nullable("external_id", self.external_id),
            name: fields.required("name", self.name),
            status: fields.value("status", self.status),
            priority: fields.value("priority", self.priority),
            allocation_type,
            allocations: fields.required_with(
                "allocations",
                self.allocations,
                |json, resolved, errors| {
                    let payee = |external_id: &ExternalId| {
                        resolved.get(&(Payee::KIND, external_id.clone())).copied()
                    };
                    is_type_known
                        .then(|| Allocations::read(allocation_type, payee, json, errors))
                        .flatten()
                },
            ),
            allocation_total: self.allocation_total,
            accumulation: fields.value("accumulation", self.accumulation),
            matching: fields.value("match", self.matching),
            effective_from: fields.nullable("effective_from", self.effective_from),
            effective_to: fields.nullable("effective_to", self.effective_to),
            metadata: fields.value("metadata", self.metadata),
        };
        merged.check_accumulation(fields);
        merged.check_days(fields);
        merged
    }

    fn validate_and_derive(&mut self, errors: &mut ErrorSink<'_>) {
        if errors.is_valid(&["allocations", "allocation_type"])
            && let Some(total) = self
                .allocations
                .total(self.allocation_type, &mut errors.at("allocations"))
        {
            self.allocation_total = total;
        }
    }

    fn references(&self) -> Vec<Reference> {
        let allocations = self.allocations.iter().enumerate();
        allocations
            .map(|(index, allocation)| allocation.reference(index))
            .collect()
    }
}

impl Rule {
    /// The fields that [`Self::has_payee`] looks at.
    pub const PAYEE_FIELDS: &'static [&'static str] = &["allocations"];

    /// Whether it gives a share to this payee.
    pub fn has_payee(&self, payee: &Uuid) -> bool {
        self.allocations.payees().any(|other| other == *payee)
    }

    /// Whether it is in effect on a day, by its own days.
    pub fn is_effective(&self, day: Date) -> bool {
        self.effective_from.is_none_or(|from| from <= day)
            && self.effective_to.is_none_or(|to| day <= to)
    }

    /// Checks that only tiers accumulate. A rule may become flat without its stored window being
    /// sent, which a problem then does not show.
    fn check_accumulation(&self, fields: &mut impl FieldReader) {
        let fits = match self.allocation_type {
            AllocationType::Flat => self.accumulation == Accumulation::default(),
            AllocationType::Tiered => true,
        };
        if fits || !fields.are_valid(&["allocation_type", "accumulation"]) {
            return;
        }
        let default = quote(Accumulation::default().name());
        let mut detail = format!("must be {default} unless allocation_type is \"tiered\"");
        detail += &match fields.is_sent("accumulation") {
            true => format!(", got {}", fields.quote("accumulation")),
            false => format!(": send {default}"),
        };
        fields.refuse("accumulation", Code::InvalidValue, detail);
    }

    /// Checks the order of the days. The other day may be a stored one, which the caller may not be
    /// allowed to read: a problem says only what was sent, and where.
    fn check_days(&self, fields: &mut impl FieldReader) {
        let (Some(from), Some(to)) = (self.effective_from, self.effective_to) else {
            return;
        };
        if from <= to || !fields.are_valid(&["effective_from", "effective_to"]) {
            return;
        }
        let (field, expected) = if fields.is_sent("effective_to") {
            ("effective_to", "must not be before effective_from")
        } else {
            ("effective_from", "must not be after effective_to")
        };
        let detail = format!("{expected}, got {}", fields.quote(field));
        fields.refuse(field, Code::OutOfRange, detail);
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromJson for Priority {
    fn from_json(json: &Value, errors: &mut ErrorSink<'_>) -> Option<Self> {
        BoundedInt::from_json(json, errors).map(Self)
    }
}

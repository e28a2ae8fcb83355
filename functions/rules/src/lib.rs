//! Rules: which payee gets which share of which revenue.

mod allocation;
mod matching;
mod versions;

use allocation::{AllocationType, Allocations};
use matching::Match;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::auth::Write;
use shared::error::Failure;
use shared::filter::{Filter, equals};
use shared::http::{Answer, Call, Method, Operation, overridden, record_operations, set_one};
use shared::patch::{Fields, Object};
use shared::problem::{Code, Report};
use shared::resource::{Named, Noun, Reference, Resource};
use shared::value::{
    Choice, Date, ExternalId, FromJson, FromText, Metadata, Percentage, Text, Whole,
};
use uuid::Uuid;

/// Which payee gets which share of which revenue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    external_id: Option<ExternalId>,
    name: Text<255>,
    status: RuleStatus,
    priority: Priority,
    allocation_type: AllocationType,
    allocations: Allocations,
    /// The greatest share that the allocations give away together.
    allocation_total: Percentage,
    #[serde(rename = "match")]
    matching: Match,
    effective_from: Option<Date>,
    effective_to: Option<Date>,
    metadata: Metadata,
}

/// Whether a rule applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleStatus {
    /// Not yet.
    Draft,
    /// It does.
    #[default]
    Active,
    /// Not for now.
    Inactive,
    /// Not any more.
    Archived,
}

/// Of two rules that match, the one with the greater priority wins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Priority(Whole<1_000_000>);

impl Default for Priority {
    fn default() -> Self {
        Self(Whole::new(100))
    }
}

/// The operations on rules.
pub fn operations() -> Vec<Operation> {
    let own = [
        Operation::new(Method::POST, "/api/v1/rules/{id}/activate", activate),
        Operation::new(Method::POST, "/api/v1/rules/{id}/deactivate", deactivate),
        Operation::new(Method::GET, "/api/v1/rules/{id}/versions", versions::list),
        Operation::new(
            Method::GET,
            "/api/v1/rules/{id}/versions/{version}",
            versions::read,
        ),
    ];
    overridden(record_operations::<Rule>(), own)
}

async fn activate(call: Call<Write<Rule>>) -> Result<Answer, Failure> {
    set_one(call, &status(RuleStatus::Active)).await
}

async fn deactivate(call: Call<Write<Rule>>) -> Result<Answer, Failure> {
    set_one(call, &status(RuleStatus::Inactive)).await
}

fn status(status: RuleStatus) -> Object {
    Object::from_iter([("status".to_owned(), json!(status))])
}

impl Named for Rule {
    const NOUN: Noun = Noun {
        one: "rule",
        many: "rules",
    };
}

impl Resource for Rule {
    const SAVES_VERSIONS: bool = true;
    const READ_ONLY: &'static [&'static str] = &["allocation_total"];

    const FILTERS: &'static [Filter<Self>] = &[
        Filter {
            name: "status",
            parse: |text| equals(text, |rule: &Self| Some(rule.status)),
        },
        Filter {
            name: "allocation_type",
            parse: |text| equals(text, |rule: &Self| Some(rule.allocation_type)),
        },
        Filter {
            name: "payee_id",
            parse: |text| {
                let wanted = Uuid::from_text(text)?;
                Ok(Box::new(move |rule: &Self| {
                    rule.allocations.payees().any(|payee| payee == wanted)
                }))
            },
        },
    ];

    fn external_id(&self) -> Option<&ExternalId> {
        self.external_id.as_ref()
    }

    fn searched(&self) -> Vec<Option<&str>> {
        vec![
            Some(&self.name),
            self.external_id.as_ref().map(ExternalId::as_str),
        ]
    }

    fn merge(self, fields: &mut Fields<'_>) -> Self {
        fields.require("allocations");
        let allocation_type = fields.value("allocation_type", self.allocation_type);
        Self {
            external_id: fields.nullable("external_id", self.external_id),
            name: fields.required("name", self.name),
            status: fields.value("status", self.status),
            priority: fields.value("priority", self.priority),
            allocation_type,
            allocations: fields.read("allocations", self.allocations, |json, report| {
                Allocations::read(allocation_type, json, report)
            }),
            allocation_total: self.allocation_total,
            matching: fields.value("match", self.matching),
            effective_from: fields.nullable("effective_from", self.effective_from),
            effective_to: fields.nullable("effective_to", self.effective_to),
            metadata: fields.value("metadata", self.metadata),
        }
    }

    fn settle(&mut self, report: &mut Report<'_>) {
        if report.sound(&["allocations", "allocation_type"])
            && let Some(total) = self
                .allocations
                .total(self.allocation_type, &mut report.at("allocations"))
        {
            self.allocation_total = total;
        }
        if let (Some(from), Some(to)) = (self.effective_from, self.effective_to)
            && to < from
            && report.sound(&["effective_from", "effective_to"])
        {
            report.at("effective_to").add(
                Code::OutOfRange,
                format!("must not be before effective_from {from}, got {to}"),
            );
        }
    }

    fn references(&self) -> Vec<Reference> {
        self.allocations
            .iter()
            .enumerate()
            .map(|(index, allocation)| allocation.reference(index))
            .collect()
    }
}

impl Choice for RuleStatus {}

impl FromJson for Priority {
    fn from_json(json: &Value, report: &mut Report<'_>) -> Option<Self> {
        Whole::from_json(json, report).map(Self)
    }
}

//! Payees: who gets paid.

use serde::{Deserialize, Serialize};
use shared::filter::{Filter, equals};
use shared::http::{Operation, record_operations};
use shared::patch::Fields;
use shared::problem::{Code, Report};
use shared::resource::{Named, Noun, Resource};
use shared::value::{Choice, Currency, Date, Email, ExternalId, Metadata, Money, Percentage, Text};

/// Who gets paid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Payee {
    external_id: Option<ExternalId>,
    name: Text<255>,
    #[serde(rename = "type")]
    kind: PayeeType,
    status: PayeeStatus,
    contact_name: Option<Text<255>>,
    contact_email: Option<Email>,
    contact_phone: Option<Text<64>>,
    on_hold: bool,
    hold_reason: Option<Text<500>>,
    hold_until: Option<Date>,
    payout_threshold: Option<Money>,
    payout_currency: Option<Currency>,
    fallback_percentage: Option<Percentage>,
    metadata: Metadata,
}

/// What kind of party a payee is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayeeType {
    /// A person.
    #[default]
    Individual,
    /// A company.
    Company,
    /// Someone who brings customers.
    Affiliate,
    /// Someone who acts for others.
    Agency,
}

/// Whether a payee takes part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayeeStatus {
    /// Takes part.
    #[default]
    Active,
    /// Takes no part any more.
    Inactive,
    /// Takes no part yet.
    Pending,
}

/// The operations on payees.
pub fn operations() -> Vec<Operation> {
    record_operations::<Payee>()
}

impl Named for Payee {
    const NOUN: Noun = Noun {
        one: "payee",
        many: "payees",
    };
}

impl Resource for Payee {
    const FILTERS: &'static [Filter<Self>] = &[
        Filter {
            name: "status",
            parse: |text| equals(text, |payee: &Self| Some(payee.status)),
        },
        Filter {
            name: "type",
            parse: |text| equals(text, |payee: &Self| Some(payee.kind)),
        },
    ];

    fn external_id(&self) -> Option<&ExternalId> {
        self.external_id.as_ref()
    }

    fn searched(&self) -> Vec<Option<&str>> {
        let external_id = self.external_id.as_ref().map(ExternalId::as_str);
        vec![Some(&self.name), external_id, self.contact_email.as_deref()]
    }

    fn merge(self, fields: &mut Fields<'_>) -> Self {
        Self {
            external_id: fields.nullable("external_id", self.external_id),
            name: fields.required("name", self.name),
            kind: fields.value("type", self.kind),
            status: fields.value("status", self.status),
            contact_name: fields.nullable("contact_name", self.contact_name),
            contact_email: fields.nullable("contact_email", self.contact_email),
            contact_phone: fields.nullable("contact_phone", self.contact_phone),
            on_hold: fields.value("on_hold", self.on_hold),
            hold_reason: fields.nullable("hold_reason", self.hold_reason),
            hold_until: fields.nullable("hold_until", self.hold_until),
            payout_threshold: fields.nullable("payout_threshold", self.payout_threshold),
            payout_currency: fields.nullable("payout_currency", self.payout_currency),
            fallback_percentage: fields.nullable("fallback_percentage", self.fallback_percentage),
            metadata: fields.value("metadata", self.metadata),
        }
    }

    fn settle(&mut self, report: &mut Report<'_>) {
        if let Some(threshold) = self
            .payout_threshold
            .filter(|threshold| threshold.is_negative())
        {
            report.at("payout_threshold").add(
                Code::OutOfRange,
                format!("must not be negative, got {threshold}"),
            );
        }
    }
}

impl Choice for PayeeType {}

impl Choice for PayeeStatus {}

//! Payees: who gets paid.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::fields::Fields;
use crate::filter::{Filter, equals};
use crate::permission::{HasKind, Kind};
use crate::resource::Resource;
use crate::value::{
    Currency, Date, Email, ExternalId, Metadata, NonNegativeMoney, Note, Percentage, StringEnum,
    Text,
};

/// Who gets paid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Payee {
    /// The caller's own id.
    pub external_id: Option<ExternalId>,
    /// What people call the payee.
    pub name: Text<255>,
    /// What kind of party it is.
    #[serde(rename = "type")]
    pub kind: PayeeType,
    /// Whether it takes part in payouts.
    pub status: PayeeStatus,
    /// Whom to contact.
    pub contact_name: Option<Text<255>>,
    /// Where to write to.
    pub contact_email: Option<Email>,
    /// Where to call.
    pub contact_phone: Option<Text<64>>,
    /// Whether payouts are held back.
    pub on_hold: bool,
    /// Why they are held back.
    pub hold_reason: Option<Note<500>>,
    /// The last day of the hold; without one, it has no end.
    pub hold_until: Option<Date>,
    /// The least balance that is paid out.
    pub payout_threshold: Option<NonNegativeMoney>,
    /// The currency in which the payee wants to be paid.
    pub payout_currency: Option<Currency>,
    /// The share of revenue that no rule matches.
    pub fallback_percentage: Option<Percentage>,
    /// The caller's own notes.
    pub metadata: Metadata,
}

/// What kind of party a payee is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PayeeType {
    /// A person.
    #[default]
    Individual,
    /// A company.
    Company,
    /// Someone who refers customers.
    Affiliate,
    /// Someone who acts on behalf of others.
    Agency,
}

/// Whether a payee takes part in payouts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PayeeStatus {
    /// Takes part.
    #[default]
    Active,
    /// No longer takes part.
    Inactive,
    /// Does not take part yet.
    Pending,
}

impl StringEnum for PayeeType {}

impl StringEnum for PayeeStatus {}

impl HasKind for Payee {
    const KIND: Kind = Kind {
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

    fn search_fields(&self) -> Vec<Option<&str>> {
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
}

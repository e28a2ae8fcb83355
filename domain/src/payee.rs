//! Payees: who gets paid.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::fields::FieldReader;
use crate::filter::{Filter, QueryReader};
use crate::permission::{HasKind, Kind};
use crate::resource::Resource;
use crate::schema::string_enum;
use crate::value::{
    Currency, Date, Email, ExternalId, Metadata, NonNegativeMoney, Note, Percentage, StringEnum,
    Text,
};

/// Who gets paid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Payee {
    /// The caller's own id, unique among the payees of the workspace.
    #[schemars(example = "partner-17")]
    pub external_id: Option<ExternalId>,
    /// What people call the payee: at least one visible character, and no control characters. White
    /// space around it is removed.
    #[schemars(example = "Ada Lovelace")]
    pub name: Text<255>,
    /// What kind of party it is.
    #[serde(rename = "type")]
    pub kind: PayeeType,
    /// Whether it takes part in payouts.
    pub status: PayeeStatus,
    /// Whom to contact.
    #[schemars(example = "Ada Lovelace")]
    pub contact_name: Option<Text<255>>,
    /// Where to write to.
    #[schemars(example = "ada@example.com")]
    pub contact_email: Option<Email>,
    /// Where to call.
    #[schemars(example = "+44 20 7946 0000")]
    pub contact_phone: Option<Text<64>>,
    /// Whether payouts are held back.
    pub on_hold: bool,
    /// Why they are held back. May have several lines.
    #[schemars(example = "Bank details are missing.")]
    pub hold_reason: Option<Note<500>>,
    /// The last day of the hold, in UTC. Without one, the hold has no end. Without `on_hold`, it
    /// has no effect.
    #[schemars(example = "2026-12-31")]
    pub hold_until: Option<Date>,
    /// The least balance that is paid out, in major units.
    #[schemars(example = "50.000")]
    pub payout_threshold: Option<NonNegativeMoney>,
    /// The currency in which the payee wants to be paid, by ISO 4217. Nothing is converted.
    #[schemars(example = &"EUR")]
    pub payout_currency: Option<Currency>,
    /// The percentage that the payee gets of revenue that no rule matches, with at most 4 decimal
    /// places. Those of all active payees may add up to at most 100: otherwise, payouts cannot be
    /// computed.
    #[schemars(example = 2.5)]
    pub fallback_percentage: Option<Percentage>,
    /// The caller's own notes.
    pub metadata: Metadata,
}

/// What kind of party a payee is.
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
    const SEARCHED: &'static str =
        "Payees whose `name`, `external_id` or `contact_email` contains this text, in any case.";
    const SEARCHED_FIELDS: &'static [&'static str] = &["name", "external_id", "contact_email"];

    fn filters(query: &mut impl QueryReader) -> Vec<Option<Filter<Self>>> {
        vec![
            query.choice::<Self, PayeeStatus>("status", "Payees with this status."),
            query.choice::<Self, PayeeType>("type", "Payees of this type."),
        ]
    }

    fn external_id(&self) -> Option<&ExternalId> {
        self.external_id.as_ref()
    }

    fn search_fields(&self) -> Vec<Option<&str>> {
        let external_id = self.external_id.as_ref().map(ExternalId::as_str);
        vec![Some(&self.name), external_id, self.contact_email.as_deref()]
    }

    fn merge(self, fields: &mut impl FieldReader) -> Self {
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

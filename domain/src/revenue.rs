//! Revenues: immutable sales, refunds and adjustments.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};
use uuid::Uuid;

use crate::fields::FieldReader;
use crate::permission::{HasKind, Kind};
use crate::problem::Code;
use crate::schema::string_enum;
use crate::value::{
    Currency, Date, ExternalId, Metadata, Money, StringEnum, Timestamp, parse_uuid,
};

/// A sale, a refund or an adjustment: evidence that never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Revenue {
    /// Derived from the workspace, the source and the external id. Without an external id, it is
    /// new.
    pub id: Uuid,
    /// The caller's own id, unique within the source: the revenue is created once, no matter how
    /// often it is sent.
    #[schemars(example = "order-1001")]
    pub external_id: Option<ExternalId>,
    /// Where it comes from. By default the workspace's default source.
    pub revenue_source_id: Uuid,
    /// The external id of a product, exactly as it is there. No such product has to exist.
    #[schemars(example = "course-rust-1")]
    pub external_product_identifier: Option<ExternalId>,
    /// What it records.
    #[serde(rename = "type")]
    pub kind: RevenueType,
    /// The amount in major units of the currency: above zero for a sale, below zero for a refund,
    /// not zero for an adjustment.
    #[schemars(example = "249.000")]
    pub amount: Money,
    /// The currency of the amount, by ISO 4217.
    #[schemars(example = &"EUR")]
    pub currency: Currency,
    /// When it happened, 1970 or later.
    #[schemars(example = "2026-05-31T10:00:00+00:00")]
    pub occurred_at: Timestamp,
    /// Of a refund or an adjustment: the external id of the sale that it is about, in the same
    /// source. Not allowed for a sale.
    pub original_external_id: Option<ExternalId>,
    /// The caller's own notes.
    #[serde(default)]
    pub metadata: Metadata,
    /// When it was created here.
    pub created_at: Timestamp,
}

/// What a revenue records.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    IntoStaticStr,
    VariantArray,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schemars(transform = string_enum)]
pub enum RevenueType {
    /// Something was sold: above zero.
    #[default]
    Sale,
    /// Something was given back: below zero.
    Refund,
    /// A correction: anything but zero.
    Adjustment,
}

impl StringEnum for RevenueType {}

impl HasKind for Revenue {
    const KIND: Kind = Kind {
        one: "revenue",
        many: "revenues",
    };
}

impl Revenue {
    /// The fields that we make; everything else is what the caller said.
    pub const OWN_FIELDS: [&'static str; 2] = ["id", "created_at"];

    /// Whether the caller said the same of both.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let Self { id, created_at, .. } = *other;
        let renamed = Self {
            id,
            created_at,
            ..self.clone()
        };
        renamed == *other
    }

    /// Reads a create body. A revenue without a source comes from `default_source`; `id` makes the
    /// id from the source and the external id.
    pub fn read(
        fields: &mut impl FieldReader,
        default_source: Uuid,
        id: impl FnOnce(Uuid, Option<&ExternalId>) -> Uuid,
    ) -> Self {
        let external_id = fields.nullable("external_id", None);
        let source = fields.optional("revenue_source_id");
        let revenue_source_id = source.unwrap_or(default_source);
        let revenue = Self {
            id: id(revenue_source_id, external_id.as_ref()),
            external_id,
            revenue_source_id,
            external_product_identifier: fields.nullable("external_product_identifier", None),
            kind: fields.required("type", RevenueType::default()),
            amount: fields.required("amount", Money::default()),
            currency: fields.required("currency", Currency::default()),
            occurred_at: fields.required("occurred_at", Timestamp::default()),
            original_external_id: fields.nullable("original_external_id", None),
            metadata: fields.value("metadata", Metadata::default()),
            created_at: fields.now(),
        };
        revenue.check_type(fields);
        revenue.check_origin(fields);
        revenue
    }

    /// Checks what an immutable record must not get wrong for ever.
    fn check_origin(&self, fields: &mut impl FieldReader) {
        if self.occurred_at < Timestamp::EPOCH {
            let got = fields.quote("occurred_at");
            let detail = format!("must be 1970-01-01 or later, got {got}");
            fields.refuse("occurred_at", Code::OutOfRange, detail);
        }
        let original = self.original_external_id.as_ref();
        if original.is_some() && original == self.external_id.as_ref() {
            let detail = "must name another revenue, not this one";
            fields.refuse("original_external_id", Code::InvalidValue, detail);
        }
    }

    /// Whether it can reverse a revenue that it names as its original. No day depends on a later
    /// one.
    pub fn reverses(&self, original: &Self) -> bool {
        self.amount.is_negative()
            && original.amount.is_positive()
            && original.currency == self.currency
            && original.day() <= self.day()
    }

    /// The UTC day on which it occurred.
    pub fn day(&self) -> Date {
        self.occurred_at.day()
    }

    /// Its place in the lists of its workspace.
    pub fn position(&self) -> String {
        position(self.occurred_at, self.id)
    }

    /// Checks what depends on the type.
    fn check_type(&self, fields: &mut impl FieldReader) {
        if !fields.are_valid(&["type"]) {
            return;
        }
        let expected = match self.kind {
            RevenueType::Sale if !self.amount.is_positive() => Some("above zero for a sale"),
            RevenueType::Refund if !self.amount.is_negative() => Some("below zero for a refund"),
            RevenueType::Adjustment if self.amount.is_zero() => {
                Some("above or below zero for an adjustment")
            }
            RevenueType::Sale | RevenueType::Refund | RevenueType::Adjustment => None,
        };
        if let Some(expected) = expected.filter(|_| fields.are_valid(&["amount"])) {
            let got = fields.quote("amount");
            let detail = format!("must be {expected}, got {got}");
            fields.refuse("amount", Code::OutOfRange, detail);
        }
        if self.kind == RevenueType::Sale && self.original_external_id.is_some() {
            let detail = "is not allowed for a sale: it names the sale that a refund or an adjustment is about";
            fields.refuse("original_external_id", Code::InvalidValue, detail);
        }
    }
}

/// Where a revenue is in the lists of its workspace: by time, then by id. Texts sort in the order
/// of the list.
pub fn position(occurred_at: Timestamp, id: Uuid) -> String {
    format!("{}#{id}", occurred_at.sortable())
}

/// The id in a position.
pub fn id_at(position: &str) -> Option<Uuid> {
    let (_, id) = position.rsplit_once('#')?;
    parse_uuid(id)
}

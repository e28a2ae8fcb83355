//! Revenues: immutable sales, refunds and adjustments.

mod create;
mod digest;
mod list;
mod sources;

use serde::{Deserialize, Serialize};
use shared::auth::Read;
use shared::counting::Group;
use shared::error::Failure;
use shared::http::{Answer, Call, Method, Operation};
use shared::patch::Fields;
use shared::problem::{Code, Report};
use shared::resource::{Named, Noun};
use shared::value::{Currency, ExternalId, Metadata, Money, RevenueType, Timestamp};
use uuid::Uuid;

/// A sale, a refund or an adjustment: evidence that never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revenue {
    /// Made from the workspace, the source and the external id, or new if there is no external id.
    id: Uuid,
    #[serde(flatten)]
    body: Body,
    created_at: Timestamp,
}

/// What a client says of a revenue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Body {
    external_id: Option<ExternalId>,
    revenue_source_id: Uuid,
    /// The external id of a product; exact bytes, like that.
    external_product_identifier: Option<ExternalId>,
    #[serde(rename = "type")]
    kind: RevenueType,
    amount: Money,
    currency: Currency,
    occurred_at: Timestamp,
    original_external_id: Option<ExternalId>,
    metadata: Metadata,
}

/// The operations on revenues and their sources.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::GET, "/api/v1/revenues", list::list),
        Operation::new(Method::POST, "/api/v1/revenues", create::one),
        Operation::new(Method::GET, "/api/v1/revenues/digest", digest::digest),
        Operation::new(Method::GET, "/api/v1/revenues/{id}", read),
        Operation::new(Method::POST, "/api/v1/revenues/batch", create::batch),
        Operation::new(Method::GET, "/api/v1/revenue-sources", sources::list),
    ]
}

impl Named for Revenue {
    const NOUN: Noun = Noun {
        one: "revenue",
        many: "revenues",
    };
}

async fn read(call: Call<Read<Revenue>>) -> Result<Answer, Failure> {
    call.params().finish()?;
    let found = call
        .table
        .get::<Revenue>(&[call.access.revenue(call.id())])
        .await?;
    Answer::one(
        &found
            .into_iter()
            .flatten()
            .next()
            .ok_or(Failure::NotFound(Revenue::NOUN.one))?,
        None,
    )
}

impl Revenue {
    /// With which others it is counted.
    fn group(&self) -> Group {
        let Body {
            currency,
            kind,
            revenue_source_id: source,
            ..
        } = &self.body;
        Group {
            currency: currency.clone(),
            kind: *kind,
            source: *source,
        }
    }
}

impl Body {
    /// Reads a create body; a revenue that names no source has the default one.
    fn read(fields: &mut Fields<'_>, default_source: Uuid) -> Self {
        Self {
            external_id: fields.nullable("external_id", None),
            revenue_source_id: fields.value("revenue_source_id", default_source),
            external_product_identifier: fields.nullable("external_product_identifier", None),
            kind: fields.required("type", RevenueType::default()),
            amount: fields.required("amount", Money::default()),
            currency: fields.required("currency", Currency::default()),
            occurred_at: fields.required("occurred_at", Timestamp::default()),
            original_external_id: fields.nullable("original_external_id", None),
            metadata: fields.value("metadata", Metadata::default()),
        }
    }

    /// Checks what depends on the type.
    fn check(&self, report: &mut Report<'_>) {
        if !report.sound(&["type"]) {
            return;
        }
        let wrong_sign = match self.kind {
            RevenueType::Sale if !self.amount.is_positive() => Some("above zero in a sale"),
            RevenueType::Refund if !self.amount.is_negative() => Some("below zero in a refund"),
            RevenueType::Adjustment if self.amount.is_zero() => {
                Some("above or below zero in an adjustment")
            }
            RevenueType::Sale | RevenueType::Refund | RevenueType::Adjustment => None,
        };
        if let Some(expected) = wrong_sign.filter(|_| report.sound(&["amount"])) {
            report.at("amount").add(
                Code::OutOfRange,
                format!("must be {expected}, got {}", self.amount),
            );
        }
        if self.kind == RevenueType::Sale && self.original_external_id.is_some() {
            let detail =
                "must not be given for a sale: it names the sale of a refund or an adjustment";
            report
                .at("original_external_id")
                .add(Code::InvalidValue, detail);
        }
    }
}

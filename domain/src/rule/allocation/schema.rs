//! The schema of an allocation, which is read by hand.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;
use uuid::Uuid;

use super::Allocation;
use crate::rule::tier::{TIERS_MAX, Tier};
use crate::value::{ExternalId, Percentage};

impl JsonSchema for Allocation {
    fn schema_name() -> Cow<'static, str> {
        "Allocation".into()
    }

    /// One of two objects, by the type of the rule.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The share of one payee: `percentage` in a flat rule, `tiers` in a tiered one.",
            "oneOf": [
                generator.subschema_for::<FlatAllocation>(),
                generator.subschema_for::<TieredAllocation>(),
            ],
        })
    }
}

/// The allocation of a flat rule. Only the document tells the two apart by name, for clients that
/// are generated from it.
struct FlatAllocation;

impl JsonSchema for FlatAllocation {
    fn schema_name() -> Cow<'static, str> {
        "FlatAllocation".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut percentage = generator.subschema_for::<Percentage>();
        let description = "Above 0, with at most 4 decimal places.";
        percentage.insert("description".to_owned(), description.into());
        share(
            generator,
            "A share of a flat rule.",
            "percentage",
            percentage,
        )
    }
}

/// The allocation of a tiered rule.
struct TieredAllocation;

impl JsonSchema for TieredAllocation {
    fn schema_name() -> Cow<'static, str> {
        "TieredAllocation".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut tiers = generator.subschema_for::<Vec<Tier>>();
        tiers.insert("minItems".to_owned(), 1.into());
        tiers.insert("maxItems".to_owned(), TIERS_MAX.into());
        let description = "Marginal bands of accumulated revenue, in ascending order.";
        tiers.insert("description".to_owned(), description.into());
        share(generator, "A share of a tiered rule.", "tiers", tiers)
    }
}

/// The schema of an allocation with this member. A body names the payee in one of two ways, or in
/// both.
fn share(generator: &mut SchemaGenerator, about: &str, member: &str, schema: Schema) -> Schema {
    let is_sent = generator.contract().is_deserialize();
    let mut external_id = generator.subschema_for::<Option<ExternalId>>();
    let (mut id, required, description) = match is_sent {
        true => (
            generator.subschema_for::<Option<Uuid>>(),
            vec![member],
            "The payee by its external id, instead of `payee_id`.",
        ),
        false => (
            generator.subschema_for::<Uuid>(),
            vec!["payee_id", member],
            "The external id that the payee has now. Only where a single rule is read.",
        ),
    };
    id.insert("description".to_owned(), "The payee.".into());
    external_id.insert("description".to_owned(), description.into());
    let mut object = json_schema!({
        "description": about,
        "type": "object",
        "properties": { "payee_id": id, "payee_external_id": external_id, member: schema },
        "required": required,
    });
    if is_sent {
        object.insert("additionalProperties".to_owned(), false.into());
        let without_id = json!({ "properties": { "payee_id": { "type": "null" } } });
        let with_other = json!({
            "properties": { "payee_external_id": { "type": "string" } },
            "required": ["payee_external_id"],
        });
        object.insert("if".to_owned(), without_id);
        object.insert("then".to_owned(), with_other);
    }
    object
}

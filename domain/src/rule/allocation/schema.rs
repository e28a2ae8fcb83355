//! The schema of an allocation, which is read by hand.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
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
        let percentage = generator.subschema_for::<Percentage>();
        let mut tiers = generator.subschema_for::<Vec<Tier>>();
        tiers.insert("minItems".to_owned(), 1.into());
        tiers.insert("maxItems".to_owned(), TIERS_MAX.into());
        let flat = share(
            generator,
            "A share of a flat rule",
            "percentage",
            percentage,
        );
        let tiered = share(generator, "A share of a tiered rule", "tiers", tiers);
        json_schema!({
            "description": "The share of one payee: `percentage` in a flat rule, `tiers` in a tiered one.",
            "oneOf": [flat, tiered],
        })
    }
}

/// The schema of an allocation with this member. A body names the payee in one of two ways, or in
/// both.
fn share(generator: &mut SchemaGenerator, title: &str, member: &str, schema: Schema) -> Schema {
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
        "title": title,
        "type": "object",
        "properties": { "payee_id": id, "payee_external_id": external_id, member: schema },
        "required": required,
    });
    if is_sent {
        object.insert("additionalProperties".to_owned(), false.into());
    }
    object
}

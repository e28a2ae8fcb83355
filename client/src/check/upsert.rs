//! Payees, products and rules, as their upsert reads them.

use clap::ValueEnum;
use domain::fields::{Fields, Object, ResolvedIds};
use domain::problem::{Code, ErrorSink, Problems};
use domain::resource::{Resource, check_size};
use domain::schema::string_enum;
use domain::value::{
    ExternalId, FromJson, FromText, StringEnum, Timestamp, parse_uuid, whole_number,
};
use schemars::JsonSchema;
use serde_json::Value;
use strum::{IntoStaticStr, VariantArray};
use uuid::Uuid;

/// What an upsert may do with a record.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, IntoStaticStr, VariantArray, JsonSchema, ValueEnum,
)]
#[strum(serialize_all = "snake_case")]
#[schemars(transform = string_enum)]
#[value(rename_all = "snake_case")]
pub enum Operation {
    /// Create it, if it does not exist.
    CreateOnly,
    /// Update it, if it exists.
    UpdateOnly,
    /// Either.
    #[default]
    CreateOrUpdate,
}

impl StringEnum for Operation {}

/// The problems of a record. One that may create is checked as a whole; one that only updates,
/// field by field, because the rest is in the workspace.
pub fn problems<R: Resource>(record: &Object, operation: Operation) -> Problems {
    let mut problems = Problems::default();
    let mut errors = ErrorSink::new(&mut problems);
    check_version(record, &mut errors);
    let own = record.get("operation");
    let operation = match own {
        None => Some(operation),
        Some(json) => Operation::from_json(json, &mut errors.at("operation")),
    };
    check_external_id(record, &mut errors);
    let creates = match operation {
        Some(Operation::CreateOnly | Operation::CreateOrUpdate) => true,
        Some(Operation::UpdateOnly) | None => false,
    };
    let without_operation;
    let record = match own {
        None => record,
        Some(_) => {
            let mut fields = record.clone();
            fields.shift_remove("operation");
            without_operation = fields;
            &without_operation
        }
    };
    let resolved = resolved::<R>(record);
    let mut fields =
        Fields::new(record, errors, creates, Timestamp::EPOCH).with_resolved(&resolved);
    fields.read_only(&["updated_at", "version"]);
    fields.read_only(R::READ_ONLY);
    let mut merged = R::default().merge(&mut fields);
    fields.finish();
    if creates {
        if check_size(&merged, &mut ErrorSink::new(&mut problems)) {
            merged.validate_and_derive(&mut ErrorSink::new(&mut problems));
        }
        return problems;
    }
    knowable(problems, record)
}

/// The version that a record must have is a precondition, not a field.
fn check_version(record: &Object, errors: &mut ErrorSink<'_>) {
    let Some(json) = record.get("version") else {
        return;
    };
    if whole_number(json).is_none_or(|version| version == 0) {
        let detail = "must be the version of the record, a whole number from 1";
        errors.at("version").add(Code::InvalidType, detail);
    }
}

fn check_external_id(record: &Object, errors: &mut ErrorSink<'_>) {
    let problem = match record.get("external_id") {
        None => (Code::Required, "is required: it names the record"),
        Some(Value::Null) => (Code::NotNullable, "must not be null: it names the record"),
        Some(_) => return,
    };
    errors.at("external_id").add(problem.0, problem.1);
}

/// Ids for the records that a body names by external id, as if each existed: equal names have
/// equal ids, and a name next to an id is its name.
fn resolved<R: Resource>(record: &Object) -> ResolvedIds {
    let named = R::named_in(record).into_iter().zip(1..);
    let mut ids: ResolvedIds = named
        .map(|(name, number)| (name, Uuid::from_u128(number)))
        .collect();
    let allocations = record.get("allocations").and_then(Value::as_array);
    for allocation in allocations.into_iter().flatten() {
        let text = |member| allocation.get(member).and_then(Value::as_str);
        let name = text("payee_external_id").and_then(|name| ExternalId::from_text(name).ok());
        let (Some(name), Some(id)) = (name, text("payee_id").and_then(parse_uuid)) else {
            continue;
        };
        for (key, known) in &mut ids {
            if key.1 == name {
                *known = id;
            }
        }
    }
    ids
}

/// Without the problems that an update may not have: whether allocations and their window fit
/// depends on the stored type of the rule, if the update does not give it another one.
fn knowable(problems: Problems, record: &Object) -> Problems {
    if record.contains_key("allocation_type") {
        return problems;
    }
    let depends = |pointer: &str| {
        ["#/allocations", "#/accumulation"]
            .iter()
            .any(|field| pointer.starts_with(field))
    };
    let mut known = Problems::default();
    for problem in Vec::from(problems)
        .into_iter()
        .filter(|problem| !depends(&problem.pointer))
    {
        known.push(
            &problem.pointer,
            domain::problem::Violation::new(problem.code, problem.detail),
        );
    }
    known
}

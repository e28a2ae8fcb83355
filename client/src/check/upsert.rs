//! Payees, products and rules, as their upsert reads them.

use domain::fields::{Fields, Object, ResolvedIds};
use domain::problem::{ErrorSink, Problems};
use domain::resource::{Resource, check_size};
use domain::upsert::{Upsert, UpsertMode};
use domain::value::{ExternalId, FromText, Timestamp, parse_uuid};
use serde_json::Value;
use uuid::Uuid;

/// The problems of a record. One that may create is checked as a whole; one that only updates,
/// field by field, because the rest is in the workspace.
pub fn problems<R: Resource>(record: &Object, mode: UpsertMode) -> Problems {
    let mut problems = Problems::default();
    let mut errors = ErrorSink::new(&mut problems);
    let mut record = record.clone();
    let creates = match Upsert::take(&mut record, mode, &mut errors).mode {
        Some(UpsertMode::CreateOnly | UpsertMode::CreateOrUpdate) => true,
        Some(UpsertMode::UpdateOnly) | None => false,
    };
    let record = &record;
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

//! Rules as they would be after a change, without storing it.

use std::collections::HashSet;

use domain::fields::ResolvedIds;
use domain::payee::Payee;
use domain::permission::{HasKind, Kind};
use domain::problem::{Code, ErrorSink, Problems, quote};
use domain::resource::{Record, Resource};
use domain::rule::Rule;
use domain::value::{ExternalId, FromJson, Timestamp};
use serde_json::Value;
use shared::error::Failure;
use shared::records::{WriteRequest, not_found};
use uuid::Uuid;

/// The ids of new rules: greater than every id that is made, so that new rules are the youngest.
const NEW_IDS: u128 = u128::MAX << 64;

/// The rules after these changes: bodies of updates with an `id`, and of creates.
///
/// # Errors
/// The problems of all bodies, added to those that were found before. Without any, the first
/// precondition that does not hold.
pub fn changed(
    stored: &[Record<Rule>],
    changes: &[Value],
    payees: &[Record<Payee>],
    now: Timestamp,
    mut problems: Problems,
) -> Result<Vec<Record<Rule>>, Failure> {
    let mut rules = stored.to_vec();
    let mut precondition = None;
    let mut changed = HashSet::new();
    let known: HashSet<Uuid> = payees.iter().map(|payee| payee.id).collect();
    let resolved: ResolvedIds = payees.iter().filter_map(named_payee).collect();
    for (index, body) in changes.iter().enumerate() {
        let at = format!("#/rules/{index}");
        let place = match named(&rules, body, &mut changed) {
            Ok(place) => place,
            Err(found) => {
                problems.extend_at(&at, found);
                continue;
            }
        };
        let current = place.map(|place| &rules[place]);
        let after = match draft(current, body, index, &resolved, now) {
            Ok(after) => after,
            Err(Failure::Validation(found)) => {
                problems.extend_at(&at, found);
                continue;
            }
            Err(failure) => {
                precondition.get_or_insert(failure);
                continue;
            }
        };
        problems.extend_at(&at, unresolved(&after, &rules, &known));
        match place {
            Some(place) => rules[place] = after,
            None => rules.push(after),
        }
    }
    let rules = problems.or(rules)?;
    precondition.map_or(Ok(rules), Err)
}

/// The name of a payee in a rule that gives the external id.
fn named_payee(payee: &Record<Payee>) -> Option<((Kind, ExternalId), Uuid)> {
    let external_id = payee.body.external_id.clone()?;
    Some(((Payee::KIND, external_id), payee.id))
}

/// The place of the rule that a body changes; none for a new one.
fn named(
    rules: &[Record<Rule>],
    body: &Value,
    changed: &mut HashSet<Uuid>,
) -> Result<Option<usize>, Problems> {
    let Some(json) = body.get("id").filter(|json| !json.is_null()) else {
        return Ok(None);
    };
    let mut problems = Problems::default();
    let mut errors = ErrorSink::new(&mut problems);
    let id = Uuid::from_json(json, &mut errors.at("id"));
    let place = id.and_then(|id| rules.iter().position(|rule| rule.id == id));
    match (id, place) {
        (Some(id), None) => {
            let detail = format!(
                "must be a rule of this workspace, got {}",
                quote(&id.to_string())
            );
            errors.at("id").add(Code::NotFound, detail);
        }
        (Some(id), Some(_)) if !changed.insert(id) => {
            let detail = "duplicates the id of an earlier rule in the list";
            errors.at("id").add(Code::Duplicate, detail);
        }
        (_, _) => {}
    }
    problems.or(place)
}

/// The rule that a body leaves, as an update or a create does.
fn draft(
    current: Option<&Record<Rule>>,
    body: &Value,
    index: usize,
    resolved: &ResolvedIds,
    now: Timestamp,
) -> Result<Record<Rule>, Failure> {
    let request = match current {
        Some(rule) => WriteRequest::update(rule.id, body.clone(), None)?,
        None => WriteRequest::create(body.clone())?,
    };
    let after = request.draft(current, resolved, now)?;
    Ok(Record {
        id: current.map_or_else(|| Uuid::from_u128(NEW_IDS + index as u128), |rule| rule.id),
        body: after,
        version: current.map_or(1, |rule| rule.version + 1),
        created_at: current.map_or(now, |rule| rule.created_at),
        updated_at: now,
    })
}

/// What a rule refers to and that does not exist, or is another's.
fn unresolved(rule: &Record<Rule>, rules: &[Record<Rule>], payees: &HashSet<Uuid>) -> Problems {
    let mut problems = Problems::default();
    for (reference, payee) in rule
        .body
        .references()
        .iter()
        .zip(rule.body.allocations.payees())
    {
        if !payees.contains(&payee) {
            problems.push(&reference.pointer, not_found(&reference.target));
        }
    }
    let external_id = rule.body.external_id.as_ref();
    let mut others = rules.iter().filter(|other| other.id != rule.id);
    let is_taken = others.any(|other| other.body.external_id.as_ref() == external_id);
    if let Some(external_id) = external_id.filter(|_| is_taken) {
        let detail = format!(
            "must not be that of another rule, got {}",
            quote(external_id.as_str())
        );
        let mut errors = ErrorSink::new(&mut problems);
        errors.at("external_id").add(Code::Duplicate, detail);
    }
    problems
}

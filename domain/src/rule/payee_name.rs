//! How the body of an allocation names its payee: by id, by external id, or by both.

use serde_json::Value;
use uuid::Uuid;

use crate::fields::Object;
use crate::problem::{Code, ErrorSink, quote, quote_json};
use crate::value::{ExternalId, FromJson, FromText};

/// The member with the id of the payee.
const ID: &str = "payee_id";
/// The member with the external id of the payee.
const EXTERNAL_ID: &str = "payee_external_id";
/// The members that name the payee.
pub const MEMBERS: [&str; 2] = [ID, EXTERNAL_ID];

/// The payee of an allocation, and the member to which problems with the payee belong. A member
/// that is `null` counts as absent, because a payee without an external id is read back so.
pub fn read(
    allocation: &Object,
    resolve: impl Fn(&ExternalId) -> Option<Uuid>,
    errors: &mut ErrorSink<'_>,
) -> Option<(Uuid, &'static str)> {
    let sent = |member| allocation.get(member).filter(|json| !json.is_null());
    let by_id = sent(ID).map(|json| Uuid::from_json(json, &mut errors.at(ID)));
    let by_external_id =
        sent(EXTERNAL_ID).map(|json| find(json, resolve, &mut errors.at(EXTERNAL_ID)));
    match (by_id, by_external_id) {
        (Some(id), None) => Some((id?, ID)),
        (None, Some(id)) => Some((id?, EXTERNAL_ID)),
        (Some(Some(id)), Some(Some(same))) if id == same => Some((id, ID)),
        (Some(Some(_)), Some(Some(_))) => {
            let got = quote_json(&allocation[EXTERNAL_ID]);
            let detail = format!("must name the same payee as payee_id, got {got}");
            errors.at(EXTERNAL_ID).add(Code::InvalidValue, detail);
            None
        }
        (Some(_), Some(_)) => None,
        (None, None) => {
            let detail = "is required unless payee_external_id is given: one of them names the \
                          payee";
            errors.at(ID).add(Code::Required, detail);
            None
        }
    }
}

/// The external id by which an allocation names its payee, if it can be one.
pub fn external_id(allocation: &Value) -> Option<ExternalId> {
    ExternalId::from_text(allocation.get(EXTERNAL_ID)?.as_str()?).ok()
}

fn find(
    json: &Value,
    resolve: impl Fn(&ExternalId) -> Option<Uuid>,
    errors: &mut ErrorSink<'_>,
) -> Option<Uuid> {
    let external_id = ExternalId::from_json(json, errors)?;
    let found = resolve(&external_id);
    if found.is_none() {
        let external_id = quote(external_id.as_str());
        let detail =
            format!("there is no payee with the external id {external_id} in this workspace");
        errors.add(Code::NotFound, detail);
    }
    found
}

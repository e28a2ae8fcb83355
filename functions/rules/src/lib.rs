//! The function `rules`: operations on rules and their saved versions.

mod payees;
mod versions;

use domain::fields::Object;
use domain::resource::Record;
use domain::rule::{Rule, RuleStatus};
use serde_json::json;
use shared::auth::Write;
use shared::error::Failure;
use shared::http::{Answer, Call, Entry, Method, docs, record_operations, set_one, with_overrides};

/// The operations on rules.
pub fn operations<E: Entry>() -> Vec<E> {
    let path = |suffix: &str| format!("/api/v1/rules/{{id}}/{suffix}");
    let own = [
        E::new(
            Method::GET,
            "/api/v1/rules",
            payees::list,
            payees::list_docs,
        ),
        E::new(
            Method::GET,
            "/api/v1/rules/{id}",
            payees::read,
            docs::read_as::<Rule, Record<Rule>>,
        ),
        E::new(Method::POST, path("activate"), activate, |docs| {
            docs::set_status::<Rule>(docs, "activate", "Activate a rule");
        }),
        E::new(Method::POST, path("deactivate"), deactivate, |docs| {
            docs::set_status::<Rule>(docs, "deactivate", "Deactivate a rule");
        }),
        E::new(
            Method::GET,
            path("versions"),
            versions::list,
            versions::list_docs,
        ),
        E::new(
            Method::GET,
            path("versions/{version}"),
            versions::read,
            versions::read_docs,
        ),
    ];
    with_overrides(record_operations::<Rule, E>(), own)
}

async fn activate(call: Call<Write<Rule>>) -> Result<Answer, Failure> {
    set_one(call, &status(RuleStatus::Active)).await
}

async fn deactivate(call: Call<Write<Rule>>) -> Result<Answer, Failure> {
    set_one(call, &status(RuleStatus::Inactive)).await
}

fn status(status: RuleStatus) -> Object {
    Object::from_iter([("status".to_owned(), json!(status))])
}

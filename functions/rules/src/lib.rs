//! The function `rules`: operations on rules and their saved versions.

mod payees;
mod versions;

use domain::fields::Object;
use domain::rule::{Rule, RuleStatus};
use serde_json::json;
use shared::auth::Write;
use shared::error::Failure;
use shared::http::{Answer, Call, Method, Operation, record_operations, set_one, with_overrides};

/// The operations on rules.
pub fn operations() -> Vec<Operation> {
    let path = |suffix: &str| format!("/api/v1/rules/{{id}}/{suffix}");
    let own = [
        Operation::new(Method::GET, "/api/v1/rules", payees::list),
        Operation::new(Method::GET, "/api/v1/rules/{id}", payees::read),
        Operation::new(Method::POST, path("activate"), activate),
        Operation::new(Method::POST, path("deactivate"), deactivate),
        Operation::new(Method::GET, path("versions"), versions::list),
        Operation::new(Method::GET, path("versions/{version}"), versions::read),
    ];
    with_overrides(record_operations::<Rule>(), own)
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

//! A wire on which one statement of a call fails, and the others do not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::StatusCode;
use proxy::{Action, Answer, Call, Change, Hook, Proxy};
use serde_json::{Value, json};

use crate::wire::Wire;

/// What happens to the statements that insert a certain revenue.
#[derive(Clone, Copy, Debug)]
pub struct StatementFault {
    /// What happens to the call with the first of them.
    pub first: FirstCall,
    /// The code of their errors; empty for an error without code.
    pub code: &'static str,
    /// Whether they are carried out all the same.
    pub is_applied: bool,
    /// How many of them fail, after that first one.
    pub times: usize,
}

/// What happens to the call with the first of the statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstCall {
    /// The same as to later ones.
    AsLater,
    /// It is carried out, and its answer lost.
    AnswerLost,
    /// It is lost before it is carried out.
    Lost,
    /// The statement is not carried out, and has an internal error, which does not say so.
    InternalError,
}

/// A wire with such a fault.
pub struct FaultyWire {
    proxy: Proxy,
}

struct Faults {
    fault: StatementFault,
    external_id: String,
    /// How many calls had such a statement.
    calls: AtomicUsize,
}

impl FaultyWire {
    /// A wire to `endpoint`, on which the insertion of the revenue with this external id fails.
    pub async fn before(endpoint: &str, external_id: &str, fault: StatementFault) -> Self {
        let hook = Arc::new(Faults {
            fault,
            external_id: external_id.to_owned(),
            calls: AtomicUsize::new(0),
        });
        let proxy = Proxy::start(endpoint, hook).await.unwrap();
        Self { proxy }
    }

    /// Another wire in front of this one, for an API.
    pub async fn wire(&self) -> Wire {
        Wire::before(&self.proxy.endpoint).await
    }
}

impl Hook for Faults {
    type Note = ();

    async fn request(&self, call: Call) -> Action<()> {
        let inserts = |statement: &Value| {
            let parameters = statement["Parameters"].as_array().unwrap();
            parameters.contains(&json!({"S": self.external_id}))
        };
        let statements = call.body["Statements"].as_array();
        let Some(index) = statements.and_then(|all| all.iter().position(inserts)) else {
            return Action::Forward(());
        };
        let before = self.calls.fetch_add(1, Ordering::SeqCst);
        let first = usize::from(self.fault.first != FirstCall::AsLater);
        match self.fault.first {
            FirstCall::AnswerLost if before == 0 => Action::LoseAnswer,
            FirstCall::Lost if before == 0 => Action::Disconnect,
            FirstCall::InternalError if before == 0 => {
                fail(call.body, index, "InternalServerError", false)
            }
            FirstCall::AsLater
            | FirstCall::AnswerLost
            | FirstCall::Lost
            | FirstCall::InternalError => {
                if before < first + self.fault.times {
                    fail(call.body, index, self.fault.code, self.fault.is_applied)
                } else {
                    Action::Forward(())
                }
            }
        }
    }
}

/// Lets one statement fail with an error of this code, or without one if it is empty.
fn fail(mut body: Value, index: usize, code: &str, is_applied: bool) -> Action<()> {
    let mut error = json!({"Message": "as a test asks"});
    if !code.is_empty() {
        error["Code"] = json!(code);
    }
    let failed = json!({"Error": error});
    let statements = body["Statements"].as_array_mut().unwrap();
    if !is_applied {
        statements.remove(index);
    }
    if statements.is_empty() {
        return Action::Answer(Answer {
            status: StatusCode::OK,
            body: json!({"Responses": [failed]}).to_string().into(),
        });
    }
    let change = move |mut answer: Value| {
        let responses = answer["Responses"].as_array_mut().unwrap();
        match is_applied {
            true => responses[index] = failed,
            false => responses.insert(index, failed),
        }
        answer
    };
    Action::ChangeAnswer(body, Change(Box::new(change)))
}

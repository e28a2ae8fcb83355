//! HTTP: routes, the order of checks, answers and problems. The only place with status codes.

mod answer;
mod body;
mod call;
mod detail;
pub mod docs;
mod envelope;
mod guard;
mod handlers;
mod log;
mod notes;
mod operation;
mod params;
mod problem;

pub use answer::{Answer, problem};
pub use axum::http::Method;
pub use body::BODY_BYTES_MAX;
pub use call::{Call, Deadline, GatewayRequestId, REQUEST_TIMEOUT};
pub use envelope::{BatchMeta, visible};
pub use guard::Malformed;
pub use handlers::{extra_fields, record_operations, set_one, set_rows};
pub use log::{callers_id, complete};
pub use operation::{Entry, Operation, router, with_overrides};
pub use params::{Params, list_params, record_params};
pub use problem::ProblemCode;

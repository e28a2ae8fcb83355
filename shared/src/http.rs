//! HTTP: routes, the order of checks, answers and problems. The only place with status codes.

mod answer;
mod call;
mod envelope;
mod handlers;
mod log;
mod notes;
mod operation;
mod problem;

pub use answer::{Answer, problem};
pub use axum::http::Method;
pub use call::{BODY_BYTES_MAX, Call, Deadline, GatewayRequestId, REQUEST_TIMEOUT};
pub use envelope::Tally;
pub use handlers::{record_operations, set_one, set_rows};
pub use log::{callers_id, complete};
pub use operation::{Operation, overridden, router};

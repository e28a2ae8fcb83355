//! An API Gateway HTTP API: the limits of a request, the route table, and the conversion between
//! HTTP and events.

mod event;
mod request;
mod routes;

pub use event::{ResultError, event, path, response};
pub use request::{BODY_BYTES_MAX, RequestError, URI_BYTES_MAX, check_uri, read_body};
pub use routes::{Route, RouteError, RouteTable};

//! Who may do what: access is decided here, and nowhere else.
//!
//! A request proves its key ([`Auth::authenticate`]), the key proves the permission of the operation
//! ([`Caller::permit`]), and the result, an [`Access`], is what every read and write of a workspace asks for.

mod access;
mod api_key;
mod cache;
mod workspace;

pub use access::{Access, AnyKey, Of, Permit, Read, Write};
pub use api_key::{ApiKey, KEY_PREFIX, Token, hexadecimal};
pub use cache::{Auth, CACHE_LIFETIME, Caller};
pub use workspace::load_workspace;

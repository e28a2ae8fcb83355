//! Who may do what: access is decided here, and nowhere else.
//!
//! A request proves its key ([`Auth::authenticate`]), the key proves the permissions of the
//! operation ([`Caller::require`]), and the result, an [`Access`], is what makes the keys of the
//! items of a workspace.

mod access;
mod api_key;
mod cache;
mod keys;
mod workspace;

pub use access::{Access, AnyKey, ForKind, PayoutBasis, Read, RequiredPermission, Write};
pub use api_key::{ApiKey, KEY_PREFIX, Token, hexadecimal};
pub use cache::{Auth, CACHE_LIFETIME, Caller};
pub use keys::SeesRevenues;

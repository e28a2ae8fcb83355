//! Identities.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::value::ExternalId;

/// The id of a workspace: the boundary that no request crosses.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline)]
pub struct WorkspaceId(pub Uuid);

impl fmt::Display for WorkspaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The id of a revenue: a UUID of version 8 derived from its workspace, source and external id, so
/// that the revenue is its own uniqueness claim.
///
/// It is the first 128 bits of SHA-256 over the three parts, each preceded by its length in bytes
/// as a 64-bit big-endian number, with the version and variant bits of RFC 9562, section 5.8. **It
/// must never change**: another derivation would let every known revenue be created again.
pub fn revenue(workspace: WorkspaceId, source: Uuid, external_id: &ExternalId) -> Uuid {
    let mut hash = Sha256::new();
    for part in [
        workspace.0.as_bytes(),
        source.as_bytes(),
        external_id.as_str().as_bytes(),
    ] as [&[u8]; 3]
    {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

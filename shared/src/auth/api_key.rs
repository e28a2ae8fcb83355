//! API keys: `alc_live_<key id>_<secret><checksum>`.

use std::fmt::Write;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use domain::id::WorkspaceId;
use domain::permission::Permission;
use domain::value::Timestamp;

/// The prefix of every key, by which scanners for leaked secrets recognise it.
pub const KEY_PREFIX: &str = "alc_live_";
/// The characters of a key id: a UUID in hexadecimal.
const ID_LENGTH: usize = 32;
/// The characters of a secret: 256 bits in hexadecimal.
const SECRET_LENGTH: usize = 64;
/// The characters of a checksum: a CRC-32 in hexadecimal.
const CHECKSUM_LENGTH: usize = 8;

/// A stored key: never the key itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiKey {
    /// The public part of the key.
    pub key_id: String,
    /// The workspace that the key belongs to.
    pub workspace_id: WorkspaceId,
    /// Its name for people.
    pub name: String,
    /// SHA-256 of the secret, in hexadecimal. The secret has 256 random bits, to which a slow hash
    /// adds nothing.
    pub secret_hash: String,
    /// What the key may do, as in `write:payees`.
    pub permissions: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to about 15 minutes.
    pub last_used_at: Option<Timestamp>,
    /// The lifetime that it was created with; a rotation can end it earlier.
    pub lifetime: Option<SignedDuration>,
    /// 1 at creation, and one more with each rotation and revocation, so that neither undoes the
    /// other.
    pub version: u64,
}

impl ApiKey {
    /// Whether the key holds all of these permissions.
    pub fn holds(&self, permissions: &[Permission]) -> bool {
        let held = |permission: &Permission| self.permissions.contains(&permission.to_string());
        permissions.iter().all(held)
    }

    /// Whether the key is valid at `now`.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// A key as its owner sends it. It is never logged: it has no `Debug` and no `Display`.
pub struct Token {
    key_id: String,
    secret: String,
}

impl Token {
    /// A new key from random bits.
    pub fn new(id: Uuid, secret: [u8; 32]) -> Self {
        Self {
            key_id: id.simple().to_string(),
            secret: hexadecimal(&secret),
        }
    }

    /// Parses a key. Text with another form or a wrong checksum is refused without a read.
    pub fn parse(text: &str) -> Option<Self> {
        let (key_id, rest) = text.strip_prefix(KEY_PREFIX)?.split_once('_')?;
        let (secret, checksum) = rest.split_at_checked(SECRET_LENGTH)?;
        let formed = key_id.len() == ID_LENGTH
            && checksum.len() == CHECKSUM_LENGTH
            && [key_id, secret]
                .iter()
                .all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let token = Self {
            key_id: key_id.to_owned(),
            secret: secret.to_owned(),
        };
        (formed && token.checksum() == checksum).then_some(token)
    }

    /// The whole key, to be shown once.
    pub fn reveal(&self) -> String {
        format!(
            "{KEY_PREFIX}{}_{}{}",
            self.key_id,
            self.secret,
            self.checksum()
        )
    }

    /// The public part.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The stored hash of the secret.
    pub fn secret_hash(&self) -> String {
        hexadecimal(&Sha256::digest(self.secret.as_bytes()))
    }

    /// Whether this is the stored key, compared in constant time.
    pub fn opens(&self, key: &ApiKey) -> bool {
        self.secret_hash()
            .as_bytes()
            .ct_eq(key.secret_hash.as_bytes())
            .into()
    }

    fn checksum(&self) -> String {
        let covered = format!("{KEY_PREFIX}{}_{}", self.key_id, self.secret);
        format!("{:08x}", crc32fast::hash(covered.as_bytes()))
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

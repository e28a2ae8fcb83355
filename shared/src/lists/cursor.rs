//! Cursors: where a list goes on, sealed against changes.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::Failure;
use crate::problem::{Code, Reason};

/// The bytes of the seal: the first half of an HMAC-SHA-256.
const SEAL_LENGTH: usize = 16;

/// Seals the cursors of one list of one workspace.
pub struct Seal {
    secret: String,
    list: String,
}

impl Seal {
    /// The seal of the list named `list`, made with the secret of the workspace.
    pub fn new(secret: &str, list: impl Into<String>) -> Self {
        Self {
            secret: secret.to_owned(),
            list: list.into(),
        }
    }

    /// The cursor for a position of the list under these filters.
    pub fn close(&self, position: &str, filters: &[(String, String)]) -> String {
        let mut cursor =
            self.mac(position, filters).finalize().into_bytes()[..SEAL_LENGTH].to_vec();
        cursor.extend_from_slice(position.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(cursor)
    }

    /// The position that a cursor stands for.
    ///
    /// # Errors
    /// [`Failure::MalformedQuery`] if it is broken, or belongs to another list, workspace or filter.
    pub fn open(&self, cursor: &str, filters: &[(String, String)]) -> Result<String, Failure> {
        let open = || {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
            let (seal, position) = bytes.split_at_checked(SEAL_LENGTH)?;
            let position = str::from_utf8(position).ok()?;
            self.mac(position, filters)
                .verify_truncated_left(seal)
                .ok()?;
            Some(position.to_owned())
        };
        open().ok_or_else(|| {
            let detail = "is not a cursor of this list with these filters; start again without it";
            Failure::MalformedQuery(vec![(
                "cursor".to_owned(),
                Reason::new(Code::InvalidValue, detail),
            )])
        })
    }

    fn mac(&self, position: &str, filters: &[(String, String)]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes())
            .expect("HMAC takes a key of any length");
        let filters = filters
            .iter()
            .flat_map(|(name, value)| [name.as_str(), value]);
        for part in [self.list.as_str(), position].into_iter().chain(filters) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }
}

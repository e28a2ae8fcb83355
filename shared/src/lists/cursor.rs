//! Cursors: positions of a list, signed so that changes are detected.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::problem::{Code, Violation};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::Failure;

/// The bytes of a signature: the first half of an HMAC-SHA-256.
const SIGNATURE_LENGTH: usize = 16;

/// Signs the cursors of one list of one workspace.
pub struct CursorSigner {
    secret: String,
    list: String,
}

impl CursorSigner {
    /// The signer for the list named `list`, with the secret of the workspace.
    pub fn new(secret: &str, list: impl Into<String>) -> Self {
        Self {
            secret: secret.to_owned(),
            list: list.into(),
        }
    }

    /// The cursor for a position of the list under these filters.
    pub fn sign(&self, position: &str, filters: &[(String, String)]) -> String {
        let mut cursor =
            self.mac(position, filters).finalize().into_bytes()[..SIGNATURE_LENGTH].to_vec();
        cursor.extend_from_slice(position.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(cursor)
    }

    /// The position in a cursor.
    ///
    /// # Errors
    /// [`Failure::MalformedQuery`] if it was changed, or is for another list, workspace or filter.
    pub fn verify(&self, cursor: &str, filters: &[(String, String)]) -> Result<String, Failure> {
        let verified = || {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
            let (signer, position) = bytes.split_at_checked(SIGNATURE_LENGTH)?;
            let position = str::from_utf8(position).ok()?;
            self.mac(position, filters)
                .verify_truncated_left(signer)
                .ok()?;
            Some(position.to_owned())
        };
        verified().ok_or_else(|| {
            let detail =
                "is not a cursor of this list with these filters; start again without a cursor";
            Failure::MalformedQuery(vec![(
                "cursor".to_owned(),
                Violation::new(Code::InvalidValue, detail),
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

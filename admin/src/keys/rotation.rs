//! Replacing a key.

use domain::value::Timestamp;
use jiff::SignedDuration;
use serde::Serialize;
use shared::app::App;

use super::{Issued, NewKey, after, stored};
use crate::AdminError;

/// A new key, and until when the one that it replaces is valid.
#[derive(Serialize)]
pub struct Rotation {
    /// The new key.
    #[serde(flatten)]
    pub new: NewKey,
    /// The public part of the old key.
    pub replaced_key_id: String,
    /// When the old key expires.
    pub replaced_expires_at: Timestamp,
}

/// Creates a key with the name and permissions of an old one, which expires after `overlap` unless
/// it expires earlier. If the old one had a lifetime, the new one has the same, from now.
///
/// A retry creates another key, and does not extend the old one.
///
/// # Errors
/// [`AdminError`] if there is no such key or it is no longer valid, or if the table does not
/// answer.
pub async fn rotate(
    app: &App,
    key_id: &str,
    overlap: SignedDuration,
) -> Result<Rotation, AdminError> {
    let now = app.now();
    let overlap_end = after(now, overlap)
        .filter(|end| *end >= now)
        .ok_or(AdminError::Overlap)?;
    stored::change(app, key_id, |old| {
        if !old.is_valid(now) {
            return Err(AdminError::KeyEnded(key_id.to_owned()));
        }
        let issued = Issued::new(
            app,
            old.workspace_id,
            old.name.clone(),
            old.permissions.clone(),
            old.lifetime,
        )?;
        let end = old
            .expires_at
            .map_or(overlap_end, |end| end.min(overlap_end));
        old.expires_at = Some(end);
        let actions = issued.actions()?;
        let rotation = Rotation {
            new: issued.reveal(),
            replaced_key_id: old.key_id.clone(),
            replaced_expires_at: end,
        };
        Ok((rotation, actions))
    })
    .await
}

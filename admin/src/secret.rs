//! Random secrets.

use crate::AdminError;

/// 256 random bits.
pub(crate) fn random() -> Result<[u8; 32], AdminError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

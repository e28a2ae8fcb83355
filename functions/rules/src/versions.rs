//! Saved versions: the states that changes of a rule have replaced.

use serde::Serialize;
use shared::auth::Read;
use shared::error::Failure;
use shared::http::{Answer, Call};
use shared::records;
use shared::resource::{Record, SavedVersion};
use shared::value::Timestamp;

use crate::Rule;

/// A saved version as it is told.
#[derive(Serialize)]
struct Told {
    version: u64,
    saved_at: Timestamp,
    saved_by: String,
    changed_fields: Vec<String>,
    rule: Record<Rule>,
}

impl From<SavedVersion<Rule>> for Told {
    fn from(saved: SavedVersion<Rule>) -> Self {
        let SavedVersion {
            version,
            saved_at,
            saved_by,
            changed_fields,
            record: rule,
        } = saved;
        Self {
            version,
            saved_at,
            saved_by,
            changed_fields,
            rule,
        }
    }
}

/// Lists the saved versions of a rule, newest first.
pub async fn list(call: Call<Read<Rule>>) -> Result<Answer, Failure> {
    let listed =
        records::saved_versions(&call.table, &call.access, call.id(), call.params()).await?;
    Answer::many(listed.map(Told::from), None)
}

/// Reads one saved version of a rule.
pub async fn read(call: Call<Read<Rule>>) -> Result<Answer, Failure> {
    call.params().finish()?;
    // What is not a number, as it is written, names no version; 0 names none either.
    let text = call.path("version");
    let version = text
        .parse()
        .ok()
        .filter(|version: &u64| version.to_string() == text)
        .unwrap_or(0);
    let saved = records::saved_version(&call.table, &call.access, call.id(), version).await?;
    Answer::one(&Told::from(saved), None)
}

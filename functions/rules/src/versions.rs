//! Saved versions: earlier states of a rule, which changes have replaced.

use domain::resource::{Record, SavedVersion};
use domain::rule::Rule;
use domain::value::Timestamp;
use serde::Serialize;
use shared::auth::Read;
use shared::error::Failure;
use shared::http::{Answer, Call};
use shared::records;

/// A saved version as clients read it.
#[derive(Serialize)]
struct VersionView {
    version: u64,
    saved_at: Timestamp,
    saved_by: String,
    changed_fields: Vec<String>,
    rule: Record<Rule>,
}

impl From<SavedVersion<Rule>> for VersionView {
    fn from(saved: SavedVersion<Rule>) -> Self {
        Self {
            version: saved.version,
            saved_at: saved.saved_at,
            saved_by: saved.saved_by,
            changed_fields: saved.changed_fields,
            rule: saved.record,
        }
    }
}

/// Lists the saved versions of a rule, newest first.
pub async fn list(call: Call<Read<Rule>>) -> Result<Answer, Failure> {
    let query = call.params().into_list_query()?;
    let page = records::saved_versions(call.table(), call.access(), call.id(), query).await?;
    Answer::many(page.map(VersionView::from), None)
}

/// Reads one saved version of a rule.
pub async fn read(call: Call<Read<Rule>>) -> Result<Answer, Failure> {
    call.params().finish()?;
    // Text that is not a version as we write it selects none, and neither does 0.
    let text = call.path("version");
    let version = text.parse().ok();
    let version = version
        .filter(|version: &u64| version.to_string() == text)
        .unwrap_or(0);
    let saved = records::saved_version(call.table(), call.access(), call.id(), version).await?;
    Answer::one(&VersionView::from(saved), None)
}

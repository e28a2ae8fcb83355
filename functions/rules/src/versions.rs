//! Saved versions: earlier states of a rule, which changes have replaced.

use domain::permission::HasKind;
use domain::resource::{Record, SavedVersion};
use domain::rule::Rule;
use domain::value::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::auth::Read;
use shared::error::Failure;
use shared::http::docs::Docs;
use shared::http::{Answer, Call, list_params};
use shared::records;

/// An earlier state of a rule, which a change has replaced.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RuleVersion")]
struct VersionView {
    /// The version of the rule that it was.
    version: u64,
    /// When the change replaced it.
    saved_at: Timestamp,
    /// The id of the key that made the change.
    saved_by: String,
    /// The fields that the change gave other values.
    changed_fields: Vec<String>,
    /// The whole state.
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

/// Describes the list.
pub fn list_docs(docs: &mut Docs<'_>) {
    docs.name(
        "list_rule_versions",
        Rule::KIND.many,
        "List the earlier versions of a rule",
    );
    docs.describe("Newest first. The current state is the rule itself, and not in the list.");
    list_params(docs);
    docs.page_of::<VersionView>(false);
}

/// Describes the read of one.
pub fn read_docs(docs: &mut Docs<'_>) {
    docs.name(
        "get_rule_version",
        Rule::KIND.many,
        "Get an earlier version of a rule",
    );
    docs.one::<VersionView>("The version.", &[], false);
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

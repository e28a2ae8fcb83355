//! Why a command failed: one sentence each, which says what to do about it.

use std::error::Error;

use domain::id::WorkspaceId;
use domain::problem::quote;
use domain::workspace::{CATEGORIES_MAX, SHARDS_MAX, SOURCES_MAX};
use store::table::StoreError;

use crate::hidden::without_secrets;
use crate::printable::one_line;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// There is no such workspace.
    #[error("there is no workspace {0}; `allocora-admin workspace list` lists them")]
    NoWorkspace(WorkspaceId),
    /// There is no such key.
    #[error(
        "there is no key {0}; `allocora-admin key list --workspace ID` lists the keys of a workspace"
    )]
    NoKey(String),
    /// Something other than the id of a key: perhaps the key itself or its secret, which must
    /// not be repeated.
    #[error(
        "give the id of a key, and never the key or its secret: its 32 characters between `alc_live_` and the next `_`; \
         no argument has 40 hexadecimal characters in a row"
    )]
    NotAKeyId,
    /// A name or label that breaks a rule.
    #[error("the {what} {rule}")]
    Text {
        /// What has the name.
        what: &'static str,
        /// The rule, and what was given.
        rule: String,
    },
    /// A key that would allow nothing.
    #[error("a key needs at least one permission; choose from {}", .allowed.join(", "))]
    NoPermission {
        /// All permissions.
        allowed: Vec<String>,
    },
    /// A permission that does not exist.
    #[error("there is no permission {}; choose from {}", quote(.given), .allowed.join(", "))]
    UnknownPermission {
        /// The permission that was given.
        given: String,
        /// All permissions.
        allowed: Vec<String>,
    },
    /// A permission that occurs twice.
    #[error("the permission {0} is given twice; give it once")]
    DuplicatePermission(String),
    /// A lifetime that ends in the past or beyond the calendar.
    #[error("`--expires-in` must be longer than zero and end before the year 10000")]
    Lifetime,
    /// An overlap that ends in the past or beyond the calendar.
    #[error("`--overlap` must not be negative and must end before the year 10000")]
    Overlap,
    /// A key that is no longer valid.
    #[error(
        "the key {0} is revoked or expired and cannot be rotated; create a new one with `allocora-admin key create`"
    )]
    KeyEnded(String),
    /// Another source has this name.
    #[error("the workspace already has a source named {}; choose another name", quote(.0))]
    SourceTaken(String),
    /// The workspace has the most sources that it can have.
    #[error("the workspace has {SOURCES_MAX} sources, which is the limit; use one of them")]
    SourcesFull,
    /// A category name that breaks a rule.
    #[error(
        "a category name must be 1 to 64 characters of a-z, 0-9 and _, as in saas_subscription; got {}",
        quote(.0)
    )]
    CategoryName(String),
    /// A category to remove that does not exist.
    #[error("there is no category {} to remove; the workspace has {}", quote(.given), listed(.existing))]
    NoCategory {
        /// The name that was given.
        given: String,
        /// The names of all categories.
        existing: Vec<String>,
    },
    /// More categories than a workspace can have.
    #[error("a workspace has at most {CATEGORIES_MAX} categories; remove some first, with `name=`")]
    CategoriesFull,
    /// Fewer shards than now, or more than there can be.
    #[error("the number of shards must be from {current}, the current number, to {SHARDS_MAX}")]
    Shards {
        /// The current number.
        current: u32,
    },
    /// A pause that is too long.
    #[error("`--wait` must be at most 1h")]
    Wait,
    /// Another rebuild has replaced this one.
    #[error("another rebuild of the same workspace has started; let it finish")]
    TakenOver,
    /// Counters that the stream set aside while they were being rebuilt.
    #[error(
        "the new counters of the workspace {0} cannot be written and were set aside; the log of the function totals says why"
    )]
    SetAside(WorkspaceId),
    /// A workspace whose revenues were never counted, or whose counters were set aside.
    #[error(
        "the workspace {0} has no counters in use; `allocora-admin totals rebuild --workspace {0}` counts its revenues"
    )]
    NotCounted(WorkspaceId),
    /// Other changes came first until the retries were used up.
    #[error("other commands kept changing the {0}; try again")]
    Contention(&'static str),
    /// The operating system returned no random numbers.
    #[error("the operating system returned no random numbers; try again")]
    Random(#[from] getrandom::Error),
    /// The change may or may not have been made.
    #[error("the change may or may not have been made; check with `list` before you repeat it")]
    OutcomeUnknown(#[source] StoreError),
    /// The table cannot be used.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unknown(..) => Self::OutcomeUnknown(error),
            StoreError::Refused(..) | StoreError::Inaccessible(..) | StoreError::Invalid(..) => {
                Self::Store(error)
            }
        }
    }
}

/// The names, or that there are none.
fn listed(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
}

/// An error and its root cause, in one line for a terminal, without secrets.
pub fn sentence(error: &dyn Error) -> String {
    let mut root = None;
    let mut next = error.source();
    while let Some(cause) = next {
        root = Some(cause);
        next = cause.source();
    }
    let sentence = root.map_or_else(|| error.to_string(), |root| format!("{error}: {root}"));
    one_line(&without_secrets(&sentence))
}

//! Why a command failed: one sentence each, which says what to do about it.

use std::error::Error;

use domain::id::WorkspaceId;
use domain::workspace::{CATEGORIES_MAX, SHARDS_MAX, SOURCES_MAX};
use store::table::StoreError;

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
    /// Something other than the id of a key, perhaps the key itself, which must not be repeated.
    #[error("a key id is the 32 characters of an API key between `alc_live_` and the next `_`")]
    NotAKeyId,
    /// A name or label that breaks a rule.
    #[error("the {what} {rule}")]
    Text {
        /// What it names.
        what: &'static str,
        /// What it must be, and what it is.
        rule: String,
    },
    /// A key that would allow nothing.
    #[error("a key needs at least one permission; allowed are {}", .allowed.join(", "))]
    NoPermission {
        /// The permissions that there are.
        allowed: Vec<String>,
    },
    /// A permission that is not one.
    #[error("there is no permission `{given}`; allowed are {}", .allowed.join(", "))]
    UnknownPermission {
        /// What was asked for.
        given: String,
        /// The permissions that there are.
        allowed: Vec<String>,
    },
    /// A permission that occurs twice.
    #[error("the permission {0} is given twice; give it once")]
    DuplicatePermission(String),
    /// A lifetime that does not end in the future, or ends beyond the calendar.
    #[error("an expiry must be a positive duration that ends before the year 10000")]
    Lifetime,
    /// An overlap that ends in the past or beyond the calendar.
    #[error("an overlap must not be negative, and must end before the year 10000")]
    Overlap,
    /// A key that is no longer valid.
    #[error(
        "the key {0} is revoked or expired and cannot be rotated; create a new one with `allocora-admin key create`"
    )]
    KeyEnded(String),
    /// Another source has this name.
    #[error("the workspace already has a source named {0}; choose another name")]
    SourceTaken(String),
    /// The workspace has all the sources that it can have.
    #[error("the workspace has {SOURCES_MAX} sources, which is the limit")]
    SourcesFull,
    /// A category name that breaks its form.
    #[error(
        "the category name `{0}` must be 1 to 64 characters of a-z, 0-9 and _, as in saas_subscription"
    )]
    CategoryName(String),
    /// More categories than a workspace can have.
    #[error("a workspace has at most {CATEGORIES_MAX} categories; remove some first, with `name=`")]
    CategoriesFull,
    /// Fewer lists than there are, or more than there can be.
    #[error(
        "the shards of the workspace must be from {current}, which there are already, to {SHARDS_MAX}"
    )]
    Shards {
        /// How many there are.
        current: u32,
    },
    /// A rebuild in whose place another one was begun.
    #[error("another rebuild of the same workspace has started; let it finish")]
    TakenOver,
    /// A workspace whose revenues were never counted.
    #[error(
        "the revenues of the workspace {0} were never counted; `allocora-admin totals rebuild` counts them"
    )]
    NotCounted(WorkspaceId),
    /// Other changes came in between until the retries were used up.
    #[error("other commands kept changing the {0}; try again")]
    Contention(&'static str),
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    Random(#[from] getrandom::Error),
    /// It may or may not have been done.
    #[error("it is not known whether this was done; check with `list` before you repeat it")]
    OutcomeUnknown(#[source] StoreError),
    /// The table cannot be used.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unknown(..) => Self::OutcomeUnknown(error),
            StoreError::Refused(..) | StoreError::Invalid(..) => Self::Store(error),
        }
    }
}

/// An error with the cause at its root, in one line: what was attempted, and what came in between.
pub fn sentence(error: &dyn Error) -> String {
    let mut root = None;
    let mut next = error.source();
    while let Some(cause) = next {
        root = Some(cause);
        next = cause.source();
    }
    root.map_or_else(|| error.to_string(), |root| format!("{error}: {root}"))
}

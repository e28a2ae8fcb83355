//! Workspaces.

use domain::id::WorkspaceId;
use domain::value::Timestamp;
use domain::workspace::{Category, Config, Generation, SHARDS_MAX, Shards, Source, Workspace};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use shared::app::App;
use store::key;
use store::table::{Action, Condition, Outcome, Query, StoreError};

use crate::pause::{self, ATTEMPTS_MAX};
use crate::{AdminError, name, secret};

/// How long a new shard is only read, and not written to: longer than functions cache a workspace.
const SHARDS_DELAY: SignedDuration = SignedDuration::from_secs(60);
/// The name of the first source of a workspace.
const DEFAULT_SOURCE: &str = "API";
/// The categories of a new workspace, each with its label.
const CATEGORIES: [(&str, &str); 10] = [
    ("saas_subscription", "SaaS Subscription"),
    ("one_time_purchase", "One-Time Purchase"),
    ("physical_product", "Physical Product"),
    ("digital_download", "Digital Download"),
    ("course", "Course"),
    ("service", "Service"),
    ("event_ticket", "Event Ticket"),
    ("membership", "Membership"),
    ("marketplace_sale", "Marketplace Sale"),
    ("other", "Other"),
];

/// A workspace in the directory of workspaces.
#[derive(Serialize, Deserialize)]
struct DirectoryEntry {
    id: WorkspaceId,
}

/// Creates a workspace, with its default source and a first set of categories.
///
/// # Errors
/// [`AdminError`] if the name breaks a rule or the table does not answer.
pub async fn create(app: &App, name: &str) -> Result<Workspace, AdminError> {
    let id = WorkspaceId(app.new_id());
    let source = Source {
        id: app.new_id(),
        name: DEFAULT_SOURCE.to_owned(),
    };
    let categories = CATEGORIES.map(|(name, label)| Category {
        name: name.to_owned(),
        label: label.to_owned(),
    });
    let config = Config {
        id,
        name: name::parse("name of a workspace", name)?,
        created_at: app.now(),
        default_source: source.id,
        categories: categories.into(),
        cursor_secret: shared::auth::hexadecimal(&secret::random()?),
        shards: Shards::default(),
        // The stream counts its revenues from the first one on.
        counting: vec![Generation {
            number: 1,
            since: None,
            ready: true,
            set_aside: false,
        }],
        version: 1,
    };
    let actions = vec![
        Action::put(key::workspace(id), Condition::Absent, &config)?,
        Action::put(key::source(id, source.id), Condition::Absent, &source)?,
        Action::put(
            key::workspace_listed(id),
            Condition::Absent,
            &DirectoryEntry { id },
        )?,
    ];
    match app.table.write(actions, app.new_id()).await? {
        Outcome::Applied => Ok(Workspace {
            config,
            sources: vec![source],
        }),
        // The ids are new, so no other item has these keys.
        Outcome::Refused(_) | Outcome::Conflict => {
            Err(AdminError::Contention("directory of workspaces"))
        }
        Outcome::Uncertain(_) => Err(StoreError::uncertain().into()),
    }
}

/// The configurations of all workspaces, in order of creation.
///
/// # Errors
/// [`AdminError`] if the table does not answer.
pub async fn list(app: &App) -> Result<Vec<Config>, AdminError> {
    let entries: Vec<DirectoryEntry> = app.table.query_all(&Query::all(key::workspaces())).await?;
    let keys: Vec<_> = entries
        .iter()
        .map(|entry| key::workspace(entry.id))
        .collect();
    Ok(app.table.get(&keys).await?.into_iter().flatten().collect())
}

/// One workspace with its sources.
///
/// # Errors
/// [`AdminError`] if there is no such workspace or the table does not answer.
pub async fn show(app: &App, id: WorkspaceId) -> Result<Workspace, AdminError> {
    store::workspace::load(&app.table, id)
        .await?
        .ok_or(AdminError::NoWorkspace(id))
}

/// Spreads the new revenues of a workspace over `count` shards, starting in a minute: by then,
/// every function reads all of them. Existing revenues do not move.
///
/// # Errors
/// [`AdminError`] if `count` is less than the current number or too large, if there is no such
/// workspace, or if the table does not answer.
pub async fn spread(app: &App, id: WorkspaceId, count: u32) -> Result<Config, AdminError> {
    let now = app.now();
    change(app, id, |found| {
        let shards = &mut found.config.shards;
        if count < shards.count || count > SHARDS_MAX {
            return Err(AdminError::Shards {
                current: shards.count,
            });
        }
        if count > shards.count {
            let since = Timestamp::new(now.instant() + SHARDS_DELAY);
            *shards = Shards {
                count,
                before: shards.written(now),
                since,
            };
        }
        Ok((found.config.clone(), Vec::new()))
    })
    .await
}

/// Changes the configuration of a workspace, and writes the actions of `change` in the same
/// transaction. If another change comes first, `change` runs again on the new state. A change that
/// changes nothing writes nothing.
pub(crate) async fn change<T>(
    app: &App,
    id: WorkspaceId,
    change: impl Fn(&mut Workspace) -> Result<(T, Vec<Action>), AdminError>,
) -> Result<T, AdminError> {
    for attempt in 0..ATTEMPTS_MAX {
        let mut workspace = show(app, id).await?;
        let before = workspace.config.clone();
        let (result, mut actions) = change(&mut workspace)?;
        if actions.is_empty() && workspace.config == before {
            return Ok(result);
        }
        workspace.config.version = before.version + 1;
        let unchanged = Condition::Version(before.version);
        actions.push(Action::put(
            key::workspace(id),
            unchanged,
            &workspace.config,
        )?);
        match app.table.write(actions, app.new_id()).await? {
            Outcome::Applied => return Ok(result),
            Outcome::Refused(_) | Outcome::Conflict => pause::after(attempt).await,
            Outcome::Uncertain(_) => return Err(StoreError::uncertain().into()),
        }
    }
    Err(AdminError::Contention("workspace"))
}

//! The command line, as clap parses it.

use std::time::Duration;

use clap::{ArgGroup, Parser, Subcommand};
use domain::id::WorkspaceId;
use jiff::SignedDuration;
use store::table::TABLE_VARIABLE;

use super::duration;
use super::output::Format;
use crate::hidden;

/// The operator's tool of Allocora. It works directly on the table, with the standard AWS
/// environment.
#[derive(Parser)]
#[command(name = "allocora-admin", version)]
pub struct Arguments {
    /// The endpoint of DynamoDB, such as http://127.0.0.1:8000 [default: from the AWS
    /// environment].
    #[arg(long, global = true, value_name = "URL", value_parser = hidden::endpoint)]
    pub(super) endpoint_url: Option<String>,
    /// The name of the table.
    #[arg(long, global = true, value_name = "NAME", env = TABLE_VARIABLE, hide_env_values = true, default_value = "allocora")]
    pub(super) table: String,
    /// The output format.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub(super) output: Format,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// The table.
    #[command(subcommand)]
    Table(TableCommand),
    /// Workspaces: the boundary of one customer's data.
    #[command(subcommand)]
    Workspace(WorkspaceCommand),
    /// API keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Revenue sources.
    #[command(subcommand)]
    Source(SourceCommand),
    /// The categories that products can have.
    #[command(subcommand)]
    Category(CategoryCommand),
    /// The counters of revenues, which totals and digests come from.
    #[command(subcommand)]
    Totals(TotalsCommand),
}

#[derive(Subcommand)]
pub(super) enum TableCommand {
    /// Create the table, for an emulator or a trial, unless it exists.
    Create,
}

#[derive(Subcommand)]
pub(super) enum WorkspaceCommand {
    /// Create a workspace with a revenue source and a first set of categories.
    Create {
        /// The name.
        #[arg(long)]
        name: String,
    },
    /// List all workspaces.
    List,
    /// Show one workspace.
    Show {
        /// The id of the workspace.
        #[arg(long, value_name = "ID", value_parser = workspace_id)]
        workspace: WorkspaceId,
    },
    /// Spread new revenues over more shards of the index, starting in a minute. One shard accepts
    /// about 1,000 new revenues a second, and every page of a list reads all shards. The number can
    /// be raised later, but never lowered.
    Shards {
        /// The id of the workspace.
        #[arg(long, value_name = "ID", value_parser = workspace_id)]
        workspace: WorkspaceId,
        /// The new number of shards, up to 32.
        #[arg(long, value_name = "N")]
        shards: u32,
    },
}

#[derive(Subcommand)]
pub(super) enum TotalsCommand {
    /// Recount all revenues of a workspace and list the counters that differ; fails if any does.
    Verify {
        /// The id of the workspace.
        #[arg(long, value_name = "ID", value_parser = workspace_id)]
        workspace: WorkspaceId,
        /// If any differ, check them again after this time: counters of revenues that are being
        /// written may differ for a moment.
        #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration::parse_wait)]
        wait: Duration,
    },
    /// Rebuild the counters of a workspace from its revenues, while the API uses the old ones; safe
    /// to repeat.
    Rebuild {
        /// The id of the workspace.
        #[arg(long, value_name = "ID", value_parser = workspace_id)]
        workspace: WorkspaceId,
        /// How long to wait, three times, until all functions know about a change and earlier
        /// requests have ended. At least 60s, unless nobody else uses the workspace.
        #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration::parse_wait)]
        wait: Duration,
    },
}

#[derive(Subcommand)]
pub(super) enum KeyCommand {
    /// Create a key. It is shown only once.
    #[command(group(ArgGroup::new("permissions").required(true).args(["permission", "all_permissions"])))]
    Create {
        /// The id of the workspace that the key belongs to.
        #[arg(long, value_name = "ID", value_parser = workspace_id)]
        workspace: WorkspaceId,
        /// The name.
        #[arg(long)]
        name: String,
        #[arg(long, num_args = 1.., help = permission_help())]
        permission: Vec<String>,
        /// Grant all permissions.
        #[arg(long)]
        all_permissions: bool,
        /// The lifetime of the key, such as 90d or 24h [default: unlimited].
        #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
        expires_in: Option<SignedDuration>,
    },
    /// List the keys of a workspace.
    List {
        /// The id of the workspace.
        #[arg(long, value_name = "ID", value_parser = workspace_id)]
        workspace: WorkspaceId,
    },
    /// Replace a key: create a new one with the same name and permissions, and with the lifetime
    /// that the old one was created with. The old one expires after the overlap, or earlier if it
    /// was to expire earlier: a rotation, also a second one, never moves its end to a later time.
    Rotate {
        /// The id of the old key.
        #[arg(long, value_name = "KEY_ID")]
        key: String,
        /// How long the old key stays valid at most.
        #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = duration::parse)]
        overlap: SignedDuration,
    },
    /// Revoke a key. It may keep working for up to 30 seconds.
    Revoke {
        /// The id of the key.
        #[arg(long, value_name = "KEY_ID")]
        key: String,
    },
}

#[derive(Subcommand)]
pub(super) enum SourceCommand {
    /// Add a revenue source to a workspace.
    Create {
        /// The id of the workspace.
        #[arg(long, value_name = "ID", value_parser = workspace_id)]
        workspace: WorkspaceId,
        /// The name.
        #[arg(long)]
        name: String,
    },
    /// List the revenue sources of a workspace.
    List {
        /// The id of the workspace.
        #[arg(long, value_name = "ID", value_parser = workspace_id)]
        workspace: WorkspaceId,
    },
}

#[derive(Subcommand)]
pub(super) enum CategoryCommand {
    /// Add, relabel or remove categories. All others stay unchanged.
    Set {
        /// The id of the workspace.
        #[arg(long, value_name = "ID", value_parser = workspace_id)]
        workspace: WorkspaceId,
        /// A name and a label, as in saas_subscription="SaaS Subscription". An empty label removes
        /// the category.
        #[arg(required = true, value_name = "NAME=LABEL", value_parser = named_label)]
        categories: Vec<(String, String)>,
    },
    /// List the categories of a workspace.
    List {
        /// The id of the workspace.
        #[arg(long, value_name = "ID", value_parser = workspace_id)]
        workspace: WorkspaceId,
    },
}

/// What a key can be allowed.
fn permission_help() -> String {
    let all = registry::permissions().join(", ");
    format!("The permissions to grant, one or more: {all}")
}

fn workspace_id(text: &str) -> Result<WorkspaceId, &'static str> {
    domain::value::parse_uuid(text)
        .map(WorkspaceId)
        .ok_or("must be a UUID; `allocora-admin workspace list` lists them")
}

fn named_label(text: &str) -> Result<(String, String), &'static str> {
    let (name, label) = text
        .split_once('=')
        .ok_or("must be a name and a label, as in course=Course")?;
    Ok((name.to_owned(), label.to_owned()))
}

//! The arguments, as clap reads them.

use clap::{Parser, Subcommand};
use domain::id::WorkspaceId;
use jiff::SignedDuration;
use store::table::TABLE_VARIABLE;

use super::duration;
use super::output::Format;

/// The operator's tool of Allocora. It works straight on the table, with the standard AWS
/// environment.
#[derive(Parser)]
#[command(name = "allocora-admin", version)]
pub struct Arguments {
    /// The DynamoDB to work on, such as http://127.0.0.1:8000; without it, the AWS environment
    /// says.
    #[arg(long, global = true, value_name = "URL", value_parser = url)]
    pub(super) endpoint_url: Option<String>,
    /// The name of the table.
    #[arg(long, global = true, value_name = "NAME", env = TABLE_VARIABLE, default_value = "allocora")]
    pub(super) table: String,
    /// How to show the answer.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub(super) output: Format,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// The table itself.
    #[command(subcommand)]
    Table(TableCommand),
    /// Workspaces: what the data of one customer is confined to.
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
    /// The counters of revenues, from which totals and digests are told.
    #[command(subcommand)]
    Totals(TotalsCommand),
}

#[derive(Subcommand)]
pub(super) enum TableCommand {
    /// Make the table, for an emulator or a trial; nothing happens if it is there.
    Create,
}

#[derive(Subcommand)]
pub(super) enum WorkspaceCommand {
    /// Create a workspace with a revenue source and categories to start with.
    Create {
        /// What to call it.
        #[arg(long)]
        name: String,
    },
    /// List all workspaces.
    List,
    /// Show one workspace.
    Show {
        /// The id of the workspace.
        #[arg(value_parser = workspace_id)]
        id: WorkspaceId,
    },
    /// Spread the new revenues of a workspace over more shards of the index, from a minute on. One
    /// takes about 1,000 new revenues a second; each page of a list reads all of them. There can be
    /// more later, but never fewer.
    Shards {
        /// The id of the workspace.
        #[arg(value_parser = workspace_id)]
        id: WorkspaceId,
        /// How many there are to be, up to 32.
        count: u32,
    },
}

#[derive(Subcommand)]
pub(super) enum TotalsCommand {
    /// Recount all revenues of a workspace and list the counters that differ; fails if some do.
    Verify {
        /// The id of the workspace.
        #[arg(long, value_name = "ID", value_parser = workspace_id)]
        workspace: WorkspaceId,
        /// If some differ, look again after this time: what has changed then was of revenues that
        /// are being written.
        #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration::parse)]
        wait: SignedDuration,
    },
    /// Count all revenues of a workspace anew, while the API goes on with the old counters; safe to
    /// repeat.
    Rebuild {
        /// The id of the workspace.
        #[arg(long, value_name = "ID", value_parser = workspace_id)]
        workspace: WorkspaceId,
        /// How long to wait, three times, until all functions have come to know of a change and
        /// requests have ended. Not less than 60s, unless nobody else uses the workspace.
        #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration::parse)]
        wait: SignedDuration,
    },
}

#[derive(Subcommand)]
pub(super) enum KeyCommand {
    /// Create a key, which is shown only now.
    Create {
        /// The id of the workspace that it opens.
        #[arg(long, value_name = "ID", value_parser = workspace_id)]
        workspace: WorkspaceId,
        /// What to call it.
        #[arg(long)]
        name: String,
        /// What it may do, as in `write:payees`; several may follow.
        #[arg(long, num_args = 1.., required_unless_present = "all_permissions")]
        permission: Vec<String>,
        /// It may do everything that the API does.
        #[arg(long, conflicts_with = "permission")]
        all_permissions: bool,
        /// When it ends, such as 90d or 24h from now; without it, never.
        #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
        expires_in: Option<SignedDuration>,
    },
    /// List the keys of a workspace.
    List {
        /// The id of the workspace.
        #[arg(long, value_name = "ID", value_parser = workspace_id)]
        workspace: WorkspaceId,
    },
    /// Create a key like another one, which ends after the overlap.
    Rotate {
        /// The id of the old key.
        key_id: String,
        /// How long the old key is still good for.
        #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = duration::parse)]
        overlap: SignedDuration,
    },
    /// Revoke a key; requests with it are refused within 30 seconds.
    Revoke {
        /// The id of the key.
        key_id: String,
    },
}

#[derive(Subcommand)]
pub(super) enum SourceCommand {
    /// Add a revenue source to a workspace.
    Create {
        /// The id of the workspace.
        #[arg(long, value_name = "ID", value_parser = workspace_id)]
        workspace: WorkspaceId,
        /// What to call it.
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
    /// Add categories or give them another label; all others stay.
    Set {
        /// The id of the workspace.
        #[arg(long, value_name = "ID", value_parser = workspace_id)]
        workspace: WorkspaceId,
        /// The name and the label, as in saas_subscription="SaaS Subscription"; an empty label
        /// removes the category.
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

fn url(text: &str) -> Result<String, &'static str> {
    let host = ["http://", "https://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    let host = host
        .filter(|host| !host.is_empty())
        .ok_or("must be a URL such as http://127.0.0.1:8000");
    host.map(|_| text.to_owned())
}

fn workspace_id(text: &str) -> Result<WorkspaceId, &'static str> {
    domain::value::parse_uuid(text)
        .map(WorkspaceId)
        .ok_or("must be a UUID; `allocora-admin workspace list` shows all")
}

fn named_label(text: &str) -> Result<(String, String), &'static str> {
    let (name, label) = text
        .split_once('=')
        .ok_or("must be a name and a label, as in course=Course")?;
    Ok((name.to_owned(), label.to_owned()))
}

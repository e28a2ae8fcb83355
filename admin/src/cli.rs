//! The commands: each calls one function of the library and shows what it gives.

mod arguments;
mod connect;
mod duration;
mod error;
mod output;
mod views;

use std::time::Duration;

use crate::template::Template;
use crate::{categories, keys, sources, workspaces};
use jiff::SignedDuration;
use shared::app::App;

pub use arguments::Arguments;
use arguments::{
    CategoryCommand, Command, KeyCommand, SourceCommand, TableCommand, TotalsCommand,
    WorkspaceCommand,
};
pub use error::CliError;
use output::Format;
use views::{TableView, WorkspaceView};

/// What a command shows.
pub struct Shown {
    /// The text.
    pub text: String,
    /// Whether it is good news, for a script.
    pub is_good: bool,
}

impl From<String> for Shown {
    fn from(text: String) -> Self {
        Self {
            text,
            is_good: true,
        }
    }
}

/// Carries out a command and gives what it shows.
///
/// # Errors
/// [`CliError`] with one sentence for the operator.
pub async fn run(arguments: Arguments) -> Result<Shown, CliError> {
    let Arguments {
        endpoint_url,
        table,
        output,
        command,
    } = arguments;
    let connected = connect::open(table, endpoint_url).await?;
    match command {
        Command::Table(TableCommand::Create) => {
            let created = connected.table.create(Template::included().table()).await?;
            Ok(output
                .one(&TableView {
                    table: connected.name,
                    created,
                })
                .into())
        }
        Command::Workspace(command) => {
            Ok(workspace(&connected.app()?, output, command).await?.into())
        }
        Command::Key(command) => Ok(key(&connected.app()?, output, command).await?.into()),
        Command::Source(command) => Ok(source(&connected.app()?, output, command).await?.into()),
        Command::Category(command) => {
            Ok(category(&connected.app()?, output, command).await?.into())
        }
        Command::Totals(command) => totals(&connected.app()?, output, command).await,
    }
}

async fn workspace(
    app: &App,
    output: Format,
    command: WorkspaceCommand,
) -> Result<String, CliError> {
    Ok(match command {
        WorkspaceCommand::Create { name } => output.one(&WorkspaceView::from(
            workspaces::create(app, &name).await?.config,
        )),
        WorkspaceCommand::List => {
            let found = workspaces::list(app).await?;
            output.many(
                &found
                    .into_iter()
                    .map(WorkspaceView::from)
                    .collect::<Vec<_>>(),
            )
        }
        WorkspaceCommand::Shards { id, count } => output.one(&WorkspaceView::from(
            workspaces::spread(app, id, count).await?,
        )),
        WorkspaceCommand::Show { id } => output.one(&WorkspaceView::from(
            workspaces::show(app, id).await?.config,
        )),
    })
}

async fn key(app: &App, output: Format, command: KeyCommand) -> Result<String, CliError> {
    Ok(match command {
        KeyCommand::Create {
            workspace,
            name,
            permission,
            all_permissions,
            expires_in,
        } => {
            let permissions = if all_permissions {
                registry::permissions()
            } else {
                permission
            };
            output.one(&keys::create(app, workspace, &name, &permissions, expires_in).await?)
        }
        KeyCommand::List { workspace } => output.many(&keys::list(app, workspace).await?),
        KeyCommand::Rotate { key_id, overlap } => {
            output.one(&keys::rotate(app, &key_id, overlap).await?)
        }
        KeyCommand::Revoke { key_id } => output.one(&keys::revoke(app, &key_id).await?),
    })
}

async fn source(app: &App, output: Format, command: SourceCommand) -> Result<String, CliError> {
    Ok(match command {
        SourceCommand::Create { workspace, name } => {
            output.one(&sources::create(app, workspace, &name).await?)
        }
        SourceCommand::List { workspace } => output.many(&sources::list(app, workspace).await?),
    })
}

async fn category(app: &App, output: Format, command: CategoryCommand) -> Result<String, CliError> {
    Ok(match command {
        CategoryCommand::Set {
            workspace,
            categories: given,
        } => output.many(&categories::set(app, workspace, &given).await?),
        CategoryCommand::List { workspace } => {
            output.many(&categories::list(app, workspace).await?)
        }
    })
}

async fn totals(app: &App, output: Format, command: TotalsCommand) -> Result<Shown, CliError> {
    // A duration that was given is not negative.
    let duration = |wait: SignedDuration| Duration::try_from(wait).unwrap_or_default();
    Ok(match command {
        TotalsCommand::Verify { workspace, wait } => {
            let differences = crate::totals::verify(app, workspace, duration(wait)).await?;
            Shown {
                text: output.many(&differences),
                is_good: differences.is_empty(),
            }
        }
        TotalsCommand::Rebuild { workspace, wait } => output
            .one(&crate::totals::rebuild(app, workspace, duration(wait)).await?)
            .into(),
    })
}

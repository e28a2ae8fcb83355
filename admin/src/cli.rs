//! The commands. Each calls one function of the library and shows the result.

mod arguments;
mod connect;
mod duration;
mod error;
mod output;
mod parse;
mod views;

use crate::template::Template;
use crate::{categories, keys, sources, workspaces};
use shared::app::App;

pub use arguments::Arguments;
use arguments::{
    CategoryCommand, Command, KeyCommand, SourceCommand, TableCommand, TotalsCommand,
    WorkspaceCommand,
};
pub use error::CliError;
use output::Format;
pub use parse::{parse, parse_as};
use views::{TableView, WorkspaceView, differing};

/// The output of a command.
pub struct CommandOutput {
    /// The text.
    pub text: String,
    /// Whether the exit code is zero: `totals verify` fails if counters differ.
    pub is_success: bool,
}

impl From<String> for CommandOutput {
    fn from(text: String) -> Self {
        Self {
            text,
            is_success: true,
        }
    }
}

/// Runs a command.
///
/// # Errors
/// [`CliError`] with one sentence for the operator.
pub async fn run(arguments: Arguments) -> Result<CommandOutput, CliError> {
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
        WorkspaceCommand::Shards { workspace, shards } => output.one(&WorkspaceView::from(
            workspaces::spread(app, workspace, shards).await?,
        )),
        WorkspaceCommand::Show { workspace } => output.one(&WorkspaceView::from(
            workspaces::show(app, workspace).await?.config,
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
        KeyCommand::Rotate { key, overlap } => output.one(&keys::rotate(app, &key, overlap).await?),
        KeyCommand::Revoke { key } => output.one(&keys::revoke(app, &key).await?),
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

async fn totals(
    app: &App,
    output: Format,
    command: TotalsCommand,
) -> Result<CommandOutput, CliError> {
    Ok(match command {
        TotalsCommand::Verify { workspace, wait } => {
            let differences = crate::totals::verify(app, workspace, wait).await?;
            CommandOutput {
                text: output.summarized(differing(&differences), &differences),
                is_success: differences.is_empty(),
            }
        }
        TotalsCommand::Rebuild { workspace, wait } => output
            .one(&crate::totals::rebuild(app, workspace, wait).await?)
            .into(),
    })
}

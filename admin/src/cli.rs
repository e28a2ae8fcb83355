//! The commands. Each calls one function of the library and shows the result.

mod arguments;
mod connect;
mod duration;
mod error;
mod output;
mod views;

use std::error::Error;
use std::ffi::OsString;

use crate::printable::printable;
use crate::template::Template;
use crate::{AdminError, categories, keys, sources, workspaces};
use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use domain::problem::quote;
use shared::app::App;
use shared::auth::KEY_PREFIX;

pub use arguments::Arguments;
use arguments::{
    CategoryCommand, Command, KeyCommand, SourceCommand, TableCommand, TotalsCommand,
    WorkspaceCommand,
};
pub use error::CliError;
use output::Format;
use views::{TableView, WorkspaceView, differing};

/// The flag of `key create` that grants permissions.
const PERMISSION: &str = "--permission";

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

/// Parses a command line.
///
/// # Errors
/// The help text, or what is wrong with the command line: no command takes an API key, so a line
/// with one is refused, and the message does not repeat it.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    let words: Vec<OsString> = words.into_iter().collect();
    if words
        .iter()
        .any(|word| word.to_string_lossy().contains(KEY_PREFIX))
    {
        return Err(clap::Error::raw(
            ErrorKind::InvalidValue,
            format!("{}\n", AdminError::NotAKeyId),
        ));
    }
    Arguments::try_parse_from(&words)
        .map_err(with_quoted_value)
        .map_err(with_permissions)
        .map_err(|error| printable_error(error, &words))
}

/// The error about a command line, without what would make a terminal do something.
pub fn printable_error(error: clap::Error, words: &[OsString]) -> clap::Error {
    let is_odd = |word: &OsString| word.to_string_lossy().contains(char::is_control);
    if !words.iter().any(is_odd) {
        return error;
    }
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    clap::Error::raw(error.kind(), printable(text))
}

/// The error, with an invalid value quoted as JSON: clap would repeat it whole and unescaped.
fn with_quoted_value(error: clap::Error) -> clap::Error {
    let value = error.get(ContextKind::InvalidValue);
    let argument = error.get(ContextKind::InvalidArg);
    match (error.kind(), value, argument, error.source()) {
        (
            ErrorKind::ValueValidation,
            Some(ContextValue::String(value)),
            Some(argument),
            Some(rule),
        ) => {
            let message = format!("invalid value {} for {argument}: {rule}\n", quote(value));
            clap::Error::raw(ErrorKind::ValueValidation, message)
        }
        (..) => error,
    }
}

/// The error, with a list of the permissions if none was given.
fn with_permissions(mut error: clap::Error) -> clap::Error {
    let is_about = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(missing))) => {
            missing.iter().any(|argument| argument.contains(PERMISSION))
        }
        // The flag without a value.
        (ErrorKind::InvalidValue, Some(ContextValue::String(argument))) => {
            argument.contains(PERMISSION)
        }
        (..) => false,
    };
    if is_about {
        let tip = format!("the permissions are {}", registry::permissions().join(", "));
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![tip.into()]),
        );
    }
    error
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

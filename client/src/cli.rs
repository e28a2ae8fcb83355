//! The command line.

use clap::{Parser, Subcommand};

use crate::commands::{completions, export, map, payouts, ping, push, reconcile};
use crate::config::ConnectionArguments;
use crate::exit::Exit;
use crate::output::Format;

/// Send files of payees, products, rules and revenues to Allocora.
///
/// The key is read from ALLOCORA_API_KEY, or from the profile file; it is never an argument,
/// because every user of a machine can see the arguments of its programs.
#[derive(Debug, Parser)]
#[command(name = "allocora", version, after_long_help = HELP)]
pub struct Arguments {
    #[command(flatten)]
    connection: ConnectionArguments,
    /// The form of the output.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    output: Format,
    #[command(subcommand)]
    command: Command,
}

/// What follows the options in the long help.
const HELP: &str = "\
Profiles, in ~/.config/allocora/config.toml (or below XDG_CONFIG_HOME), which only you may read:
  [default]
  base_url = \"https://api.example.com\"
  api_key = \"alc_live_...\"

  [staging]
  base_url = \"https://staging.example.com\"

ALLOCORA_API_KEY and ALLOCORA_BASE_URL come before the profile. HTTPS_PROXY, HTTP_PROXY, ALL_PROXY
and NO_PROXY are honoured.

Exit codes:
  0  everything is done
  1  everything was sent, but some rows were rejected or are in conflict; of reconcile: something
     differs
  2  the command, a file, the key or the address is wrong
  3  it could not finish; run it again

Examples:
  allocora ping
  allocora push revenues may.csv
  allocora reconcile revenues may.csv
  allocora --profile staging push payees payees.ndjson";

#[derive(Debug, Subcommand)]
enum Command {
    Ping(ping::Arguments),
    Push(push::Arguments),
    Map(map::Arguments),
    Reconcile(reconcile::Arguments),
    Export(export::Arguments),
    Payouts(payouts::Arguments),
    Completions(completions::Arguments),
}

/// Runs a command.
pub async fn run(arguments: Arguments) -> Exit {
    let Arguments {
        connection,
        output,
        command,
    } = arguments;
    let ran = match command {
        Command::Ping(arguments) => ping::run(arguments, &connection, output).await,
        Command::Push(arguments) => push::run(arguments, &connection, output).await,
        Command::Map(arguments) => map::run(&arguments, output),
        Command::Reconcile(arguments) => reconcile::run(arguments, &connection, output).await,
        Command::Export(arguments) => export::run(arguments, &connection).await,
        Command::Payouts(arguments) => payouts::run(arguments, &connection, output).await,
        Command::Completions(arguments) => {
            completions::run::<Arguments>(arguments);
            Ok(Exit::Done)
        }
    };
    ran.unwrap_or_else(|failed| {
        eprintln!("error: {}", failed.sentence);
        failed.exit
    })
}

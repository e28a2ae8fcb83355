//! The command line.

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use crate::commands::{completions, export, map, payouts, ping, push, reconcile};
use crate::config::ConnectionArguments;
use crate::exit::Exit;
use crate::output::{Format, fail};

/// Send files of payees, products, rules and revenues to Allocora.
///
/// The key is read from ALLOCORA_API_KEY, or from the profile file; it is never an argument,
/// because every user of a machine can see the arguments of its programs.
#[derive(Debug, Parser)]
#[command(name = "allocora", version, after_long_help = HELP)]
pub struct Arguments {
    #[command(flatten)]
    connection: ConnectionArguments,
    /// The form of the output. With json it is one document in every case; if the command failed as
    /// a whole, that has the members error and exit_code.
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

/// Runs the command of these words, the first of which is the name of the program.
pub async fn run(words: impl IntoIterator<Item = OsString>) -> Exit {
    let words: Vec<OsString> = words.into_iter().collect();
    let Arguments {
        connection,
        output,
        command,
    } = match Arguments::try_parse_from(&words) {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() && wants_json(&words) => {
            let text = error.to_string();
            let sentence = text.trim_start_matches("error: ").trim_end();
            return fail(Format::Json, sentence, Exit::Usage);
        }
        // It prints the help that was asked for, or what is wrong.
        Err(error) => error.exit(),
    };
    let ran = match command {
        Command::Ping(arguments) => ping::run(arguments, &connection, output).await,
        Command::Push(arguments) => push::run(arguments, &connection, output).await,
        Command::Map(arguments) => map::run(&arguments, output),
        Command::Reconcile(arguments) => reconcile::run(arguments, &connection, output).await,
        Command::Export(arguments) => export::run(arguments, &connection, output).await,
        Command::Payouts(arguments) => payouts::run(arguments, &connection, output).await,
        Command::Completions(arguments) => completions::run::<Arguments>(arguments, output),
    };
    ran.unwrap_or_else(|failed| fail(output, &failed.sentence, failed.exit))
}

/// Whether words that are no command ask for JSON.
fn wants_json(words: &[OsString]) -> bool {
    let is_pair = |pair: &[OsString]| pair == ["--output", "json"];
    words.windows(2).any(is_pair) || words.iter().any(|word| word == "--output=json")
}

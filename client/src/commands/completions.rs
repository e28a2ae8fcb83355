//! `allocora completions`: what a shell completes.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::Failed;
use crate::exit::Exit;
use crate::output::{Format, write};

/// Print the completions of a shell.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  allocora completions bash > ~/.local/share/bash-completion/completions/allocora
  allocora completions zsh > ~/.zfunc/_allocora
  allocora completions fish > ~/.config/fish/completions/allocora.fish")]
pub struct Arguments {
    /// The shell.
    shell: Shell,
}

/// Prints the completions of the program `C`.
pub fn run<C: CommandFactory>(arguments: Arguments, output: Format) -> Result<Exit, Failed> {
    if output == Format::Json {
        return Err(Failed::usage("completions are a script, not JSON"));
    }
    let mut script = Vec::new();
    generate(arguments.shell, &mut C::command(), "allocora", &mut script);
    write(&script)?;
    Ok(Exit::Done)
}

//! `allocora completions`: what a shell completes.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

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
pub fn run<C: CommandFactory>(arguments: Arguments) {
    let mut command = C::command();
    generate(
        arguments.shell,
        &mut command,
        "allocora",
        &mut std::io::stdout(),
    );
}

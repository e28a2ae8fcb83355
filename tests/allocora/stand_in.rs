//! Programs of functions for tests that have no built ones: each is the stand-in in some role.

#[path = "../stand_in/roles.rs"]
mod roles;

use std::path::PathBuf;

use local::runtime::{Output, Program};
use shared::lambda::LOG_VARIABLE;

pub use roles::{OBEDIENT, PANICKING, SILENT, STILLBORN, UNABLE};
use roles::{ROLE, WITNESS};

/// A program that plays a role, for a function.
pub fn program(function: &str, role: &str, witness: Option<String>) -> Program {
    let variables = [(ROLE, Some(role.to_owned())), (WITNESS, witness)];
    Program {
        function: function.to_owned(),
        path: env!("CARGO_BIN_EXE_stand-in").into(),
        arguments: Vec::new(),
        memory: 512,
        variables: variables
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect(),
        output: Output::Hidden,
    }
}

/// A program that is the function of this name, and writes its log to a file.
pub fn function(name: &str, variables: &[(&'static str, String)], log: PathBuf) -> Program {
    logging(program(name, name, None), variables, log)
}

/// A program that has these variables, and writes its log to a file.
pub fn logging(
    mut program: Program,
    variables: &[(&'static str, String)],
    log: PathBuf,
) -> Program {
    program.variables.extend(variables.iter().cloned());
    program.variables.push((LOG_VARIABLE, "info".to_owned()));
    Program {
        output: Output::File(log),
        ..program
    }
}

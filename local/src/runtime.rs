//! The functions as programs, each in an execution environment of its own.

use std::collections::BTreeMap;
use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};

use admin::template::Template;

pub use crate::emulator::runtime::{EVENTS_MAX, Environment, Output, Program, Why};
use crate::error::StartError;

/// The file name that `cargo lambda build` gives every program, in a directory with the name of the
/// function.
const BOOTSTRAP: &str = "bootstrap";

/// The programs of all functions of a template.
pub struct Programs {
    paths: BTreeMap<String, PathBuf>,
    memory: u32,
}

impl Programs {
    /// Finds the programs in the output directory of a build: `payees/bootstrap` from `cargo lambda
    /// build`, or `payees` from `cargo build`.
    ///
    /// # Errors
    /// If the program of a function is missing.
    pub fn find(directory: &Path, template: &Template) -> Result<Self, StartError> {
        let mut paths = BTreeMap::new();
        for function in template.functions() {
            let lambda = directory.join(function).join(BOOTSTRAP);
            let plain = directory.join(format!("{function}{EXE_SUFFIX}"));
            let found = [&lambda, &plain]
                .into_iter()
                .find(|path| path.is_file())
                .cloned();
            let missing = || StartError::NoProgram {
                function: function.clone(),
                lambda,
                plain,
            };
            paths.insert(function.clone(), found.ok_or_else(missing)?);
        }
        Ok(Self {
            paths,
            memory: template.function_memory(),
        })
    }

    /// The programs, each with these environment variables.
    pub fn with(self, variables: &[(&'static str, String)], output: &Output) -> Vec<Program> {
        let program = |(function, path)| Program {
            function,
            path,
            arguments: Vec::new(),
            memory: self.memory,
            variables: variables.to_owned(),
            output: output.clone(),
        };
        self.paths.into_iter().map(program).collect()
    }
}

//! The programs of the functions, and what they find in their environment.

use std::collections::BTreeMap;
use std::env::consts::EXE_SUFFIX;
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use admin::template::Template;
use tokio::process::Command;

use crate::error::StartError;

/// What `cargo lambda build` calls every program, in a directory of the function's name.
const BOOTSTRAP: &str = "bootstrap";

/// The program of one function.
#[derive(Clone, Debug)]
pub struct Program {
    /// The name of the function.
    pub function: String,
    /// Where the program is.
    pub path: PathBuf,
    /// What it gets on its command line; in Lambda, nothing.
    pub arguments: Vec<String>,
    /// The memory that it is told to have, in MB.
    pub memory: u32,
    /// What it finds in its environment, beside what is there already and what Lambda puts there.
    pub variables: Vec<(&'static str, String)>,
    /// What becomes of what it writes.
    pub output: Output,
}

/// What becomes of what a program writes: its log, above all.
#[derive(Clone, Debug)]
pub enum Output {
    /// It is shown where this process shows its own.
    Shown,
    /// It is thrown away.
    Hidden,
    /// It is added to this file.
    File(PathBuf),
}

/// The programs of all functions of a template.
pub struct Programs {
    paths: BTreeMap<String, PathBuf>,
    memory: u32,
}

impl Programs {
    /// The programs as a build leaves them in `directory`: `payees/bootstrap` from `cargo lambda
    /// build`, or `payees` from `cargo build`.
    ///
    /// # Errors
    /// If a function has none.
    pub fn find(directory: &Path, template: &Template) -> Result<Self, StartError> {
        let mut paths = BTreeMap::new();
        for function in template.functions() {
            let (of_lambda, plain) = (
                directory.join(function).join(BOOTSTRAP),
                directory.join(format!("{function}{EXE_SUFFIX}")),
            );
            let found = [&of_lambda, &plain]
                .into_iter()
                .find(|path| path.is_file())
                .cloned();
            let missing = || StartError::NoProgram {
                function: function.clone(),
                of_lambda,
                plain,
            };
            paths.insert(function.clone(), found.ok_or_else(missing)?);
        }
        Ok(Self {
            paths,
            memory: template.function_memory(),
        })
    }

    /// The programs, with this in the environment of each.
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

impl Program {
    /// The command that starts the program with the Runtime API at this address.
    pub(super) fn command(&self, runtime_api: &str) -> io::Result<Command> {
        let mut command = Command::new(&self.path);
        let function = &self.function;
        command
            .args(&self.arguments)
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
            .env("AWS_LAMBDA_FUNCTION_NAME", function)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", self.memory.to_string())
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env(
                "AWS_LAMBDA_LOG_GROUP_NAME",
                format!("/aws/lambda/{function}"),
            )
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "local")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(self.output.stdio()?)
            .stderr(self.output.stdio()?)
            .kill_on_drop(true);
        // A group of its own: Ctrl-C in a terminal is for this process, which lets the requests in
        // progress end.
        #[cfg(unix)]
        command.process_group(0);
        Ok(command)
    }
}

impl Output {
    fn stdio(&self) -> io::Result<Stdio> {
        Ok(match self {
            Self::Shown => Stdio::inherit(),
            Self::Hidden => Stdio::null(),
            Self::File(path) => OpenOptions::new()
                .append(true)
                .create(true)
                .open(path)?
                .into(),
        })
    }
}

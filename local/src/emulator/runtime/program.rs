//! The program of a function, and its environment variables.

use std::fs::OpenOptions;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::Command;

/// The program of one function.
#[derive(Clone, Debug)]
pub struct Program {
    /// The name of the function.
    pub function: String,
    /// The program file.
    pub path: PathBuf,
    /// Its command line arguments; in Lambda there are none.
    pub arguments: Vec<String>,
    /// The memory size that its environment names, in MB. It is not enforced.
    pub memory: u32,
    /// Its environment variables, in addition to those of this process and of Lambda.
    pub variables: Vec<(&'static str, String)>,
    /// Where its output goes.
    pub output: Output,
}

/// Where the output of a program goes, mainly its log.
#[derive(Clone, Debug)]
pub enum Output {
    /// To the output of this process.
    Shown,
    /// Nowhere.
    Hidden,
    /// To the end of this file.
    File(PathBuf),
}

impl Program {
    /// The command that starts the program, with the address of its Runtime API.
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
        // In a process group of its own, so that Ctrl-C in a terminal reaches only this process,
        // which lets requests in progress finish.
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

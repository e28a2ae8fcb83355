//! The program `allocora` as a scheduler runs it.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use client::config::{BASE_URL_VARIABLE, KEY_VARIABLE, PROFILE_VARIABLE};
use tokio::task::spawn_blocking;

use crate::product::{AnyError, Product};

/// The program without a configuration.
pub fn bare(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allocora"));
    command.args(arguments).stdin(Stdio::null());
    for variable in [KEY_VARIABLE, BASE_URL_VARIABLE, PROFILE_VARIABLE] {
        command.env_remove(variable);
    }
    for variable in ["HTTP_PROXY", "ALL_PROXY"] {
        command
            .env_remove(variable)
            .env_remove(variable.to_lowercase());
    }
    command.env("XDG_CONFIG_HOME", home);
    command
}

/// The program with a key to a product.
pub fn allocora(product: &Product, home: &Path, arguments: &[&str]) -> Command {
    let mut command = bare(home, arguments);
    command.env(KEY_VARIABLE, &product.key);
    command.env(BASE_URL_VARIABLE, &product.base_url);
    command
}

/// A running program. It is killed when it is dropped.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

pub fn start(mut command: Command) -> Result<Running, AnyError> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(Running(command.spawn()?))
}

pub async fn ended(mut command: Command) -> Result<(i32, String, String), AnyError> {
    let output = spawn_blocking(move || command.output()).await??;
    said(output)
}

fn said(output: Output) -> Result<(i32, String, String), AnyError> {
    let code = output.status.code().ok_or("no signal ended it")?;
    Ok((
        code,
        String::from_utf8(output.stdout)?,
        String::from_utf8(output.stderr)?,
    ))
}

pub fn text(path: &Path) -> Result<&str, AnyError> {
    Ok(path.to_str().ok_or("it is UTF-8")?)
}

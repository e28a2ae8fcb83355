//! `cargo run -p local`: the whole API on this machine.

mod args;
mod welcome;

use std::process::ExitCode;
use std::time::Duration;

use args::Args;
use clap::Parser;
use local::accounts::{Account, Accounts, LOCAL};
use local::error::StartError;
use local::setup::{Local, Setup, TABLE};
use local::{files, log, samples, server};
use tokio::sync::oneshot;
use tokio::time::timeout;
use welcome::Welcome;

/// How long requests in progress may take to end after Ctrl-C.
const STOP_WAIT: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", error.sentence());
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), StartError> {
    let listener = server::listen(args.port).await?;
    let address = listener.local_addr().map_err(|error| StartError::Listen(args.port, error))?;
    let local = Setup { dynamodb: args.dynamodb(), table: TABLE.to_owned() }.start().await?;
    let accounts = accounts(&args, &local).await?;
    // Only now: what was loaded is not to be seen as requests.
    log::show()?;

    let (stop, stopping) = oneshot::channel();
    let server = tokio::spawn(server::serve(listener, local.gateway.clone(), async { _ = stopping.await }));
    let welcome = Welcome { base_url: format!("http://{address}"), local: &local, accounts: &accounts };
    if let Some(file) = &args.credentials {
        files::write_private(file, &welcome.credentials())?;
    }
    welcome.print();

    interrupted().await;
    drop::<oneshot::Sender<()>>(stop);
    if timeout(STOP_WAIT, server).await.is_err() {
        tracing::warn!("requests in progress were cut off");
    }
    local.stop().await;
    Ok(())
}

/// The workspace of every start, and those with sample data if they are wanted.
async fn accounts(args: &Args, local: &Local) -> Result<Vec<Account>, StartError> {
    let mut kept = Accounts::open(args.data_dir.as_deref())?;
    let mut accounts = vec![kept.account(&local.app, LOCAL).await?];
    if args.sample_data {
        for (workspace, text) in samples::SAMPLES {
            let account = kept.account(&local.app, workspace).await?;
            samples::load(&local.gateway, &account, workspace, text).await?;
            accounts.push(account);
        }
    }
    Ok(accounts)
}

/// Waits for Ctrl-C, or for SIGTERM where there is such a thing.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // If there is no way to wait for it, the process is ended by it.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

//! `cargo run -p local` runs the whole API on this machine.

mod args;
mod welcome;

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use args::Args;
use local::accounts::{Account, Accounts, LOCAL};
use local::error::StartError;
use local::reference::Reference;
use local::setup::{Local, Setup};
use local::{files, log, samples, server};
use tokio::sync::oneshot;
use tokio::time::timeout;
use welcome::Welcome;

/// How long requests in progress may take to finish after Ctrl-C.
const STOP_WAIT: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::of_process()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", error.sentence());
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), StartError> {
    let (listener, address) = server::listen(args.port).await?;
    let setup = Setup {
        dynamodb: args.dynamodb()?,
        table: args.table.clone(),
        functions: args.functions.clone(),
        is_read_only: args.read_only,
    };
    let local = setup.start().await?;
    let accounts = if args.read_only {
        Vec::new()
    } else {
        accounts(&args, &local).await?
    };
    // Only now, so that loading the samples does not show up as requests.
    log::show()?;

    let interrupted = interruption().map_err(StartError::Signals)?;
    let (stop, stopping) = oneshot::channel::<()>();
    // Every user of this machine can read the page, but an emulator too.
    let prefilled = accounts.first().filter(|_| local.is_emulated);
    let reference = Reference::new(prefilled.map(|account| account.api_key.as_str()));
    let (gateway, reference) = (local.gateway.clone(), Arc::new(reference));
    let server = tokio::spawn(server::serve(listener, gateway, reference, async {
        _ = stopping.await
    }));
    let welcome = Welcome {
        base_url: format!("http://{address}"),
        local: &local,
        exposed: args.exposed(),
        accounts: &accounts,
    };
    if let Some((file, account)) = args.credentials.as_ref().zip(accounts.first()) {
        files::write_private(file, &welcome.credentials(account))?;
    }
    welcome.print();

    interrupted.await;
    drop(stop);
    if timeout(STOP_WAIT, server).await.is_err() {
        tracing::warn!("some requests in progress did not finish in time");
    }
    local.stop().await;
    Ok(())
}

/// The workspace that always exists, and those of the samples if they are wanted.
async fn accounts(args: &Args, local: &Local) -> Result<Vec<Account>, StartError> {
    let mut accounts = Accounts::open(args.data_dir.as_deref())?;
    let mut loaded = vec![accounts.account(&local.app, LOCAL).await?];
    for (workspace, text) in samples::SAMPLES.into_iter().filter(|_| args.sample_data) {
        let account = accounts.account(&local.app, workspace).await?;
        samples::load(&local.gateway, &account, workspace, text).await?;
        loaded.push(account);
    }
    Ok(loaded)
}

/// Listens for Ctrl-C and SIGTERM from now on. The future ends with the first of them.
#[cfg(unix)]
fn interruption() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// A future that ends with Ctrl-C.
#[cfg(not(unix))]
fn interruption() -> io::Result<impl Future<Output = ()>> {
    Ok(async { _ = tokio::signal::ctrl_c().await })
}

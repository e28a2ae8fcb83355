//! Ctrl-C and, on Unix, SIGTERM.

use std::io;

use crate::progress::note;
use crate::stop::Stop;

/// The exit code of a program that SIGINT ended, by the habit of shells.
const INTERRUPTED: i32 = 130;

/// Makes the first signal request `stop`, and the second end the program at once.
pub fn request_on_signal(stop: &Stop) -> io::Result<()> {
    let mut signals = Signals::listen()?;
    let stop = stop.clone();
    tokio::spawn(async move {
        loop {
            signals.next().await;
            if stop.request() {
                std::process::exit(INTERRUPTED);
            }
            note("stopping after the requests in progress; interrupt again to end at once");
        }
    });
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        _ = tokio::signal::ctrl_c().await;
    }
}

//! A running program with its Runtime API.

use std::net::Ipv4Addr;
use std::time::{Instant, SystemTime};

use tokio::net::TcpListener;
use tokio::process::Child;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::api::{self, Init, Invocation, Outcome};
use super::error::{INIT_TIMEOUT, Why};
use super::program::Program;
use super::time_left;

/// A program that is ready for events.
#[derive(Clone, Copy, Debug)]
pub struct Running {
    /// Its process id.
    pub pid: u32,
    /// When it was started.
    pub spawned: Instant,
    /// When it first asked for an event.
    pub ready: Instant,
}

/// A process that answers events. Dropping it kills it.
pub(super) struct Process {
    pub(super) running: Running,
    child: Child,
    events: mpsc::Sender<Invocation>,
    /// The Runtime API, which ends with the process.
    _server: JoinSet<()>,
}

impl Process {
    /// Starts a program and waits until it asks for its first event.
    pub(super) async fn start(program: &Program) -> Result<Self, Why> {
        let unable = |error| Why::Start(program.path.clone(), error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(unable)?;
        let address = listener.local_addr().map_err(unable)?.to_string();
        let (events, receiver) = mpsc::channel(1);
        let (report_init, mut init) = oneshot::channel();
        let mut server = JoinSet::new();
        server.spawn(api::serve(
            listener,
            api::router(&program.function, receiver, report_init),
        ));
        let spawned = Instant::now();
        let mut child = program
            .command(&address)
            .and_then(|mut command| command.spawn())
            .map_err(unable)?;
        // A report comes first: a program that reports that it cannot start ends right after.
        let init = tokio::select! {
            biased;
            Ok(init) = &mut init => init,
            status = child.wait() => return Err(status.map_or_else(Why::Lost, Why::Ended)),
            () = sleep(INIT_TIMEOUT) => return Err(Why::InitTimeout),
        };
        match init {
            Init::Failed(message) => Err(Why::Init(message)),
            Init::Ready(ready) => {
                let running = Running {
                    pid: child.id().unwrap_or_default(),
                    spawned,
                    ready,
                };
                Ok(Self {
                    running,
                    child,
                    events,
                    _server: server,
                })
            }
        }
    }

    /// The process, if it has not ended.
    pub(super) fn alive(mut self) -> Option<Self> {
        matches!(self.child.try_wait(), Ok(None)).then_some(self)
    }

    /// Sends an event and waits for its outcome. After an error the process cannot be used again.
    pub(super) async fn invoke(
        &mut self,
        event: String,
        deadline: SystemTime,
    ) -> Result<Outcome, Why> {
        let (report, outcome) = oneshot::channel();
        let invocation = Invocation {
            event,
            deadline,
            report,
        };
        let events = &self.events;
        let answered = async {
            events.send(invocation).await.ok();
            outcome.await
        };
        tokio::select! {
            biased;
            Ok(outcome) = answered => Ok(outcome),
            status = self.child.wait() => Err(status.map_or_else(Why::Lost, Why::Ended)),
            () = sleep(time_left(deadline)) => Err(Why::TimedOut),
        }
    }
}

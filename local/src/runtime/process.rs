//! A program that runs, with its Runtime API.

use std::net::Ipv4Addr;
use std::time::{Instant, SystemTime};

use tokio::net::TcpListener;
use tokio::process::Child;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::api::{self, Init, Invocation, Outcome};
use super::error::{INIT_TIMEOUT, Why};
use super::left;
use super::program::Program;

/// A program that has asked for its first event.
#[derive(Clone, Copy, Debug)]
pub struct Running {
    /// The id of its process.
    pub pid: u32,
    /// When it was about to be spawned.
    pub spawned: Instant,
    /// When it first asked for an event.
    pub ready: Instant,
}

/// A process that answers events. It is killed when it is dropped.
pub(super) struct Process {
    pub(super) running: Running,
    child: Child,
    events: mpsc::Sender<Invocation>,
    /// Ends with the process.
    _server: JoinSet<()>,
}

impl Process {
    /// Starts a program, and waits until it asks for its first event.
    pub(super) async fn start(program: &Program) -> Result<Self, Why> {
        let unable = |error| Why::Start(program.path.clone(), error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(unable)?;
        let address = listener.local_addr().map_err(unable)?.to_string();
        let (events, taken) = mpsc::channel(1);
        let (told, mut init) = oneshot::channel();
        let mut server = JoinSet::new();
        server.spawn(api::serve(
            listener,
            api::router(&program.function, taken, told),
        ));
        let spawned = Instant::now();
        let mut child = program
            .command(&address)
            .and_then(|mut command| command.spawn())
            .map_err(unable)?;
        // What was told counts before the end: who tells that it cannot begin then ends.
        let init = tokio::select! {
            biased;
            Ok(init) = &mut init => init,
            status = child.wait() => return Err(status.map_or_else(Why::Lost, Why::Ended)),
            () = sleep(INIT_TIMEOUT) => return Err(Why::InitTimeout),
        };
        match init {
            Init::Failed(told) => Err(Why::Init(told)),
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

    /// Hands an event over and waits for what becomes of it. After an error the process is of no
    /// more use.
    pub(super) async fn invoke(
        &mut self,
        event: String,
        deadline: SystemTime,
    ) -> Result<Outcome, Why> {
        let (tell, told) = oneshot::channel();
        let invocation = Invocation {
            event,
            deadline,
            tell,
        };
        let events = &self.events;
        let sent = async {
            events.send(invocation).await.ok();
            told.await
        };
        tokio::select! {
            biased;
            Ok(outcome) = sent => Ok(outcome),
            status = self.child.wait() => Err(status.map_or_else(Why::Lost, Why::Ended)),
            () = sleep(left(deadline)) => Err(Why::TimedOut),
        }
    }
}

//! What a test logs, line by line.

use serde_json::Value;
use shared::cloudwatch::log;
use std::io;
use std::sync::{Arc, LazyLock, Mutex};
use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};

/// What this thread logs, which is what the requests of its test log.
pub struct Log {
    written: Arc<Mutex<Vec<u8>>>,
    _until_dropped: DefaultGuard,
}

/// While there is only one subscriber, tracing asks only the thread that comes first by a line
/// whether the line is wanted: a test without a log would decide for one with.
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

impl Log {
    pub fn at(filter: &str) -> Self {
        LazyLock::force(&SECOND);
        let written = Arc::new(Mutex::new(Vec::new()));
        let writer = written.clone();
        let log = log("allocora-test-payees", filter, move || {
            Writer(writer.clone())
        })
        .unwrap();
        Self {
            written,
            _until_dropped: tracing::subscriber::set_default(log),
        }
    }

    /// The lines since the last taking.
    pub fn take(&self) -> Vec<Value> {
        let text = String::from_utf8(std::mem::take(&mut self.written.lock().unwrap())).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The line of the one request since the last taking.
    #[track_caller]
    pub fn request(&self) -> Value {
        let mut lines = self.take();
        lines.retain(|line| line["message"] == "request");
        assert_eq!(lines.len(), 1);
        lines.remove(0)
    }
}

struct Writer(Arc<Mutex<Vec<u8>>>);

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

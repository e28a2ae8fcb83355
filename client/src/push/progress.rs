//! How far it is, on the error output.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Counts;
use crate::numbers::{counted, grouped};
use crate::output::print_error;

/// How often a line is printed where there is no terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// Shows how far it is: as a bar on a terminal, as lines elsewhere.
pub struct Progress {
    shown: Shown,
    begun: Instant,
}

enum Shown {
    Nothing,
    Lines(Mutex<Instant>),
    Bar(ProgressBar),
}

impl Progress {
    /// A progress that nobody sees.
    pub fn silent() -> Self {
        Self::new(Shown::Nothing)
    }

    /// The progress through a file with so many lines. On a terminal it is a bar.
    pub fn of_lines(lines: u64) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::new(Shown::Lines(Mutex::new(Instant::now())));
        }
        let bar = ProgressBar::with_draw_target(Some(lines), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:30} {percent:>3} % {msg}, {eta} left");
        bar.set_style(style.expect("the template is valid"));
        Self::new(Shown::Bar(bar))
    }

    fn new(shown: Shown) -> Self {
        Self {
            shown,
            begun: Instant::now(),
        }
    }

    /// Shows that every row up to `line` is done. `counts` are those of this run.
    pub(super) fn advance(&self, line: u64, counts: &Counts) {
        match &self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => {
                bar.set_position(line);
                bar.set_message(self.rate(counts));
            }
            Shown::Lines(last) => {
                let mut last = last.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                if last.elapsed() >= LINE_INTERVAL {
                    *last = Instant::now();
                    print_error(&format!("{}, line {}", self.rate(counts), grouped(line)));
                }
            }
        }
    }

    fn rate(&self, counts: &Counts) -> String {
        let seconds = self.begun.elapsed().as_secs_f64().max(f64::EPSILON);
        let rate = grouped((counts.rows as f64 / seconds) as u64);
        format!("{}, {rate} rows/s", counted(counts.rows, "row"))
    }

    /// Prints a sentence above the bar.
    pub fn note(&self, text: &str) {
        match &self.shown {
            Shown::Nothing => {}
            Shown::Lines(_) => print_error(text),
            Shown::Bar(bar) => bar.suspend(|| print_error(text)),
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

//! How far it is, on the error output.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::numbers::{counted, grouped};
use crate::output::print_error;

/// How often a line is printed where there is no terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(10);
/// How often a terminal shows that the program is alive.
const TICK: Duration = Duration::from_millis(200);

/// What is drawn on the terminal. There is one terminal, and lines are printed above the drawing.
static DRAWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Prints a line to the error output, above what is drawn there.
pub fn note(text: &str) {
    match &*locked(&DRAWN) {
        Some(bar) => bar.suspend(|| print_error(text)),
        None => print_error(text),
    }
}

/// Lets something happen once in a while.
#[derive(Debug)]
pub struct Every {
    interval: Duration,
    next: Mutex<Instant>,
}

impl Every {
    /// From `first` on.
    pub fn from(first: Instant, interval: Duration) -> Self {
        Self {
            interval,
            next: Mutex::new(first),
        }
    }

    /// Whether it is time again. If it is, the next time is an interval later.
    pub fn is_due(&self, now: Instant) -> bool {
        let mut next = locked(&self.next);
        let is_due = *next <= now;
        if is_due {
            *next = now + self.interval;
        }
        is_due
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Shows how far it is: drawn on a terminal, as lines elsewhere.
pub struct Progress {
    shown: Shown,
    begun: Instant,
}

enum Shown {
    Nothing,
    Lines(Every),
    Drawn(ProgressBar),
}

impl Progress {
    /// A progress that nobody sees.
    pub fn silent() -> Self {
        Self::new(Shown::Nothing)
    }

    /// The progress through a file with so many lines. On a terminal it is a bar.
    pub fn of_lines(lines: u64) -> Self {
        Self::drawn(Some(lines), "{bar:30} {percent:>3} % {msg}, {eta} left")
    }

    /// The progress of something whose end is not known.
    pub fn counting() -> Self {
        Self::drawn(None, "{spinner} {msg} ({elapsed})")
    }

    fn drawn(length: Option<u64>, template: &str) -> Self {
        let begun = Instant::now();
        if !std::io::stderr().is_terminal() {
            let lines = Every::from(begun + LINE_INTERVAL, LINE_INTERVAL);
            return Self::new(Shown::Lines(lines));
        }
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template(template);
        bar.set_style(style.expect("the template is valid"));
        if length.is_none() {
            bar.enable_steady_tick(TICK);
        }
        *locked(&DRAWN) = Some(bar.clone());
        Self::new(Shown::Drawn(bar))
    }

    fn new(shown: Shown) -> Self {
        Self {
            shown,
            begun: Instant::now(),
        }
    }

    /// Shows that every row up to `line` is done. `rows` are those of this run.
    pub fn lines(&self, line: u64, rows: u64) {
        let rate = || {
            let seconds = self.begun.elapsed().as_secs_f64().max(f64::EPSILON);
            let rate = grouped((rows as f64 / seconds) as u64);
            format!("{}, {rate} rows/s", counted(rows, "row"))
        };
        match &self.shown {
            Shown::Nothing => {}
            Shown::Drawn(bar) => {
                bar.set_position(line);
                bar.set_message(rate());
            }
            Shown::Lines(every) if every.is_due(Instant::now()) => {
                print_error(&format!("{}, line {}", rate(), grouped(line)));
            }
            Shown::Lines(_) => {}
        }
    }

    /// Shows what is done, and how much of it was.
    pub fn step(&self, what: &str, count: u64, noun: &str) {
        let text = || format!("{what}: {}", counted(count, noun));
        match &self.shown {
            Shown::Nothing => {}
            Shown::Drawn(bar) => bar.set_message(text()),
            Shown::Lines(every) if every.is_due(Instant::now()) => print_error(&text()),
            Shown::Lines(_) => {}
        }
    }

    /// Prints a sentence.
    pub fn note(&self, text: &str) {
        match &self.shown {
            Shown::Nothing => {}
            Shown::Lines(_) | Shown::Drawn(_) => note(text),
        }
    }

    /// Removes what is drawn.
    pub fn finish(&self) {
        if let Shown::Drawn(bar) = &self.shown {
            *locked(&DRAWN) = None;
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_happens_at_most_once_in_an_interval() {
        let begun = Instant::now();
        let after = |seconds| begun + Duration::from_secs(seconds);
        let every = Every::from(after(10), Duration::from_secs(10));
        let due: Vec<u64> = (0..40)
            .filter(|seconds| every.is_due(after(*seconds)))
            .collect();
        assert_eq!(due, [10, 20, 30]);
        assert!(every.is_due(after(99)) && !every.is_due(after(100)));
    }
}

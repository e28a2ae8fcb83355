//! Adding a stream to a counter exactly once, although it is delivered at least once.
//!
//! A shard of a stream delivers its records in order, and continues only after a delivery was
//! accepted. So a counter only has to remember its checkpoint in each shard, the last record that
//! it has counted: everything up to it is counted, everything after it is not. One conditional
//! update adds numbers and moves the checkpoint. A record that is delivered again, in the same
//! batch or another, late or to an invocation that timed out long ago, is not after the checkpoint
//! and is dropped.

use std::collections::VecDeque;
use std::fmt;

use super::Numbers;

/// The most attributes of one update. DynamoDB accepts 4 KB of expression, of which an attribute
/// takes about 11 bytes.
const ATTRIBUTES_MAX: usize = 100;

/// The position of a record in its shard. Texts sort in the order of the records.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sequence(String);

impl Sequence {
    /// The sequence number of a stream record, a whole number of up to 40 digits.
    pub fn of_stream(digits: &str) -> Option<Self> {
        let significant = digits.trim_start_matches('0');
        let sound = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        // The number of digits comes first, so that texts sort in the order of the numbers.
        sound.then(|| Self(format!("{:02}{significant}", significant.len())))
    }

    /// A position in a fixed list whose positions sort in its order.
    pub fn of_position(position: String) -> Self {
        Self(position)
    }

    /// The text, by which sequences sort.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one shard has to add to one counter, in order.
#[derive(Clone, Debug, Default)]
pub struct PendingUpdates(VecDeque<(Sequence, Numbers)>);

/// One update of a counter: adds `numbers` and moves the checkpoint to `last`, if the checkpoint is
/// before `first` or missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterUpdate {
    /// The first record in it.
    pub first: Sequence,
    /// The last record in it.
    pub last: Sequence,
    /// The numbers that it adds.
    pub numbers: Numbers,
}

impl PendingUpdates {
    /// Appends the numbers of a record, if the record comes after all earlier ones.
    pub fn push(&mut self, sequence: Sequence, numbers: Numbers) {
        if self.0.back().is_none_or(|(last, _)| *last < sequence) {
            self.0.push_back((sequence, numbers));
        }
    }

    /// The next update, with as many records as fit; `None` if nothing is pending.
    pub fn next(&self) -> Option<CounterUpdate> {
        let (first, numbers) = self.0.front()?;
        let mut step = CounterUpdate {
            first: first.clone(),
            last: first.clone(),
            numbers: numbers.clone(),
        };
        for (sequence, numbers) in self.0.iter().skip(1) {
            let new = numbers
                .keys()
                .filter(|name| !step.numbers.contains_key(*name))
                .count();
            if step.numbers.len() + new > ATTRIBUTES_MAX {
                break;
            }
            for (name, number) in numbers {
                *step.numbers.entry(name.clone()).or_default() += number;
            }
            step.last = sequence.clone();
        }
        Some(step)
    }

    /// Drops what the counter has counted: everything up to its checkpoint.
    pub fn taken(&mut self, mark: &Sequence) {
        while self.0.front().is_some_and(|(sequence, _)| sequence <= mark) {
            self.0.pop_front();
        }
    }
}

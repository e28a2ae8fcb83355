//! Adding a stream to a counter exactly once, although it is delivered at least once.
//!
//! A shard of a stream delivers its records in order, and goes on only after what it delivered was
//! taken. So it is enough that each counter remembers, for each shard, the last record that it has
//! taken: everything up to it is in, everything behind it is not. One conditional update adds and
//! moves that mark. A record that comes again, in the same batch or another, late or from an
//! invocation that was given up long ago, is not behind the mark and is dropped.

use std::collections::VecDeque;
use std::fmt;

use super::Numbers;

/// The most attributes of one update. DynamoDB takes 4 KB of expression; an attribute is about 11
/// bytes of it.
const ATTRIBUTES_MAX: usize = 100;

/// The place of a record in its shard: texts in the order of the records.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sequence(String);

impl Sequence {
    /// The sequence number of a stream record, a whole number of up to 40 digits.
    pub fn of_stream(digits: &str) -> Option<Self> {
        let significant = digits.trim_start_matches('0');
        let sound = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        // The number of digits first, so that texts stand in the order of the numbers.
        sound.then(|| Self(format!("{:02}{significant}", significant.len())))
    }

    /// A place in a fixed list, where the texts are in its order.
    pub fn of_position(position: String) -> Self {
        Self(position)
    }

    /// The text, which orders sequences.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one shard has for one counter, in order.
#[derive(Clone, Debug, Default)]
pub struct PendingUpdates(VecDeque<(Sequence, Numbers)>);

/// The next update of a counter: adds `numbers` and moves the mark to `last`, if the mark is before
/// `first` or not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterUpdate {
    /// The first record in it.
    pub first: Sequence,
    /// The last record in it.
    pub last: Sequence,
    /// What it adds.
    pub numbers: Numbers,
}

impl PendingUpdates {
    /// Puts what a record adds at the end, if it stands behind what is there.
    pub fn push(&mut self, sequence: Sequence, numbers: Numbers) {
        if self.0.back().is_none_or(|(last, _)| *last < sequence) {
            self.0.push_back((sequence, numbers));
        }
    }

    /// The next update: as many records as fit. None when all is done.
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

    /// Drops what the counter has taken: all up to its mark, wherever that is now.
    pub fn taken(&mut self, mark: &Sequence) {
        while self.0.front().is_some_and(|(sequence, _)| sequence <= mark) {
            self.0.pop_front();
        }
    }
}

//! Counting a stream exactly once, under everything that at-least-once delivery can do.
//!
//! A scheduler with a seed plays Lambda: it delivers each shard in order, in batches of any size,
//! ends invocations between two counters or after an update whose answer is lost, delivers again in
//! other batches, lets invocations go on that it has given up, and repeats old batches. Wrong folds
//! have to fail under the same schedules.

use std::collections::BTreeMap;

use domain::counting::{CounterUpdate, Numbers, PendingUpdates, Sequence};
use fastrand::Rng;

const SCHEDULES: u64 = 4_000;
/// Under how many of them a wrong fold has to fail at least.
const FAILURES_MIN: usize = 11;

/// How counters are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fold {
    /// As it should be.
    Exact,
    /// Without marks.
    Unmarked,
    /// Refused only if all of it was taken.
    ComparesTheLast,
    /// What was refused is taken for done.
    DropsTheRefused,
    /// One mark for all counters of a shard, moved at the end of an invocation.
    MarksAtTheEnd,
}

/// What is counted: what each record of each shard adds to which counter.
type Shards = Vec<Vec<BTreeMap<usize, Numbers>>>;

/// The counters, with the mark of each shard.
#[derive(Default)]
struct Store {
    counters: BTreeMap<usize, Numbers>,
    marks: BTreeMap<(usize, usize), Sequence>,
    /// For [`Fold::MarksAtTheEnd`].
    ends: BTreeMap<usize, Sequence>,
}

impl Store {
    /// The conditional update.
    fn add(
        &mut self,
        fold: Fold,
        shard: usize,
        counter: usize,
        step: &CounterUpdate,
    ) -> Result<(), Sequence> {
        if let Some(mark) = self.marks.get(&(counter, shard)) {
            let taken = match fold {
                Fold::Exact | Fold::DropsTheRefused => *mark >= step.first,
                Fold::ComparesTheLast => *mark >= step.last,
                Fold::Unmarked | Fold::MarksAtTheEnd => false,
            };
            if taken {
                return Err(mark.clone());
            }
        }
        self.marks.insert((counter, shard), step.last.clone());
        add(self.counters.entry(counter).or_default(), &step.numbers);
        Ok(())
    }
}

fn add(sum: &mut Numbers, numbers: &Numbers) {
    for (name, number) in numbers {
        *sum.entry(name.clone()).or_default() += number;
    }
}

fn sequence(index: usize) -> Sequence {
    Sequence::of_stream(&(98 + index).to_string()).unwrap()
}

/// An invocation with its batch, which goes on one update at a time.
struct Invocation {
    shard: usize,
    last: usize,
    piles: Vec<(usize, PendingUpdates)>,
}

impl Invocation {
    fn of(
        shards: &Shards,
        shard: usize,
        batch: std::ops::Range<usize>,
        fold: Fold,
        store: &Store,
    ) -> Self {
        let mut piles: BTreeMap<usize, PendingUpdates> = BTreeMap::new();
        for index in batch.clone() {
            let known = fold == Fold::MarksAtTheEnd
                && store
                    .ends
                    .get(&shard)
                    .is_some_and(|end| *end >= sequence(index));
            for (counter, numbers) in shards[shard][index].iter().filter(|_| !known) {
                piles
                    .entry(*counter)
                    .or_default()
                    .push(sequence(index), numbers.clone());
            }
        }
        Self {
            shard,
            last: batch.end - 1,
            piles: piles.into_iter().collect(),
        }
    }

    /// One update of one counter; whether it was the last. The answer may be lost, with what it
    /// would have returned.
    fn go_on(
        &mut self,
        fold: Fold,
        store: &mut Store,
        rng: &mut Rng,
        answer_is_lost: bool,
    ) -> bool {
        if let Some(at) = (!self.piles.is_empty()).then(|| rng.usize(..self.piles.len())) {
            let (counter, pile) = &mut self.piles[at];
            let step = pile.next().unwrap();
            match store.add(fold, self.shard, *counter, &step) {
                _ if answer_is_lost => return false,
                Ok(()) => pile.taken(&step.last),
                Err(_) if fold == Fold::DropsTheRefused => *pile = PendingUpdates::default(),
                Err(mark) => pile.taken(&mark),
            }
            if pile.next().is_none() {
                self.piles.swap_remove(at);
            }
        }
        if self.piles.is_empty() && fold == Fold::MarksAtTheEnd {
            store.ends.insert(self.shard, sequence(self.last));
        }
        self.piles.is_empty()
    }
}

/// Some shards with records that share counters.
fn shards(rng: &mut Rng) -> Shards {
    let counters = rng.usize(1..5);
    let record = |rng: &mut Rng| {
        let of = (0..rng.usize(1..4)).map(|_| rng.usize(..counters));
        let of: Vec<usize> = of.collect();
        of.into_iter()
            .map(|counter| {
                (
                    counter,
                    Numbers::from([(format!("{}", rng.u8(..3)), rng.i128(-9..10))]),
                )
            })
            .collect()
    };
    (0..rng.usize(1..4))
        .map(|_| (0..rng.usize(1..25)).map(|_| record(rng)).collect())
        .collect()
}

/// Runs one schedule; whether every record was counted exactly once.
fn is_exact(fold: Fold, seed: u64) -> bool {
    let mut rng = Rng::with_seed(seed);
    let shards = shards(&mut rng);
    let mut store = Store::default();
    let mut taken = vec![0; shards.len()];
    let mut current: Vec<Option<Invocation>> = shards.iter().map(|_| None).collect();
    let mut given_up: Vec<Invocation> = Vec::new();
    while taken
        .iter()
        .zip(&shards)
        .any(|(taken, records)| *taken < records.len())
    {
        let shard = rng.usize(..shards.len());
        let (from, end) = (taken[shard], shards[shard].len());
        match (current[shard].take(), rng.u8(..20)) {
            // A batch that was taken comes once more, all of it or a part.
            (running, 0) if from > 0 => {
                let again = rng.usize(..from);
                let until = rng.usize(again + 1..=end.min(from + 3));
                // Nothing is ever delivered beyond what is before it.
                given_up.push(Invocation::of(
                    &shards,
                    shard,
                    again..until.min(from),
                    fold,
                    &store,
                ));
                current[shard] = running;
            }
            (None, _) if from < end => {
                let until = rng.usize(from + 1..=end.min(from + 9));
                current[shard] = Some(Invocation::of(&shards, shard, from..until, fold, &store));
            }
            (None, _) => {}
            // It ends between two counters.
            (Some(_), 1) => {}
            // It is given up, and goes on all the same.
            (Some(running), 2) => given_up.push(running),
            (Some(mut running), what) => {
                if running.go_on(fold, &mut store, &mut rng, what == 3) {
                    taken[shard] = running.last + 1;
                } else {
                    current[shard] = Some(running);
                }
            }
        }
        if !given_up.is_empty() && rng.bool() {
            let at = rng.usize(..given_up.len());
            let lost = rng.u8(..10) == 0;
            if given_up[at].go_on(fold, &mut store, &mut rng, lost) || rng.u8(..30) == 0 {
                given_up.swap_remove(at);
            }
        }
    }
    while let Some(mut late) = given_up.pop() {
        while !late.go_on(fold, &mut store, &mut rng, false) {}
    }
    let mut expected: BTreeMap<usize, Numbers> = BTreeMap::new();
    for (counter, numbers) in shards.iter().flatten().flatten() {
        add(expected.entry(*counter).or_default(), numbers);
    }
    store.counters == expected
}

#[test]
fn every_record_is_counted_once_under_any_schedule() {
    for seed in 0..SCHEDULES {
        assert!(is_exact(Fold::Exact, seed), "schedule {seed}");
    }
}

#[test]
fn wrong_folds_fail_under_the_same_schedules() {
    for fold in [
        Fold::Unmarked,
        Fold::ComparesTheLast,
        Fold::DropsTheRefused,
        Fold::MarksAtTheEnd,
    ] {
        let failed = (0..SCHEDULES).filter(|seed| !is_exact(fold, *seed));
        let failed = failed.take(FAILURES_MIN).count();
        assert_eq!(failed, FAILURES_MIN, "{fold:?} fails under too few");
    }
}

#[test]
fn a_step_is_as_large_as_an_update_can_be() {
    let mut pile = PendingUpdates::default();
    for index in 0..250 {
        pile.push(
            sequence(index),
            Numbers::from([(format!("a{index}"), 1), ("all".to_owned(), 1)]),
        );
    }
    let mut all = 0;
    let mut steps = 0;
    while let Some(step) = pile.next() {
        assert!(step.numbers.len() <= 100);
        all += step.numbers["all"];
        steps += 1;
        pile.taken(&step.last);
    }
    assert_eq!((all, steps), (250, 3));
}

#[test]
fn sequences_stand_in_the_order_of_their_numbers() {
    let digits = [
        "0",
        "1",
        "9",
        "10",
        "99",
        "100",
        "123456789012345678901",
        "999999999999999999999",
        "1000000000000000000000",
    ];
    let sequences: Vec<Sequence> = digits
        .iter()
        .map(|digits| Sequence::of_stream(digits).unwrap())
        .collect();
    assert!(sequences.is_sorted());
    assert_eq!(Sequence::of_stream("000012"), Sequence::of_stream("12"));
    assert!(
        ["", "1x", "-1"]
            .iter()
            .all(|text| Sequence::of_stream(text).is_none())
    );
}

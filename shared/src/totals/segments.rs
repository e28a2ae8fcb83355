//! Segments of the list of revenues: neighbours that are counted together.

use domain::counting::TimeSegment;
use domain::value::Date;

use super::counts::Counts;
use crate::lists::ReadLimits;

/// Neighbours in the list that are counted together.
pub(super) struct Segment {
    /// The least and the greatest position.
    pub(super) bounds: (String, String),
    /// How many revenues there are.
    pub(super) all: u64,
    /// How many of them are selected.
    pub(super) selected: u64,
}

impl Segment {
    /// How many rows have to be read to find `needed` selected ones; `None` if that is all of them.
    pub(super) fn expected_rows(&self, needed: usize) -> Option<usize> {
        let selected = usize::try_from(self.selected).unwrap_or(usize::MAX);
        let all = usize::try_from(self.all).unwrap_or(usize::MAX);
        let expected =
            (needed < selected).then(|| needed.saturating_mul(all).div_ceil(selected))?;
        // Selected rows are spread at random: two standard deviations above the mean are rarely too
        // few.
        let spare = if self.selected < self.all {
            2 * expected.isqrt()
        } else {
            0
        };
        Some(expected + spare)
    }
}

/// The segments of a day, newest first; the whole day if they were not read.
pub(super) fn of_day(
    day: Date,
    all: u64,
    selected: u64,
    segments: Option<&Counts<TimeSegment>>,
    limits: ReadLimits,
) -> Vec<Segment> {
    // The counters of a day are written one after another, so that they may differ for a moment. A
    // day that is not too long is then read as a whole; in a long one the segments, which were read
    // later, are the best there is.
    let fits =
        |segments: &Counts<TimeSegment>| segments.all() == all && segments.selected() == selected;
    let segments = segments.filter(|segments| fits(segments) || all > limits.walked_rows_max);
    let Some(segments) = segments else {
        return vec![Segment {
            bounds: (day.to_string(), format!("{day}~")),
            all,
            selected,
        }];
    };
    let segment = |(segment, all): (&TimeSegment, &u64)| Segment {
        bounds: segment.bounds(day),
        all: *all,
        selected: segments.selected.get(segment).copied().unwrap_or_default(),
    };
    segments.all.iter().rev().map(segment).collect()
}

/// Joins segments with selected rows between which there are at most `gap_max` other rows.
pub(super) fn join(segments: Vec<Segment>, gap_max: u64) -> Vec<Segment> {
    let mut spans: Vec<Segment> = Vec::new();
    let mut gap = 0;
    for segment in segments {
        if segment.selected == 0 {
            gap += segment.all;
            continue;
        }
        match spans.last_mut().filter(|_| gap <= gap_max) {
            Some(span) => {
                span.bounds.0 = segment.bounds.0;
                span.all += gap + segment.all;
                span.selected += segment.selected;
            }
            None => spans.push(segment),
        }
        gap = 0;
    }
    spans
}

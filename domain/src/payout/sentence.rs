//! The sentence of an explanation, for people.

use uuid::Uuid;

use super::bands;
use super::compute::{Computed, Reversal};
use super::snapshot::Snapshot;
use super::split::{Line, Split};
use super::units::Units;
use super::window::Window;
use crate::resource::Record;
use crate::revenue::Revenue;
use crate::rule::{Rule, Share};

/// The most lines in a sentence.
const LINES_MAX: usize = 3;

/// What a revenue gives to whom, and why, in one sentence.
pub(super) fn sentence(snapshot: &Snapshot, revenue: &Revenue, computed: &Computed) -> String {
    let (currency, day) = (&revenue.currency, revenue.day());
    let own = computed.own.as_ref();
    let own = |what: &str| own.map(|split| format!("{what}{}", of_split(snapshot, split)));
    let text = match &computed.reversal {
        None => own("").unwrap_or_default(),
        Some(reversal) => {
            let beyond = computed.own.as_ref().map(|split| split.basis.to_string());
            let beyond = beyond.map(|basis| format!("; the remaining {basis}"));
            let beyond = beyond.and_then(|beyond| own(&beyond)).unwrap_or_default();
            format!("{}{beyond}", of_reversal(snapshot, revenue, reversal))
        }
    };
    format!("{} {currency} of {day}{text}.", revenue.amount)
}

fn of_reversal(snapshot: &Snapshot, revenue: &Revenue, reversal: &Reversal) -> String {
    let original = revenue.original_external_id.as_ref();
    let original = original.map_or_else(
        || reversal.original.to_string(),
        |original| original.as_str().to_owned(),
    );
    let taken = Units::from(reversal.split.basis);
    let left = reversal.remaining_before.remaining();
    let lines = reversal.split.lines.iter();
    let lines = lines.map(|line| format!("{} from {}", -line.amount, name(snapshot, line.payee)));
    let lines = list(lines.collect());
    let nobody = rest(-reversal.split.unallocated);
    format!(
        " takes back {} of {original}, of which {left} was left: {lines}{nobody}",
        -taken
    )
}

fn of_split(snapshot: &Snapshot, split: &Split) -> String {
    let nobody = rest(split.unallocated);
    let rule = split.rule.and_then(|id| snapshot.rule(id));
    let Some(rule) = rule else {
        let lines = split.lines.iter();
        let lines = lines.map(|line| format!("{} to {}", line.amount, name(snapshot, line.payee)));
        return match list(lines.collect()).as_str() {
            "" => format!(" matches no rule{nobody}"),
            lines => format!(" matches no rule: by fallback {lines}{nobody}"),
        };
    };
    let only = split.lines.len() == 1;
    let lines = split.lines.iter().map(|line| {
        let to = match only {
            true => String::new(),
            false => format!(" to {}", name(snapshot, line.payee)),
        };
        format!("{}{to}", shares(rule, split, line))
    });
    let lines = list(lines.collect());
    let on = split.accumulated.as_ref().map(|sums| {
        let window = match sums.window {
            Window::Lifetime => "over all time".to_owned(),
            Window::Month(..) | Window::Quarter(..) | Window::Year(_) => {
                format!("in {}", sums.window)
            }
        };
        format!(", on {} accumulated {window}", sums.before)
    });
    let label = rule.body.external_id.as_ref();
    let label = label.map_or_else(|| rule.id.to_string(), |id| id.as_str().to_owned());
    let version = rule.version;
    let priority = rule.body.priority;
    let on = on.unwrap_or_default();
    format!(" under {label} v{version} (priority {priority}): {lines}{on}")
}

/// The percentages of a line, each with the amount that it applies to.
fn shares(rule: &Record<Rule>, split: &Split, line: &Line) -> String {
    let mut allocations = rule.body.allocations.iter();
    let allocation = allocations.find(|allocation| allocation.payee_id == line.payee);
    let parts = match (allocation.map(|found| &found.share), &split.accumulated) {
        (Some(Share::Tiered { tiers }), Some(sums)) => bands::parts(tiers, sums.before, sums.after)
            .map(|part| format!("{} at {} %", part.basis, part.percentage))
            .collect(),
        (Some(Share::Flat { percentage }), _) => vec![format!("{percentage} %")],
        (Some(Share::Tiered { .. }) | None, _) => vec![line.amount.to_string()],
    };
    list(parts)
}

fn rest(unallocated: Units) -> String {
    match unallocated == Units::ZERO {
        true => String::new(),
        false => format!(", {unallocated} unallocated"),
    }
}

fn name(snapshot: &Snapshot, payee: Uuid) -> String {
    let external_id = snapshot.payee(payee);
    let external_id = external_id.and_then(|payee| payee.body.external_id.as_ref());
    external_id.map_or_else(|| payee.to_string(), |id| id.as_str().to_owned())
}

/// The parts with commas and an `and`; of many, only the first.
fn list(mut parts: Vec<String>) -> String {
    let more = parts.len().saturating_sub(LINES_MAX);
    if more > 0 {
        parts.truncate(LINES_MAX);
        parts.push(format!("{more} more"));
    }
    match parts.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}

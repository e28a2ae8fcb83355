//! Prints the tables, and compares the costs with the goals.

use crate::measure::{Case, Cost};
use crate::scene::Scene;

/// The goals: the most steps and read units of any page, and the greatest ratio between the times
/// of the last page and the first.
const STEPS_MAX: usize = 3;
const UNITS_MAX: f64 = 20.0;
const TIME_MAX: f64 = 1.5;

/// The costs at one size.
pub struct Measured {
    /// The pages. The first ones are those of the whole list.
    pub cases: Vec<Case>,
    /// Their costs with counters.
    pub counted: Vec<Cost>,
    /// Their costs by walking, where measured.
    pub walked: Vec<Option<Cost>>,
}

impl Measured {
    /// Prints the table of a size. All times are compared with the first row's time with counters.
    pub fn print(&self, scene: &Scene) {
        let (size, bytes) = (scene.rows.len(), scene.item_bytes);
        let (loaded, counted) = (scene.loaded.as_secs_f64(), scene.counted.as_secs_f64());
        println!("\n### {} revenues\n", grouped(size));
        println!("{bytes} bytes each; loaded in {loaded:.1} s, counted in {counted:.1} s.\n");
        println!(
            "| list | page | calls | steps | read units (days + parts + rows) | ms | walked: calls | read units | ms |"
        );
        println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        let base = self.counted.first().map_or(f64::NAN, |cost| cost.time);
        for ((case, counted), walked) in self.cases.iter().zip(&self.counted).zip(&self.walked) {
            let page = format!("{} of {}", grouped(case.page), grouped(case.pages));
            let Cost {
                calls,
                steps,
                days,
                parts,
                rows,
                ..
            } = counted;
            let units = format!("{} ({days} + {parts} + {rows})", counted.units());
            let walked = walked
                .as_ref()
                .map_or([const { String::new() }; 3], |walked| {
                    [
                        grouped(walked.calls),
                        grouped(walked.units().ceil() as usize),
                        time(walked, base),
                    ]
                });
            let (list, time, walked) = (case.list, time(counted, base), walked.join(" | "));
            println!("| {list} | {page} | {calls} | {steps} | {units} | {time} | {walked} |");
        }
    }

    /// Prints whether the goals are met at this size.
    pub fn judge(&self, size: usize) {
        let steps = self
            .counted
            .iter()
            .map(|cost| cost.steps)
            .max()
            .unwrap_or_default();
        let costs = self.cases.iter().zip(&self.counted);
        let most_expensive = costs
            .clone()
            .max_by(|(_, one), (_, other)| one.units().total_cmp(&other.units()));
        let (list, units) =
            most_expensive.map_or(("", 0.0), |(case, cost)| (case.list, cost.units()));
        let of_all: Vec<f64> = costs
            .filter(|(case, _)| case.query.is_empty())
            .map(|(_, cost)| cost.time)
            .collect();
        let ratio = of_all.last().copied().unwrap_or(f64::NAN)
            / of_all.first().copied().unwrap_or(f64::NAN);
        let (size, pages) = (
            grouped(size),
            grouped(self.cases.first().map_or(0, |case| case.pages)),
        );
        println!(
            "\nAt {size} revenues each of these pages takes at most {steps} steps (goal {STEPS_MAX}: {}) and {units} read \
             units (goal {UNITS_MAX}: {}; the most expensive page is in the list {list}); page {pages} takes {ratio:.2} times page 1 \
             (goal {TIME_MAX}: {}).",
            met(steps <= STEPS_MAX),
            met(units <= UNITS_MAX),
            met(ratio <= TIME_MAX),
        );
    }
}

fn met(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}

/// A time, and its ratio to the first one.
fn time(cost: &Cost, base: f64) -> String {
    format!("{:.2} ({:.2}×)", cost.time, cost.time / base)
}

/// A number with commas between groups of three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| str::from_utf8(group).unwrap_or_default())
        .collect();
    groups.join(",")
}

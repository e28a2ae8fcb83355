//! The report, for people.

use std::path::PathBuf;

use domain::revenue::Revenue;
use domain::value::{ExternalId, StringEnum};
use serde_json::Value;

use super::repair::Advice;
use crate::numbers::{counted, grouped};
use crate::reconcile::{Cell, Different, FieldDifference, Place, Range, Report};
use crate::table::{Align, Table};

use Align::{Left, Right};

/// The report, with at most `show` rows of each table.
pub fn text(report: &Report, files: &[PathBuf], show: usize, advice: &Advice) -> String {
    let text = Text {
        report,
        files,
        show,
    };
    let mut lines = text.head();
    lines.extend(text.rejected());
    lines.extend(text.days());
    lines.extend(text.only_file());
    lines.extend(text.only_api());
    lines.extend(text.different());
    lines.extend(text.twice());
    if !advice.commands.is_empty() || !advice.notes.is_empty() {
        lines.extend([String::new(), "to repair:".to_owned()]);
        lines.extend(advice.commands.iter().map(|command| format!("  {command}")));
        lines.extend(advice.notes.clone());
    }
    lines.join("\n")
}

struct Text<'a> {
    report: &'a Report,
    files: &'a [PathBuf],
    show: usize,
}

impl Text<'_> {
    fn head(&self) -> Vec<String> {
        let report = self.report;
        let names = report.sources.iter().map(|source| source.name.as_str());
        let names = names.collect::<Vec<_>>().join(", ");
        let Range { from, to } = report.range;
        let days = match from == to {
            true => from.to_string(),
            false => format!("{from} to {to}"),
        };
        let rows = counted(report.rows.compared, "row");
        let mut lines = vec![format!("compared: {rows} of {days} (UTC), source: {names}")];
        let notes = [
            (
                report.rows.repeated,
                "more than once with the same values, counted once",
            ),
            (
                report.rows.outside,
                "of other days or sources, not compared",
            ),
            (report.rows.skipped, "left out by the map"),
            (
                report.found.corrected as u64,
                "with another amount, but corrected by adjustments",
            ),
        ];
        let notes = notes.into_iter().filter(|(count, _)| *count > 0);
        lines.extend(notes.map(|(count, note)| format!("{} {note}", counted(count, "row"))));
        lines.push(self.verdict());
        lines
    }

    fn verdict(&self) -> String {
        let (report, found) = (self.report, &self.report.found);
        if report.is_equal() {
            return "equal: the API has the same revenues".to_owned();
        }
        let counts = [
            (report.rows.rejected, "cannot be read"),
            (found.only_file.len() as u64, "only in the files"),
            (found.only_api.len() as u64, "only in the API"),
            (found.different.len() as u64, "different"),
            (
                report.rows.contradicting,
                "in the files before with other values",
            ),
        ];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let mut counts: Vec<String> = counts
            .map(|(count, what)| format!("{} {what}", grouped(count)))
            .collect();
        if report.not_compared > 0 {
            counts.push("further days not compared row by row".to_owned());
        }
        format!("not equal: {}", counts.join(", "))
    }

    fn rejected(&self) -> Vec<String> {
        let first = &self.report.rows.first_rejected;
        let rows = first.iter().take(self.show).map(|row| {
            let problems = row.problems.iter().map(ToString::to_string);
            let problems = problems.collect::<Vec<_>>().join("; ");
            format!("{}: {problems}", self.place(&row.place))
        });
        self.section(
            "cannot be read",
            rows.collect(),
            self.report.rows.rejected as usize,
        )
    }

    /// Only of the days that really differ: counters can be behind the rows.
    fn days(&self) -> Vec<String> {
        if self.report.is_equal() {
            return Vec::new();
        }
        let mut table = Table::new(&[
            ("day", Left),
            ("currency", Left),
            ("type", Left),
            ("source", Left),
            ("in the files", Right),
            ("in the API", Right),
            ("sum in the files", Right),
            ("sum in the API", Right),
        ]);
        for cell in self.report.cells.iter().take(self.show) {
            table.row([
                &cell.day.to_string(),
                &cell.group.currency.to_string(),
                cell.group.kind.name(),
                self.source(cell),
                &grouped(cell.ours.count),
                &grouped(cell.theirs.count),
                &cell.ours.amount.to_string(),
                &cell.theirs.sum,
            ]);
        }
        self.section("days", table.lines(), self.report.cells.len())
    }

    fn source<'a>(&'a self, cell: &Cell) -> &'a str {
        let mut sources = self.report.sources.iter();
        let source = sources.find(|source| source.id == cell.group.source);
        source.map_or("", |source| &source.name)
    }

    fn only_file(&self) -> Vec<String> {
        let rows = &self.report.found.only_file;
        let mut table = revenue_table("row");
        for row in rows.iter().take(self.show) {
            add_revenue(&mut table, &self.place(&row.place), &row.revenue);
        }
        let mut lines = self.section("only in the files", table.lines(), rows.len());
        let not_looked_up = self.report.found.not_looked_up as u64;
        if not_looked_up > 0 {
            let rows = counted(not_looked_up, "row");
            lines.push(format!(
                "  {rows} of these may be in the API on a day outside the range"
            ));
        }
        lines
    }

    fn only_api(&self) -> Vec<String> {
        let rows = &self.report.found.only_api;
        let mut table = revenue_table("id");
        for revenue in rows.iter().take(self.show) {
            add_revenue(&mut table, &revenue.id.to_string(), revenue);
        }
        self.section("only in the API", table.lines(), rows.len())
    }

    fn different(&self) -> Vec<String> {
        let rows = &self.report.found.different;
        let mut table = Table::new(&[
            ("row", Left),
            ("external_id", Left),
            ("field", Left),
            ("in the file", Left),
            ("in the API", Left),
        ]);
        for one in rows.iter().take(self.show) {
            for field in &one.fields {
                table.row([
                    &self.place(&one.row.place),
                    external_id(&one.row.revenue),
                    field.field,
                    &plain(&field.in_file),
                    &in_api(one, field),
                ]);
            }
        }
        self.section("different", table.lines(), rows.len())
    }

    fn twice(&self) -> Vec<String> {
        let rows = &self.report.found.twice;
        let mut table = Table::new(&[
            ("row", Left),
            ("external_id", Left),
            ("field", Left),
            ("value", Left),
            ("before", Left),
            ("in row", Left),
        ]);
        for one in rows.iter().take(self.show) {
            for field in &one.fields {
                table.row([
                    &self.place(&one.row.place),
                    external_id(&one.row.revenue),
                    field.field,
                    &plain(&field.in_file),
                    &plain(&field.other),
                    &self.place(&one.first),
                ]);
            }
        }
        let all = self.report.rows.contradicting as usize;
        self.section("in the files before with other values", table.lines(), all)
    }

    /// A title with what is below it; nothing if there is nothing.
    fn section(&self, title: &str, lines: Vec<String>, all: usize) -> Vec<String> {
        if all == 0 {
            return Vec::new();
        }
        let mut section = vec![String::new(), format!("{title}: {}", grouped(all as u64))];
        section.extend(lines.iter().map(|line| format!("  {line}")));
        if all > self.show {
            let more = grouped((all - self.show) as u64);
            section.push(format!(
                "  ... and {more} more: see --show, or --output json"
            ));
        }
        section
    }

    fn place(&self, place: &Place) -> String {
        format!("{}:{}", self.files[place.file].display(), place.line)
    }
}

fn revenue_table(first: &'static str) -> Table {
    Table::new(&[
        (first, Left),
        ("external_id", Left),
        ("type", Left),
        ("amount", Right),
        ("currency", Left),
        ("occurred_at", Left),
    ])
}

fn add_revenue(table: &mut Table, first: &str, revenue: &Revenue) {
    table.row([
        first,
        external_id(revenue),
        revenue.kind.name(),
        &revenue.amount.to_string(),
        &revenue.currency.to_string(),
        &revenue.occurred_at.to_string(),
    ]);
}

fn external_id(revenue: &Revenue) -> &str {
    revenue.external_id.as_ref().map_or("", ExternalId::as_str)
}

/// What the API has in a field, with the adjustments of an amount.
fn in_api(one: &Different, field: &FieldDifference) -> String {
    let stored = plain(&field.other);
    match field.field == "amount" && !one.adjustments.is_empty() {
        true => format!("{stored}, adjusted by {}", one.adjusted_by()),
        false => stored,
    }
}

/// A text without quotation marks, anything else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

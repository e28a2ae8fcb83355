//! What `allocora push` did.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Corrections;
use crate::commands::check::{problem_json, shown, without_external_id};
use crate::exit::Exit;
use crate::numbers::counted;
use crate::output::sentence;
use crate::push::{Conflict, Counts, FileReport, PushError, RejectedRow};

/// What `allocora push` did.
pub struct Summary {
    /// The files that were begun.
    pub files: Vec<FileReport>,
    /// How many were not.
    pub files_left: usize,
    corrections: Corrections,
}

impl FileReport {
    /// Whether the next file can be sent: a file that cannot be read is its own problem.
    pub fn goes_on(&self) -> bool {
        match &self.ended {
            None | Some(PushError::File(_) | PushError::Changed(_)) => true,
            Some(PushError::Output(_)) => self.counts.rows == 0,
            Some(PushError::Api(_) | PushError::Interrupted) => false,
        }
    }

    fn exit(&self) -> Exit {
        match &self.ended {
            // Another run would not change that.
            Some(PushError::File(error)) if !error.is_io => Exit::Usage.max(self.counts.exit()),
            Some(PushError::Output(_)) if self.counts.rows == 0 => Exit::Usage,
            Some(_) => Exit::Unfinished,
            None => self.counts.exit(),
        }
    }
}

impl Summary {
    /// An empty one.
    pub fn of(corrections: Corrections) -> Self {
        Self {
            files: Vec::new(),
            files_left: 0,
            corrections,
        }
    }

    /// What it means for a scheduler.
    pub fn exit(&self) -> Exit {
        let worst = self.files.iter().map(FileReport::exit).max();
        match self.files_left {
            0 => worst.unwrap_or(Exit::Done),
            _ => Exit::Unfinished,
        }
    }

    /// Why files were not finished.
    pub fn errors(&self) -> impl Iterator<Item = String> {
        self.files.iter().filter_map(|file| {
            let sentence = sentence(file.ended.as_ref()?);
            let name = shown(&file.file);
            Some(match sentence.contains(&name) {
                true => sentence,
                false => format!("{name}: {sentence}"),
            })
        })
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut lines: Vec<String> = self
            .files
            .iter()
            .flat_map(|file| file_lines(file, self.corrections))
            .collect();
        if self.files.len() > 1 {
            let mut total = Counts::default();
            self.files
                .iter()
                .for_each(|file| total.add_all(&file.counts));
            lines.push(format!("total: {}", counted(total.rows, "row")));
            lines.extend(count_lines(&total, None, None));
        }
        if self.files_left > 0 {
            lines.push(format!(
                "{} not begun",
                counted(self.files_left as u64, "file")
            ));
        }
        lines.join("\n")
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let files: Vec<Value> = self.files.iter().map(file_json).collect();
        let mut total = Counts::default();
        self.files
            .iter()
            .for_each(|file| total.add_all(&file.counts));
        json!({
            "exit_code": self.exit() as u8,
            "total": total,
            "files": files,
            "files_left": self.files_left,
        })
    }
}

fn file_lines(report: &FileReport, corrections: Corrections) -> Vec<String> {
    let counts = &report.counts;
    let file = report.file.display();
    let mut lines = vec![format!("{file}: {}", counted(counts.rows, "row"))];
    lines.extend(count_lines(
        counts,
        report.rejects.as_deref().map(shown),
        report.conflicts.as_deref().map(shown),
    ));
    let rejected = &report.first_rejected;
    lines.extend(rejected.iter().map(rejected_line));
    lines.extend(cut(
        rejected.len(),
        counts.rejected + counts.outcome_unknown,
    ));
    let conflicts = &report.first_conflicts;
    lines.extend(conflicts.iter().map(conflict_line));
    let rows: BTreeSet<u64> = conflicts.iter().map(|conflict| conflict.line).collect();
    lines.extend(cut(rows.len(), counts.conflicts));
    let is_more_than_amount = conflicts.iter().any(|conflict| conflict.field != "amount");
    if is_more_than_amount && corrections == Corrections::Adjust {
        let note = "not corrected: an adjustment is sent only where nothing but the amount differs";
        lines.push(format!("    {note}"));
    }
    if counts.without_external_id > 0 {
        lines.push(format!(
            "  {}",
            without_external_id(counts.without_external_id)
        ));
    }
    lines.extend(corrected_back(counts.corrected_back));
    if let Some(ended) = &report.ended {
        let what = match ended {
            PushError::File(_) => "not read to its end",
            PushError::Changed(_)
            | PushError::Output(_)
            | PushError::Api(_)
            | PushError::Interrupted => "not finished",
        };
        lines.push(format!("  {what}"));
    }
    lines
}

/// That there are more rows than those that are shown.
fn cut(shown: usize, all: u64) -> Option<String> {
    (shown > 0 && all > shown as u64).then(|| "    ...".to_owned())
}

/// That adjustments may go back and forth.
fn corrected_back(count: u64) -> Option<String> {
    let (was, they) = match count {
        0 => return None,
        1 => ("was", "it"),
        _ => ("were", "they"),
    };
    let revenues = counted(count, "revenue");
    Some(format!(
        "  warning: {revenues} {was} adjusted to an amount {they} had before: do files contradict \
         each other?"
    ))
}

fn rejected_line(row: &RejectedRow) -> String {
    let problems: Vec<String> = row.problems.iter().map(ToString::to_string).collect();
    format!("    line {}: {}", row.line, problems.join("; "))
}

/// The counts that are not zero, with the files that have more about them.
fn count_lines(counts: &Counts, rejects: Option<String>, conflicts: Option<String>) -> Vec<String> {
    let counted = counts.named().into_iter().filter(|(_, count)| *count > 0);
    let lines = counted.map(|(name, count)| {
        let file = match name {
            "conflicts" => conflicts.as_deref(),
            "rejected" | "outcome_unknown" => rejects.as_deref(),
            _ => None,
        };
        let line = format!("  {name:<18} {:>10}", crate::numbers::grouped(count));
        file.map_or(line.clone(), |file| format!("{line}  {file}"))
    });
    lines.collect()
}

fn conflict_line(conflict: &Conflict) -> String {
    let value = |value: &Option<Value>| value.as_ref().map_or("?".to_owned(), Value::to_string);
    let note = conflict.note.as_ref();
    let note = note.map_or(String::new(), |note| format!("; {note}"));
    format!(
        "    line {}, {}: {} is stored as {}, the file has {}{note}",
        conflict.line,
        domain::problem::quote(&conflict.external_id),
        conflict.field,
        value(&conflict.stored),
        value(&conflict.submitted),
    )
}

fn file_json(report: &FileReport) -> Value {
    let problems = |row: &RejectedRow| row.problems.iter().map(problem_json).collect::<Value>();
    let rejected = report.first_rejected.iter();
    let rejected = rejected.map(|row| json!({"line": row.line, "problems": problems(row)}));
    json!({
        "file": shown(&report.file),
        "counts": report.counts,
        "rejects_file": report.rejects.as_deref().map(shown),
        "conflicts_file": report.conflicts.as_deref().map(shown),
        "first_conflicts": report.first_conflicts,
        "first_rejected": rejected.collect::<Vec<_>>(),
        "error": report.ended.as_ref().map(|ended| sentence(ended)),
    })
}

//! What to do about differences.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use serde_json::Value;

use super::Arguments;
use crate::commands::Failed;
use crate::config::ConnectionArguments;
use crate::exit::Exit;
use crate::export::Target;
use crate::reconcile::{BookRow, Different, Report};

/// What to do about the differences of a report.
#[derive(Default)]
pub struct Advice {
    /// Commands that can be run as they are.
    pub commands: Vec<String>,
    /// What only people can decide.
    pub notes: Vec<String>,
}

/// Whether a difference can be corrected by an adjustment.
fn is_adjustable(one: &Different) -> bool {
    one.row.revenue.external_id.is_some() && one.fields.iter().all(|field| field.field == "amount")
}

/// The rows that can be corrected by an adjustment, of which the files have one value.
fn adjustable(report: &Report) -> impl Iterator<Item = &BookRow> {
    let adjustable = report
        .found
        .different
        .iter()
        .filter(|one| is_adjustable(one));
    let rows = adjustable.map(|one| &one.row);
    rows.filter(|row| report.is_clear(row))
}

/// The rows that `push` can put right: missing ones, and those with another amount.
fn repairable(report: &Report) -> impl Iterator<Item = &BookRow> {
    let missing = report.found.only_file.iter();
    let missing = missing.filter(|row| report.is_clear(row));
    missing.chain(adjustable(report))
}

/// Writes the rows that can be put right as NDJSON.
pub fn write(report: &Report, target: Target) -> Result<(), Failed> {
    let written = write_rows(report, target.writer());
    let completed = written.map_err(|error| target.unwritable(error));
    let completed = completed.and_then(|()| target.complete());
    completed.map_err(|error| Failed::new(Exit::Unfinished, &error))
}

fn write_rows(report: &Report, file: &File) -> io::Result<()> {
    let mut writer = BufWriter::new(file);
    for row in repairable(report) {
        writeln!(writer, "{}", Value::Object(row.record.clone()))?;
    }
    writer.flush()
}

/// What to do.
pub fn advice(report: &Report, arguments: &Arguments, connection: &ConnectionArguments) -> Advice {
    let mut advice = Advice::default();
    let push = |files: &[String]| {
        let mut words = vec!["allocora".to_owned()];
        words.extend(connection.words());
        words.extend(["push".to_owned(), "revenues".to_owned()]);
        words.extend_from_slice(files);
        words
            .iter()
            .map(|word| quoted(word))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let files = || {
        let paths = arguments
            .files
            .iter()
            .map(|path| path.display().to_string());
        let words = paths.chain(arguments.reading.words());
        words.collect::<Vec<String>>()
    };
    if report.rows.rejected > 0 {
        advice.commands.push(format!("{} --check", push(&files())));
    }
    let adjust = if adjustable(report).next().is_some() {
        " --corrections adjust"
    } else {
        ""
    };
    match (repairable(report).next(), &arguments.repair) {
        (None, _) => {}
        (Some(_), Some(path)) => {
            let repair = push(&[path.display().to_string()]);
            advice.commands.push(format!("{repair}{adjust}"));
        }
        (Some(_), None) if report.rows.without_external_id == 0 => {
            advice.commands.push(format!("{}{adjust}", push(&files())));
        }
        (Some(_), None) => advice.notes.push(
            "Some rows have no external_id, and pushing the files would create these again: run this again with \
             --repair FILE, and push that file."
                .to_owned(),
        ),
    }
    advice.notes.extend(notes(report));
    advice
}

fn notes(report: &Report) -> Vec<String> {
    let found = &report.found;
    let is_fixed = |one: &Different| !is_adjustable(one);
    let notes = [
        (
            found.different.iter().any(is_fixed),
            "A stored revenue never changes: where more than an amount differs, correct the file, or send an \
             adjustment yourself.",
        ),
        (
            !found.only_api.is_empty(),
            "A revenue that only the API has is missing in the files, or was sent by mistake: then send an adjustment \
             of the opposite amount.",
        ),
        (
            report.rows.contradicting > 0,
            "Rows with the same external_id have different values, and nobody but you knows which is right: correct \
             the files, or give the rows different external ids. No push corrects them.",
        ),
        (
            report.not_compared > 0,
            "Not all days were compared row by row: compare fewer with --from and --to, or raise --rows-max.",
        ),
    ];
    let notes = notes.into_iter().filter(|(applies, _)| *applies);
    notes.map(|(_, note)| note.to_owned()).collect()
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&byte);
    match !word.is_empty() && word.bytes().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(quoted("may-2026.csv"), "may-2026.csv");
        assert_eq!(quoted("it's may.csv"), r"'it'\''s may.csv'");
        assert_eq!(quoted("$(x)"), "'$(x)'");
        assert_eq!(quoted(";"), "';'");
    }
}

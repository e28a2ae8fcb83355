//! The report, for programs.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::repair::Advice;
use crate::commands::check::{problem_json, shown};
use crate::reconcile::{
    BookRow, Cell, Different, FieldDifference, ListedSums, Place, Report, Twice,
};

/// The report, for programs: all of it.
pub fn json(report: &Report, files: &[PathBuf], advice: &Advice) -> Value {
    let place = |place: &Place| json!({"file": shown(&files[place.file]), "line": place.line});
    let row = |row: &BookRow| {
        let mut json = place(&row.place);
        json["record"] = Value::Object(row.record.clone());
        json
    };
    let different = |one: &Different| {
        let mut json = row(&one.row);
        json["fields"] = fields(&one.fields, "api");
        json["stored"] = json!(one.stored);
        json["adjusted_by"] = json!(one.adjusted_by());
        json["adjustments"] = json!(one.adjustments);
        json
    };
    let twice = |one: &Twice| {
        let mut json = row(&one.row);
        json["first"] = place(&one.first);
        json["fields"] = fields(&one.fields, "first");
        json
    };
    let rejected = report.rows.first_rejected.iter().map(|rejected| {
        let mut json = place(&rejected.place);
        json["problems"] = rejected.problems.iter().map(problem_json).collect();
        json
    });
    let sources = report.sources.iter();
    let sources = sources.map(|source| json!({"id": source.id, "name": source.name}));
    let found = &report.found;
    json!({
        "exit_code": super::exit(report) as u8,
        "equal": report.is_equal(),
        "from": report.range.from,
        "to": report.range.to,
        "sources": sources.collect::<Vec<_>>(),
        "rows": report.rows.compared,
        "rows_repeated": report.rows.repeated,
        "rows_contradicting": report.rows.contradicting,
        "rows_outside": report.rows.outside,
        "rows_skipped": report.rows.skipped,
        "rows_without_external_id": report.rows.without_external_id,
        "rows_rejected": report.rows.rejected,
        "first_rejected": rejected.collect::<Vec<_>>(),
        "days": report.cells.iter().map(cell_json).collect::<Vec<_>>(),
        "days_not_compared": report.not_compared,
        "only_in_files": found.only_file.iter().map(row).collect::<Vec<_>>(),
        "only_in_api": found.only_api,
        "different": found.different.iter().map(different).collect::<Vec<_>>(),
        "twice_in_files": found.twice.iter().map(twice).collect::<Vec<_>>(),
        "corrected": found.corrected,
        "not_looked_up": found.not_looked_up,
        "commands": advice.commands,
        "notes": advice.notes,
    })
}

/// The fields in which a row of the files differs from something else.
fn fields(fields: &[FieldDifference], other: &str) -> Value {
    let fields = fields
        .iter()
        .map(|field| json!({"field": field.field, "file": field.in_file, other: field.other}));
    fields.collect()
}

fn cell_json(cell: &Cell) -> Value {
    let sums =
        |sums: &ListedSums| json!({"count": sums.count, "sum": sums.sum, "digest": sums.digest});
    json!({
        "day": cell.day,
        "currency": cell.group.currency,
        "type": cell.group.kind,
        "revenue_source_id": cell.group.source,
        "files": sums(&cell.ours.into()),
        "api": sums(&cell.theirs),
    })
}

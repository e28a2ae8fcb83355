//! How the rows of one file become records of one kind.

use std::collections::BTreeSet;

use domain::fields::{object, unknown_field};
use domain::json;
use domain::problem::{Code, ErrorSink, PROBLEMS_MAX, Problems, quote};
use serde_json::{Map, Value};

use super::Mapping;
use super::build::{self, Columns};
use super::cells::Cells;
use super::convert::Convert;
use super::field::{Condition, FieldPlan};
use super::file::FileTable;
use super::shape::KindFields;
use crate::kind::RecordKind;
use crate::rows::{FileError, Original, RowProblem};

/// How the rows of one file become records of one kind.
pub struct Plan {
    fields: Vec<FieldPlan>,
    skip: Vec<Condition>,
    trim: bool,
    currency: Option<String>,
    /// The members that JSON rows may have; any if nothing is mapped.
    members: Members,
}

/// The members that JSON rows may have.
enum Members {
    /// Those of a record: nothing is mapped.
    OfRecord,
    /// These, because nothing may be lost silently.
    Only(BTreeSet<String>),
    /// Any: the map ignores the others.
    Any,
}

/// What became of a row.
pub enum Mapped {
    /// A rule of the map leaves it out.
    Skipped,
    /// It is not a row of which any part can be read.
    Unreadable(Vec<RowProblem>),
    /// A record, as far as the row could be read.
    Record(Map<String, Value>, Vec<RowProblem>),
}

impl Plan {
    /// Plans without a map: columns are fields, and JSON rows are records.
    ///
    /// # Errors
    /// A column that is no field.
    pub fn plain(kind: RecordKind, header: Option<&[String]>) -> Result<Self, String> {
        let known = KindFields::of(kind);
        let mut columns = Columns::new(header);
        let mut fields = Vec::new();
        for name in header.unwrap_or_default() {
            let (path, shape) = known.find(name).ok_or_else(|| {
                let others: Vec<&str> = known.others.iter().map(|field| &*field.name).collect();
                let unknown = unknown_field(name, &known.names(), &others);
                let (column, key) = (quote(name), quote(&format!("metadata.{name}")));
                format!("column {column} {unknown}. To keep it, name it {key}; to leave it out, ignore it in a map")
            })?;
            fields.push(build::plain(path, shape, columns.find(name)?));
        }
        Ok(Self {
            fields,
            skip: Vec::new(),
            trim: false,
            currency: None,
            members: Members::OfRecord,
        })
    }

    /// Plans with a map.
    ///
    /// # Errors
    /// What does not fit together: the map, the kind, and the columns.
    pub fn mapped(
        mapping: &Mapping,
        kind: RecordKind,
        header: Option<&[String]>,
    ) -> Result<Self, FileError> {
        let known = KindFields::of(kind);
        let mut columns = Columns::new(header);
        let mut skip = Vec::new();
        for table in &mapping.table.skip {
            let place = table.column.span().start;
            let condition = columns.condition(table);
            skip.push(condition.map_err(|detail| mapping.error(place, format!("skip: {detail}")))?);
        }
        let mut fields = Vec::new();
        for (path, table) in &mapping.table.fields {
            let field = build::field(path.get_ref(), table, &known, &mut columns);
            let at = |detail| {
                let detail = format!("fields.{}: {detail}", path.get_ref());
                mapping.error(path.span().start, detail)
            };
            fields.push(field.map_err(at)?);
        }
        // Amounts last: they may depend on the currency and the type.
        let place = |field: &FieldPlan| {
            let mut names = known.writable.iter();
            let place = names.position(|known| known.name == field.path[0]);
            (matches!(field.convert, Convert::Number(_)), place)
        };
        fields.sort_by_key(place);
        let used: BTreeSet<String> = columns.used.into_iter().collect();
        let file = &mapping.table.file;
        let left = left(file, &used, header);
        if !left.is_empty() {
            let detail = format!(
                "the map does not use these columns of the file: {}. Use them in [fields], or name them in ignore \
                 of [file]",
                left.join(", ")
            );
            return Err(mapping.error_of_file(detail));
        }
        let members = used.iter().chain(&file.ignore).flat_map(|name| {
            let first = name.split('.').next().unwrap_or_default();
            [name.clone(), first.to_owned()]
        });
        Ok(Self {
            fields,
            skip,
            trim: file.trim,
            currency: known.currency().map(str::to_owned),
            members: match file.ignore_others {
                true => Members::Any,
                false => Members::Only(members.collect()),
            },
        })
    }

    /// The record that a row becomes.
    pub fn apply(&self, original: &Original) -> Mapped {
        match original {
            Original::Csv(cells) => self.cells(Cells::Csv(cells), Vec::new()),
            Original::Json(text) => match parse(text) {
                Err(problems) => Mapped::Unreadable(problems),
                Ok(object) => match &self.members {
                    Members::OfRecord => Mapped::Record(object, Vec::new()),
                    Members::Any => self.cells(Cells::Json(&object), Vec::new()),
                    Members::Only(members) => {
                        self.cells(Cells::Json(&object), unused(&object, members))
                    }
                },
            },
        }
    }

    fn cells(&self, cells: Cells<'_>, mut problems: Vec<RowProblem>) -> Mapped {
        for condition in &self.skip {
            match condition.holds(cells, self.trim) {
                Ok(true) => return Mapped::Skipped,
                Ok(false) => {}
                Err(problem) => problems.push(problem),
            }
        }
        let mut record = Map::with_capacity(self.fields.len());
        for field in &self.fields {
            let applied = field.apply(cells, self.trim, self.currency.as_deref(), &mut record);
            problems.extend(applied.err());
        }
        Mapped::Record(record, problems)
    }

    /// The columns that the field at a pointer is made of.
    pub fn columns_of(&self, pointer: &str) -> Option<String> {
        let is_within = |field: &&FieldPlan| {
            let rest = pointer.strip_prefix(&*field.pointer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let within = self.fields.iter().filter(is_within);
        within.max_by_key(|field| field.pointer.len())?.columns()
    }
}

/// The columns that the map neither uses nor ignores, in quotation marks.
fn left(file: &FileTable, used: &BTreeSet<String>, header: Option<&[String]>) -> Vec<String> {
    if file.ignore_others {
        return Vec::new();
    }
    let header = header.unwrap_or_default().iter();
    let left = header.filter(|name| !used.contains(*name) && !file.ignore.contains(name));
    left.map(|name| quote(name)).collect()
}

/// The object in the text of a row.
fn parse(text: &[u8]) -> Result<Map<String, Value>, Vec<RowProblem>> {
    let malformed = |detail: String| {
        let code = match std::str::from_utf8(text) {
            Ok(_) => "malformed_json",
            Err(_) => "invalid_encoding",
        };
        vec![RowProblem::of_row(code, format!("is not JSON: {detail}"))]
    };
    let raw = json::raw(text).map_err(malformed)?;
    let mut problems = Problems::default();
    let value = json::read(raw, &mut ErrorSink::new(&mut problems));
    if problems.is_empty() {
        object(&value, &mut ErrorSink::new(&mut problems));
    }
    match value {
        Value::Object(object) if problems.is_empty() => Ok(object),
        _ => Err(problems.as_slice().iter().map(RowProblem::from).collect()),
    }
}

/// The members of a row that the map neither uses nor ignores.
fn unused(object: &Map<String, Value>, members: &BTreeSet<String>) -> Vec<RowProblem> {
    let unused = object.keys().filter(|name| !members.contains(*name));
    let problem = |name: &String| RowProblem {
        field: None,
        column: Some(name.clone()),
        code: Code::UnknownField.into(),
        detail: format!(
            "the map does not use {}: use it in [fields], or name it in ignore of [file]",
            quote(name)
        ),
    };
    unused.take(PROBLEMS_MAX).map(problem).collect()
}

//! CSV: cells with any delimiter below a header.

use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder, Terminator};
use domain::problem::quote;

use super::format::{Layout, named_delimiter};
use super::input::{Bytes, Fault, FileError, Input};
use super::rejects::{REJECTED_COLUMNS, REJECTED_JSON};
use super::{Original, ROW_BYTES_MAX, RawRow, RowProblem};
use crate::numbers::counted;

/// How many lines before the header are searched for it.
const LINES_BEFORE_HEADER_MAX: usize = 100;

/// Reads the rows of a CSV file.
pub struct CsvReader {
    file: String,
    reader: csv::Reader<Limited>,
    layout: Layout,
    header: Vec<String>,
    /// How many cells at the beginning of each row say why it was rejected.
    rejected_cells: usize,
    record: ByteRecord,
    is_over: bool,
}

impl CsvReader {
    pub(super) fn new(input: Input, layout: &Layout) -> Result<Self, FileError> {
        let delimiter = layout.delimiter_of(&input)?;
        let has_named_delimiter = named_delimiter(input.start()).is_some();
        let file = input.name.clone();
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            // Not CRLF: the lines of records would be counted late. The CR is removed here.
            .terminator(Terminator::Any(b'\n'))
            .from_reader(Limited::new(input.into_bytes()));
        let mut csv = Self {
            file,
            reader,
            layout: layout.clone(),
            header: Vec::new(),
            rejected_cells: 0,
            record: ByteRecord::new(),
            is_over: false,
        };
        if has_named_delimiter {
            csv.read_record()?;
        }
        csv.read_header()?;
        Ok(csv)
    }

    /// The names of the columns; `None` if each row is a JSON text.
    pub(super) fn header(&self) -> Option<&[String]> {
        (!self.is_json()).then_some(&self.header[..])
    }

    fn is_json(&self) -> bool {
        self.rejected_cells > 0 && self.header == [REJECTED_JSON]
    }

    fn error(&self, line: Option<u64>, fault: impl Into<Fault>) -> FileError {
        fault.into().at(&self.file, line)
    }

    fn read_header(&mut self) -> Result<(), FileError> {
        for _ in 0..LINES_BEFORE_HEADER_MAX {
            let Some(line) = self.read_record()? else {
                break;
            };
            let is_rejects = REJECTED_COLUMNS
                .iter()
                .enumerate()
                .all(|(index, name)| self.record.get(index) == Some(name.as_bytes()));
            self.rejected_cells = if is_rejects {
                REJECTED_COLUMNS.len()
            } else {
                0
            };
            let first = self.record.get(self.rejected_cells).unwrap_or_default();
            let is_header = match &self.layout.header_starts_with {
                Some(name) => first == name.as_bytes() || is_rejects,
                None => true,
            };
            if is_header {
                return self.take_header(line);
            }
        }
        let detail = match &self.layout.header_starts_with {
            Some(name) => format!(
                "has no header: no line begins with the cell {}",
                quote(name)
            ),
            None => {
                "is empty: the first line must be a header with the names of the columns".to_owned()
            }
        };
        Err(self.error(None, detail))
    }

    fn take_header(&mut self, line: u64) -> Result<(), FileError> {
        let mut header: Vec<String> = Vec::new();
        for cell in self.record.iter().skip(self.rejected_cells) {
            let number = header.len() + 1;
            let name = std::str::from_utf8(cell).map_err(|_| {
                self.error(
                    Some(line),
                    format!("the name of column {number} is not UTF-8"),
                )
            })?;
            if name.trim().is_empty() {
                let detail = format!("column {number} has no name: name it, or remove it");
                return Err(self.error(Some(line), detail));
            }
            if let Some(first) = header.iter().position(|other| other == name) {
                let (name, first) = (quote(name), first + 1);
                let detail = format!("columns {first} and {number} are both named {name}");
                return Err(self.error(Some(line), detail));
            }
            header.push(name.to_owned());
        }
        self.header = header;
        Ok(())
    }

    /// Reads the next record that is not an empty line, and returns its first line.
    fn read_record(&mut self) -> Result<Option<u64>, FileError> {
        loop {
            let line = self.reader.position().line();
            self.reader.get_mut().renew();
            match self.reader.read_byte_record(&mut self.record) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) => {
                    let fault = match error.into_kind() {
                        csv::ErrorKind::Io(error) => Fault::of_io(&error),
                        kind => format!("{kind:?}").into(),
                    };
                    return Err(self.error(Some(line), fault));
                }
            }
            if self.reader.get_ref().is_over {
                let detail = "a quotation mark in this record is never closed";
                return Err(self.error(Some(line), detail));
            }
            let breaks = self.record.as_slice().iter().filter(|byte| **byte == b'\n');
            let line = self.reader.position().line() - 1 - breaks.count() as u64;
            self.trim_end();
            if self.record.len() > 1 || self.record.get(0).is_some_and(|cell| !cell.is_empty()) {
                return Ok(Some(line));
            }
        }
    }

    /// Removes the CR of a CRLF.
    fn trim_end(&mut self) {
        if !self.record.as_slice().ends_with(b"\r") {
            return;
        }
        let last = self.record.len() - 1;
        let end = self
            .record
            .get(last)
            .and_then(|cell| cell.strip_suffix(b"\r"));
        let end = end.unwrap_or_default().to_vec();
        self.record.truncate(last);
        self.record.push_field(&end);
    }

    fn row(&self, line: u64) -> RawRow {
        // A clone would have room for as many cells as the longest row so far.
        let count = self.record.len().saturating_sub(self.rejected_cells);
        let mut cells = ByteRecord::with_capacity(self.record.as_slice().len(), count);
        cells.extend(self.record.iter().skip(self.rejected_cells));
        if self.is_json() {
            let text = cells.get(0).unwrap_or_default().to_vec();
            return RawRow {
                line,
                original: Original::Json(text),
                problem: None,
            };
        }
        let (wanted, got) = (self.header.len(), cells.len());
        let problem = (wanted != got).then(|| {
            let wanted = counted(wanted as u64, "cell");
            let detail = format!("must have {wanted}, as the header has, got {got}");
            RowProblem::of_row("cell_count", detail)
        });
        RawRow {
            line,
            original: Original::Csv(cells),
            problem,
        }
    }

    fn is_end(&self) -> bool {
        let first = self.record.get(self.rejected_cells).unwrap_or_default();
        let mut ends = self.layout.rows_end_before.iter();
        ends.any(|end| end.as_bytes() == first)
    }
}

impl Iterator for CsvReader {
    type Item = Result<RawRow, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let row = match self.read_record() {
            Ok(Some(_)) if self.is_end() => None,
            Ok(Some(line)) => return Some(Ok(self.row(line))),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        };
        self.is_over = true;
        row
    }
}

/// Bytes that end with a line break, and of which no record has too many.
struct Limited {
    bytes: Bytes,
    left: u64,
    last: u8,
    /// The end of the file was met. No record but one with an open quotation mark needs it.
    is_over: bool,
}

impl Limited {
    fn new(bytes: Bytes) -> Self {
        Self {
            bytes,
            left: ROW_BYTES_MAX,
            last: b'\n',
            is_over: false,
        }
    }

    /// A new record begins.
    fn renew(&mut self) {
        self.left = ROW_BYTES_MAX;
    }
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(format!(
                "the record that begins here has more than {ROW_BYTES_MAX} bytes: is a quotation mark not closed?"
            )));
        }
        let read = self.bytes.read(buffer)?;
        self.left = self.left.saturating_sub(read as u64);
        if let Some(last) = buffer[..read].last() {
            self.last = *last;
        } else if self.last != b'\n' && !buffer.is_empty() {
            self.last = b'\n';
            buffer[0] = b'\n';
            return Ok(1);
        } else {
            self.is_over = true;
        }
        Ok(read)
    }
}

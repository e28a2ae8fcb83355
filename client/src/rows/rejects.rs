//! Reject files: the rows that were not accepted, each with the reasons, as CSV that can be
//! corrected and read again.

use std::io::{self, Write};

use csv::Writer;

use super::{Original, RowProblem};

/// The first columns of a reject file, which are ignored when it is read. The columns of the
/// rejected file follow, so that they are in place even if a row has too few cells or too many.
pub const REJECTED_COLUMNS: [&str; 4] = [
    "rejected:line",
    "rejected:field",
    "rejected:code",
    "rejected:detail",
];

/// The only other column if the rejected file was JSON: the text of a record.
pub(super) const REJECTED_JSON: &str = "rejected:json";

/// What separates several problems of a row.
const SEPARATOR: &str = "; ";

/// Writes a reject file.
pub struct RejectWriter<W: Write> {
    csv: Writer<W>,
}

impl<W: Write> RejectWriter<W> {
    /// Begins a reject file for a file with this header; `None` if its rows are JSON.
    ///
    /// # Errors
    /// When the header cannot be written.
    pub fn new(writer: W, header: Option<&[String]>) -> io::Result<Self> {
        // Rows may have other numbers of cells than the header: that may be why they are here.
        let mut csv = csv::WriterBuilder::new().flexible(true).from_writer(writer);
        let json = [REJECTED_JSON.to_owned()];
        let columns = header.unwrap_or(&json).iter().map(String::as_str);
        csv.write_record(REJECTED_COLUMNS.into_iter().chain(columns))?;
        Ok(Self { csv })
    }

    /// Writes a row with its problems.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(
        &mut self,
        line: u64,
        original: &Original,
        problems: &[RowProblem],
    ) -> io::Result<()> {
        let join = |part: fn(&RowProblem) -> String| {
            let parts: Vec<_> = problems.iter().map(part).collect();
            parts.join(SEPARATOR)
        };
        let fields = join(|problem| problem.field.clone().unwrap_or_default());
        let codes = join(|problem| problem.code.to_owned());
        let details = join(|problem| problem.detail.clone());
        for cell in [line.to_string(), fields, codes, details] {
            self.csv.write_field(cell)?;
        }
        match original {
            Original::Csv(cells) => cells
                .iter()
                .try_for_each(|cell| self.csv.write_field(cell))?,
            Original::Json(text) => self.csv.write_field(text)?,
        }
        // Ends the row.
        self.csv.write_record(None::<&[u8]>)?;
        Ok(())
    }

    /// Writes what is buffered.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.csv.flush()
    }
}

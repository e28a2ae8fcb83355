//! NDJSON: one JSON value on each line.

use std::io::{BufRead, BufReader, Read};

use super::input::{Bytes, Fault, FileError, Input};
use super::{Original, ROW_BYTES_MAX, RawRow};

/// Reads the lines of a file.
pub struct NdjsonReader {
    file: String,
    bytes: BufReader<Bytes>,
    line: u64,
    is_over: bool,
}

impl NdjsonReader {
    pub(super) fn new(input: Input) -> Self {
        Self {
            file: input.name.clone(),
            bytes: BufReader::new(input.into_bytes()),
            line: 0,
            is_over: false,
        }
    }

    /// The next line that is not empty.
    fn read(&mut self) -> Result<Option<RawRow>, Fault> {
        loop {
            let mut text = Vec::new();
            let mut limited = (&mut self.bytes).take(ROW_BYTES_MAX + 1);
            let read = limited.read_until(b'\n', &mut text);
            read.map_err(|error| Fault::of_io(&error))?;
            if text.is_empty() {
                return Ok(None);
            }
            self.line += 1;
            if text.len() as u64 > ROW_BYTES_MAX {
                return Err(format!("the line has more than {ROW_BYTES_MAX} bytes").into());
            }
            let text = text.trim_ascii();
            if !text.is_empty() {
                return Ok(Some(RawRow {
                    line: self.line,
                    original: Original::Json(text.to_vec()),
                    problem: None,
                }));
            }
        }
    }
}

impl Iterator for NdjsonReader {
    type Item = Result<RawRow, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        match self.read() {
            Ok(Some(row)) => Some(Ok(row)),
            Ok(None) => {
                self.is_over = true;
                None
            }
            Err(fault) => {
                self.is_over = true;
                Some(Err(fault.at(&self.file, Some(self.line.max(1)))))
            }
        }
    }
}

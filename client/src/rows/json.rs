//! JSON: a list of records, or an object whose member `records` is one, split without reading it as
//! a whole.

use std::io::{BufRead, BufReader};

use domain::problem::quote;

use super::input::{Bytes, Fault, FileError, Input};
use super::{Original, ROW_BYTES_MAX, RawRow};

/// Reads the elements of a list.
pub struct JsonReader {
    file: String,
    bytes: BufReader<Bytes>,
    line: u64,
    state: State,
    is_envelope: bool,
}

/// Where in the document the reader is.
enum State {
    /// After the bracket that opens the list.
    First,
    /// After an element.
    Next,
    /// Nothing follows.
    Over,
}

impl JsonReader {
    pub(super) fn new(input: Input) -> Result<Self, FileError> {
        let mut reader = Self {
            file: input.name.clone(),
            bytes: BufReader::new(input.into_bytes()),
            line: 1,
            state: State::First,
            is_envelope: false,
        };
        let opened = reader.open();
        opened.map_err(|fault| reader.error(fault))?;
        Ok(reader)
    }

    fn error(&self, fault: Fault) -> FileError {
        fault.at(&self.file, Some(self.line))
    }

    /// Reads up to the first element.
    fn open(&mut self) -> Result<(), Fault> {
        const EXPECTED: &str =
            "must be a list of records, or an object whose only member is \"records\"";
        match self.peek()? {
            Some(b'[') => self.skip(),
            Some(b'{') => {
                self.skip();
                self.is_envelope = true;
                if self.peek()? != Some(b'"') {
                    return Err(EXPECTED.into());
                }
                let name = self.value()?;
                if name != b"\"records\"" {
                    let name: String = serde_json::from_slice(&name).unwrap_or_default();
                    return Err(format!("{EXPECTED}, got the member {}", quote(&name)).into());
                }
                self.expect(b':')?;
                self.expect(b'[')?;
            }
            Some(_) => return Err(EXPECTED.into()),
            None => return Err(format!("is empty: it {EXPECTED}").into()),
        }
        Ok(())
    }

    fn read(&mut self) -> Result<Option<RawRow>, Fault> {
        if matches!(self.state, State::Over) {
            return Ok(None);
        }
        let is_next = matches!(self.state, State::Next);
        match (is_next, self.peek()?) {
            (_, Some(b']')) => return self.close(),
            (true, Some(b',')) => self.skip(),
            (true, Some(_)) => {
                return Err("expected a comma or the end of the list".into());
            }
            (_, _) => {}
        }
        match self.peek()? {
            Some(b']' | b',' | b'}') => return Err("expected a record".into()),
            Some(_) => {}
            None => return Err("the list is not closed: is the file complete?".into()),
        }
        let line = self.line;
        let text = self.value()?;
        self.state = State::Next;
        Ok(Some(RawRow {
            line,
            original: Original::Json(text),
            problem: None,
        }))
    }

    /// Reads from the bracket that closes the list to the end.
    fn close(&mut self) -> Result<Option<RawRow>, Fault> {
        self.skip();
        self.state = State::Over;
        if self.is_envelope {
            if self.peek()? == Some(b',') {
                return Err("\"records\" must be the only member of the object".into());
            }
            self.expect(b'}')?;
        }
        match self.peek()? {
            None => Ok(None),
            Some(_) => Err("expected the end of the file after the list".into()),
        }
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Result<Option<u8>, Fault> {
        loop {
            let bytes = self.bytes.fill_buf();
            let bytes = bytes.map_err(|error| Fault::of_io(&error))?;
            let Some(byte) = bytes.first().copied() else {
                return Ok(None);
            };
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
            self.line += u64::from(byte == b'\n');
            self.bytes.consume(1);
        }
    }

    fn skip(&mut self) {
        self.bytes.consume(1);
    }

    fn expect(&mut self, expected: u8) -> Result<(), Fault> {
        if self.peek()? == Some(expected) {
            self.skip();
            return Ok(());
        }
        Err(format!("expected {:?}", char::from(expected)).into())
    }

    /// Reads the text of one value. Whether it is JSON is seen later; here only its end counts.
    fn value(&mut self) -> Result<Vec<u8>, Fault> {
        let mut text = Vec::new();
        let mut end = End::default();
        loop {
            let bytes = self.bytes.fill_buf();
            let bytes = bytes.map_err(|error| Fault::of_io(&error))?;
            if bytes.is_empty() && end.is_complete {
                return Ok(text);
            }
            if bytes.is_empty() {
                return Err("the file ends within a record: is it complete?".into());
            }
            let found = bytes.iter().position(|byte| end.is_before(*byte));
            let taken = found.unwrap_or(bytes.len());
            text.extend_from_slice(&bytes[..taken]);
            self.bytes.consume(taken);
            if text.len() as u64 > ROW_BYTES_MAX {
                return Err(format!("a record has more than {ROW_BYTES_MAX} bytes").into());
            }
            if found.is_some() {
                let breaks = text.iter().filter(|byte| **byte == b'\n').count();
                self.line += breaks as u64;
                text.truncate(text.trim_ascii_end().len());
                return Ok(text);
            }
        }
    }
}

/// Finds the end of a value, byte by byte.
#[derive(Default)]
struct End {
    depth: usize,
    is_text: bool,
    is_escaped: bool,
    /// A list, an object or a text has ended, and nothing but its end may follow.
    is_complete: bool,
}

impl End {
    /// Whether the value ends before this byte.
    fn is_before(&mut self, byte: u8) -> bool {
        if self.is_text {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => {
                    self.is_text = false;
                    self.is_complete = self.depth == 0;
                }
                _ => {}
            }
            return false;
        }
        if self.is_complete {
            return true;
        }
        match byte {
            b'"' => self.is_text = true,
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' if self.depth == 0 => return true,
            b']' | b'}' => {
                self.depth -= 1;
                self.is_complete = self.depth == 0;
            }
            b',' | b':' if self.depth == 0 => return true,
            _ => {}
        }
        false
    }
}

impl Iterator for JsonReader {
    type Item = Result<RawRow, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.read();
        row.map_err(|fault| {
            self.state = State::Over;
            self.error(fault)
        })
        .transpose()
    }
}

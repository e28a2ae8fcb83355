//! The bytes of a file: from a path or standard input, plain or gzipped, in UTF-8.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

/// The path that means standard input.
pub const STANDARD_INPUT: &str = "-";

/// How much of a file is looked at to detect its format. A header must fit.
const START_BYTES_MAX: u64 = 64 * 1024;

/// A file that cannot be read, or not any further.
#[derive(Debug, thiserror::Error)]
#[error("{file}{}: {detail}", line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct FileError {
    /// The file, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: Option<u64>,
    /// What is wrong, and how to fix it.
    pub detail: String,
    /// Whether the system failed to read it, so that trying again can help. Otherwise, the file
    /// itself is wrong.
    pub is_io: bool,
}

impl FileError {
    /// A file that the system fails to read.
    pub fn of_io(path: &Path, error: &io::Error) -> Self {
        Fault::of_io(error).at(&path.display().to_string(), None)
    }
}

/// What is wrong with a file, without its place.
#[derive(Debug)]
pub struct Fault {
    detail: String,
    is_io: bool,
}

impl Fault {
    /// Only errors of the system have a code.
    pub fn of_io(error: &io::Error) -> Self {
        Self {
            detail: error.to_string(),
            is_io: error.raw_os_error().is_some(),
        }
    }

    /// The error of a file.
    pub fn at(self, file: &str, line: Option<u64>) -> FileError {
        FileError {
            file: file.to_owned(),
            line,
            detail: self.detail,
            is_io: self.is_io,
        }
    }
}

impl<T: Into<String>> From<T> for Fault {
    fn from(detail: T) -> Self {
        Self {
            detail: detail.into(),
            is_io: false,
        }
    }
}

/// The bytes of a file, without a byte order mark.
pub struct Input {
    /// How the file is named in messages.
    pub name: String,
    /// The first bytes, to detect what the file is.
    start: Vec<u8>,
    rest: Box<dyn Read + Send>,
}

impl Input {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// Why it cannot be read as UTF-8 text.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        if path.as_os_str() == STANDARD_INPUT {
            return Self::new("standard input", io::stdin());
        }
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => Self::new(name, file),
            Err(error) => Err(Fault::from(error.to_string()).at(&name, None)),
        }
    }

    /// Reads any bytes under a name.
    ///
    /// # Errors
    /// Why they cannot be read as UTF-8 text.
    pub fn new(
        name: impl Into<String>,
        bytes: impl Read + Send + 'static,
    ) -> Result<Self, FileError> {
        let mut input = Self {
            name: name.into(),
            start: Vec::new(),
            rest: Box::new(bytes),
        };
        input.look();
        if input.start.starts_with(&[0x1f, 0x8b]) {
            let zipped = Cursor::new(std::mem::take(&mut input.start)).chain(input.rest);
            input.rest = Box::new(Unzipped(MultiGzDecoder::new(zipped)));
            input.look();
        }
        input.check_encoding()?;
        if input.start.starts_with("\u{feff}".as_bytes()) {
            input.start.drain(.."\u{feff}".len());
        }
        Ok(input)
    }

    /// The first bytes.
    pub fn start(&self) -> &[u8] {
        &self.start
    }

    /// All bytes, the first ones included.
    pub fn into_bytes(self) -> Bytes {
        Bytes(Cursor::new(self.start).chain(self.rest))
    }

    /// An error of this file.
    pub fn error(&self, line: Option<u64>, fault: impl Into<Fault>) -> FileError {
        fault.into().at(&self.name, line)
    }

    /// Reads the first bytes. An error comes after the bytes that were read before it.
    fn look(&mut self) {
        let mut rest = (&mut self.rest).take(START_BYTES_MAX);
        if let Err(error) = rest.read_to_end(&mut self.start) {
            self.rest = Box::new(Failed(Some(error)));
        }
    }

    /// Recognises UTF-16, which every other check would describe as something else.
    fn check_encoding(&self) -> Result<(), FileError> {
        let start = &self.start[..self.start.len().min(64)];
        let has_mark = start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]);
        let zeros = |from: usize| {
            let mut bytes = start.iter().skip(from).step_by(2);
            start.len() > 3 && bytes.all(|byte| *byte == 0)
        };
        if has_mark || zeros(0) || zeros(1) {
            let detail =
                "is UTF-16: save it as UTF-8, for example with \"iconv -f UTF-16 -t UTF-8\"";
            return Err(self.error(None, detail));
        }
        Ok(())
    }
}

/// The error after the last bytes that can be read.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// What was compressed. Its errors say what they are about.
struct Unzipped<R>(MultiGzDecoder<R>);

impl<R: Read> Read for Unzipped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                io::Error::other("the gzip data ends too early: is the file complete?")
            }
            _ if error.raw_os_error().is_none() => {
                io::Error::other(format!("the gzip data is damaged: {error}"))
            }
            _ => error,
        })
    }
}

/// The bytes of an [`Input`].
pub struct Bytes(io::Chain<Cursor<Vec<u8>>, Box<dyn Read + Send>>);

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

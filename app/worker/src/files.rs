//! Files of the browser as streams: a few hundred kilobytes at a time are in memory, whatever the size of the file.

use augsphere_engine::datasets::OfferedFile;
use js_sys::Uint8Array;
use std::io::{Error, ErrorKind, Read, Result};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DomException, File, FileReaderSync};

/// Bytes that are taken from the browser at once.
const PIECE: u64 = 1 << 19;

/// One file, read from the first byte to the last.
struct FileStream {
    file: File,
    reader: FileReaderSync,
    size: u64,
    /// Where the next piece begins.
    at: u64,
    piece: Vec<u8>,
    /// How much of the piece was taken.
    taken: usize,
}

/// The files as the engine takes them.
pub fn offered(files: Vec<(File, String)>) -> Vec<OfferedFile> {
    let stream = |(file, name): (File, String)| {
        let size = file.size() as u64;
        let contents: Box<dyn Read> = match FileReaderSync::new() {
            Ok(reader) => Box::new(FileStream { file, reader, size, at: 0, piece: Vec::new(), taken: 0 }),
            Err(error) => Box::new(Unreadable(failure(&error).to_string())),
        };
        OfferedFile { name, size, contents }
    };
    files.into_iter().map(stream).collect()
}

impl Read for FileStream {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.taken == self.piece.len() {
            self.next_piece()?;
        }
        let count = buffer.len().min(self.piece.len() - self.taken);
        buffer[..count].copy_from_slice(&self.piece[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

impl FileStream {
    fn next_piece(&mut self) -> Result<()> {
        let end = (self.at + PIECE).min(self.size);
        let slice = self.file.slice_with_f64_and_f64(self.at as f64, end as f64).map_err(|error| failure(&error))?;
        let bytes: JsValue = self.reader.read_as_array_buffer(&slice).map_err(|error| failure(&error))?.into();
        let bytes = Uint8Array::new(&bytes);
        self.piece.resize(bytes.length() as usize, 0);
        bytes.copy_to(&mut self.piece);
        self.taken = 0;
        self.at = end;
        Ok(())
    }
}

/// A file that the browser does not let anybody read.
struct Unreadable(String);

impl Read for Unreadable {
    fn read(&mut self, _: &mut [u8]) -> Result<usize> {
        Err(Error::new(ErrorKind::PermissionDenied, self.0.clone()))
    }
}

/// What the browser's refusal means.
fn failure(error: &JsValue) -> Error {
    let name = error.dyn_ref::<DomException>().map(DomException::name).unwrap_or_default();
    match name.as_str() {
        "NotFoundError" => {
            Error::new(ErrorKind::NotFound, "a file that was moved, changed or deleted after it was dropped, or a folder")
        }
        "SecurityError" | "NotReadableError" => Error::new(
            ErrorKind::PermissionDenied,
            "a file that the browser may not read, or that was changed after it was dropped",
        ),
        _ => Error::new(ErrorKind::PermissionDenied, format!("a file that the browser could not read ({error:?})")),
    }
}

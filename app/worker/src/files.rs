//! Files of the browser as streams: a few hundred kilobytes at a time are in memory, whatever the size of the file.

use crate::channel::post;
use augsphere_engine::datasets::OfferedFile;
use augsphere_spec::{Event, Progress, WorkerEvent};
use js_sys::Uint8Array;
use std::cell::Cell;
use std::io::{Error, ErrorKind, Read, Result};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DomException, File, FileReaderSync};

/// Bytes that are taken from the browser at once.
const PIECE: u64 = 1 << 19;
/// Bytes between two words on how far the reading has come.
const TELL_EVERY: u64 = 8 << 20;
/// Bytes that are surely read and decoded in a second.
const BYTES_PER_SECOND: f32 = 15e6;

/// How far several files have been read.
struct Reading {
    /// What they are called in a sentence.
    what: String,
    done: Cell<u64>,
    told: Cell<u64>,
    total: u64,
}

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
    reading: Rc<Reading>,
}

/// How long this thread will at most be busy with reading `files`, seconds.
pub fn reading_seconds(files: &[(File, String)]) -> f32 {
    files.iter().map(|(file, _)| file.size()).sum::<f64>() as f32 / BYTES_PER_SECOND
}

/// The files as the engine takes them. The page hears how far the reading has come.
pub fn offered(files: Vec<(File, String)>) -> Vec<OfferedFile> {
    let what = match files.as_slice() {
        [(_, path)] => format!("Reading {path}"),
        files => format!("Reading {} files", files.len()),
    };
    let total = files.iter().map(|(file, _)| file.size() as u64).sum();
    let reading = Rc::new(Reading { what, done: Cell::new(0), told: Cell::new(0), total });
    let stream = |(file, name): (File, String)| {
        let size = file.size() as u64;
        let contents: Box<dyn Read> = match FileReaderSync::new() {
            Ok(reader) => {
                let (piece, reading) = (Vec::new(), Rc::clone(&reading));
                Box::new(FileStream { file, reader, size, at: 0, piece, taken: 0, reading })
            }
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
        self.reading.advance(self.piece.len() as u64);
        Ok(())
    }
}

impl Reading {
    fn advance(&self, bytes: u64) {
        self.done.set(self.done.get() + bytes);
        if self.done.get() - self.told.get() >= TELL_EVERY {
            self.told.set(self.done.get());
            let progress = Progress { what: self.what.clone(), done: self.done.get(), total: self.total, seconds_left: None };
            post(&[WorkerEvent::Session(Event::Progress(progress))]);
        }
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

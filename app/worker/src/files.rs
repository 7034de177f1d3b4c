//! Files of the browser as streams: a few hundred kilobytes at a time are in memory, whatever the size of the file.

use augsphere_engine::datasets::OfferedFile;
use js_sys::{Array, Function, Reflect, Uint8Array};
use std::io::{Error, ErrorKind, Read, Result};
use wasm_bindgen::{JsCast, JsValue};

/// Bytes that are taken from the browser at once.
const PIECE: f64 = 524_288.0;

/// A file of the browser, with its path below the folder that was dropped.
pub struct File {
    /// The browser's `File`.
    file: JsValue,
    path: String,
}

/// One file, read from the first byte to the last.
struct FileStream {
    file: JsValue,
    /// The browser's `FileReaderSync`.
    reader: JsValue,
    size: f64,
    /// Where the next piece begins.
    at: f64,
    piece: Vec<u8>,
    /// How much of the piece was taken.
    taken: usize,
}

/// The files of a message `{ files: [File], paths: [string] }`; nothing if it is another one.
pub fn unpack(message: &JsValue) -> Option<Vec<File>> {
    let field = |name: &str| Reflect::get(message, &name.into()).ok().filter(Array::is_array).map(|list| Array::from(&list));
    let (files, paths) = (field("files")?, field("paths").unwrap_or_default());
    let file = |(index, file): (usize, JsValue)| {
        let name = || Reflect::get(&file, &"name".into()).ok().and_then(|name| name.as_string());
        let path = paths.get(index as u32).as_string().or_else(name)?;
        Some(File { file, path })
    };
    Some(files.iter().enumerate().filter_map(file).collect())
}

/// The files as the engine takes them.
pub fn offered(files: Vec<File>) -> Vec<OfferedFile> {
    let stream = |File { file, path }: File| {
        let size = Reflect::get(&file, &"size".into()).ok().and_then(|size| size.as_f64()).unwrap_or_default();
        let contents: Box<dyn Read> = match reader() {
            Ok(reader) => Box::new(FileStream { file, reader, size, at: 0.0, piece: Vec::new(), taken: 0 }),
            Err(error) => Box::new(Unreadable(failure(&error).to_string())),
        };
        OfferedFile { name: path, size: size as u64, contents }
    };
    files.into_iter().map(stream).collect()
}

fn reader() -> std::result::Result<JsValue, JsValue> {
    let class: Function = Reflect::get(&js_sys::global(), &"FileReaderSync".into())?.dyn_into()?;
    Reflect::construct(&class, &Array::new())
}

fn call(object: &JsValue, method: &str, arguments: &Array) -> std::result::Result<JsValue, JsValue> {
    Reflect::get(object, &method.into())?.dyn_into::<Function>()?.apply(object, arguments)
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
        let slice = call(&self.file, "slice", &Array::of2(&self.at.into(), &end.into()));
        let bytes = slice.and_then(|slice| call(&self.reader, "readAsArrayBuffer", &Array::of1(&slice)));
        let bytes = Uint8Array::new(&bytes.map_err(|error| failure(&error))?);
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
    let name = Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default();
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

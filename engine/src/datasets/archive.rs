//! The files of an archive or a folder, however it is packed.
//!
//! Everything is read as a stream and bounded: no more than [`LIMIT`] bytes are ever unpacked, names and headers are
//! kept only up to a few KiB, and only files that somebody asked for are decoded.

use super::DataError;
use crate::pace::Pace;
use flate2::read::MultiGzDecoder;
use std::fs;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// No known data set unpacks to more than a third of this many bytes.
pub(super) const LIMIT: u64 = 512 << 20;

/// The most files of a folder that are looked at.
const FOLDER_LIMIT: usize = 10_000;

/// How many folders deep the files of a folder may lie.
pub(super) const DEPTH: usize = 3;

/// Size of a tar block: headers are one block, contents are padded to whole ones.
const BLOCK: usize = 512;

/// One who goes through the files of an archive.
pub(super) trait Visitor {
    /// Whether a file of this name (without folders) is to be opened.
    fn wants(&mut self, name: &str) -> bool;

    /// Whether files were found that belong to a data set.
    fn found(&self) -> bool;

    /// Takes a wanted file. `location` names it for messages, `size` is its announced size in bytes.
    fn take(
        &mut self,
        name: &str,
        location: &str,
        size: u64,
        contents: &mut dyn Read,
        pace: &Pace,
    ) -> impl Future<Output = Result<(), DataError>>;
}

/// Goes through an archive file, or through a folder and what is below it.
pub(super) async fn visit_path(path: &Path, visitor: &mut impl Visitor, pace: &Pace) -> Result<(), DataError> {
    let location = path.display().to_string();
    let unreadable = |source| DataError::Unreadable { location: location.clone(), source };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return visit_folder(path, visitor, pace).await;
    }
    let file = BufReader::with_capacity(1 << 16, fs::File::open(path).map_err(unreadable)?);
    visit_stream(&location, metadata.len(), file, visitor, pace).await
}

/// Files in name order, those of the folder itself before those of its subfolders, and of deeper ones only if there were none.
async fn visit_folder(folder: &Path, visitor: &mut impl Visitor, pace: &Pace) -> Result<(), DataError> {
    let mut level = vec![folder.to_owned()];
    for depth in 0..=DEPTH {
        let mut below = Vec::new();
        for folder in level {
            visit_files(&folder, visitor, &mut below, pace).await?;
        }
        // The folder with the files may lie beside others: one below the folder that was named is looked at in any case.
        if depth > 0 && visitor.found() {
            break;
        }
        level = below;
    }
    Ok(())
}

async fn visit_files(folder: &Path, visitor: &mut impl Visitor, below: &mut Vec<PathBuf>, pace: &Pace) -> Result<(), DataError> {
    let unreadable = |path: &Path, source| DataError::Unreadable { location: path.display().to_string(), source };
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
    let mut paths: Vec<PathBuf> = entries.flatten().take(FOLDER_LIMIT).map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if metadata.is_dir() {
            below.push(path);
            continue;
        }
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if metadata.is_file() && visitor.wants(name) {
            let file = fs::File::open(&path).map_err(|error| unreadable(&path, error))?;
            visitor.take(name, &path.display().to_string(), metadata.len(), &mut BufReader::new(file), pace).await?;
        }
    }
    Ok(())
}

/// Goes through an archive as it comes; `size` is its size in bytes, 0 if nobody knows.
pub(super) async fn visit_stream(
    location: &str,
    size: u64,
    stream: impl Read,
    visitor: &mut impl Visitor,
    pace: &Pace,
) -> Result<(), DataError> {
    let name = location.rsplit(['/', '\\']).next().unwrap_or(location);
    pace.stage(format!("Reading {name} (MiB)"), size >> 20);
    let mut stream = Counted { stream, count: 0, pace };
    let start = peek(location, &mut stream)?;
    let stream = start.as_slice().chain(stream);
    if !start.starts_with(&[0x1f, 0x8b]) {
        return visit_tar(location, &start, Metered::new(stream), visitor, pace).await;
    }
    let mut unpacked = MultiGzDecoder::new(stream);
    let start = peek(location, &mut unpacked)?;
    if start.is_empty() {
        return Err(foreign(location, "a gzip file with nothing in it"));
    }
    visit_tar(location, &start, Metered::new(start.as_slice().chain(unpacked)), visitor, pace).await
}

/// The first block, or less if there is less.
fn peek(location: &str, stream: &mut impl Read) -> Result<Vec<u8>, DataError> {
    let mut start = Vec::with_capacity(BLOCK);
    stream
        .take(BLOCK as u64)
        .read_to_end(&mut start)
        .map_err(|error| DataError::reading(location, "a gzip or tar archive", error))?;
    Ok(start)
}

async fn visit_tar(
    location: &str,
    start: &[u8],
    stream: Metered<impl Read>,
    visitor: &mut impl Visitor,
    pace: &Pace,
) -> Result<(), DataError> {
    if !is_tar(start) {
        return Err(foreign(location, &describe(location, start)));
    }
    let broken = |error| DataError::reading(location, "the next file of the archive", error);
    let mut archive = tar::Archive::new(stream);
    let (mut long_name, mut end) = (None, 0);
    // Raw entries: the archive's own long names are read here, so that nobody can make them gigabytes long.
    for entry in archive.entries().map_err(broken)?.raw(true) {
        let mut entry = entry.map_err(broken)?;
        let size = entry.size();
        end = entry.raw_file_position().saturating_add(size.div_ceil(BLOCK as u64).saturating_mul(BLOCK as u64));
        let kind = entry.header().entry_type();
        pace.turn().await;
        if kind.is_gnu_longname() || kind.is_pax_local_extensions() {
            long_name = stated_name(&mut entry, size, kind.is_gnu_longname()).map_err(broken)?.or(long_name);
            continue;
        }
        let stated = long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
        let path = String::from_utf8_lossy(&stated).into_owned();
        let name = path.rsplit('/').next().unwrap_or_default();
        if kind.is_file() && visitor.wants(name) {
            visitor.take(name, &format!("{location}: {path}"), size, &mut entry, pace).await?;
        }
    }
    // What follows holds the gzip checksum and, in a tar archive that was not cut off, a block of zeros.
    let mut stream = archive.into_inner();
    io::copy(&mut stream, &mut io::sink()).map_err(broken)?;
    if stream.count < end.saturating_add(BLOCK as u64) {
        return Err(DataError::Truncated { location: location.into(), expected: "the mark that ends a tar archive".into() });
    }
    Ok(())
}

/// The name of the next file as an extension header states it.
fn stated_name(entry: &mut impl Read, size: u64, plain: bool) -> io::Result<Option<Vec<u8>>> {
    const NAME_LIMIT: u64 = 1 << 16;
    if size > NAME_LIMIT {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes)?;
    if plain {
        bytes.truncate(bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len()));
        return Ok(Some(bytes));
    }
    let stated = tar::PaxExtensions::new(&bytes).flatten().find(|extension| extension.key_bytes() == b"path");
    Ok(stated.map(|extension| extension.value_bytes().to_vec()))
}

/// Whether this is a tar header: its checksum, a sum of bytes with its own field as blanks, is right.
fn is_tar(start: &[u8]) -> bool {
    let Some(block) = start.get(..BLOCK) else { return false };
    let stated = tar::Header::from_byte_slice(block).cksum();
    let blanks = 8 * u32::from(b' ');
    let sum = block
        .iter()
        .enumerate()
        .filter(|(index, _)| !(148..156).contains(index))
        .fold(blanks, |sum, (_, &byte)| sum + u32::from(byte));
    stated.is_ok_and(|stated| stated == sum)
}

fn foreign(location: &str, found: &str) -> DataError {
    DataError::Foreign {
        location: location.into(),
        expected: "a CIFAR-10 or CIFAR-100 archive, binary version (.tar.gz or .tar)".into(),
        found: found.into(),
        remedy: "Give the archive called cifar-10-binary.tar.gz or cifar-100-binary.tar.gz, as it is.".into(),
    }
}

/// What bytes that are no archive look like.
fn describe(location: &str, start: &[u8]) -> String {
    const KNOWN: &[(&[u8], &str)] = &[
        (b"PK\x03\x04", "a zip file"),
        (b"PK\x05\x06", "an empty zip file"),
        (b"\x89PNG", "a PNG image"),
        (b"\xff\xd8\xff", "a JPEG image"),
        (b"GIF8", "a GIF image"),
        (b"RIFF", "a RIFF file (WebP, WAV or AVI)"),
        (b"%PDF", "a PDF document"),
        (b"BZh", "a bzip2 file"),
        (b"\xfd7zXZ\0", "an xz file"),
        (b"\x28\xb5\x2f\xfd", "a zstd file"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z file"),
        (b"Rar!", "a rar file"),
        (b"\x93NUMPY", "a NumPy array"),
        (b"\x89HDF", "an HDF5 file"),
        (b"PAR1", "a Parquet file"),
        (b"MATLAB", "a MATLAB file"),
        (b"\x7fELF", "a program"),
    ];
    if start.is_empty() {
        return "an empty file".into();
    }
    if let Some((_, found)) = KNOWN.iter().find(|(magic, _)| start.starts_with(magic)) {
        return (*found).into();
    }
    if location.ends_with(".bin") {
        return "a single file of records, or something else without an archive around it (training and test files are needed together)".into();
    }
    if start.starts_with(&[0x80]) && start.get(1).is_some_and(|version| (2..=5).contains(version)) {
        return "a Python pickle".into();
    }
    if start.iter().all(|&byte| byte == 0) {
        return "nothing but zeros".into();
    }
    let text = String::from_utf8_lossy(start).trim_start().to_ascii_lowercase();
    if text.starts_with("<!doctype") || text.starts_with("<html") {
        return "a web page (the download answered with a page instead of the archive)".into();
    }
    if start.iter().all(|&byte| byte >= b' ' || byte.is_ascii_whitespace()) && !text.contains(char::REPLACEMENT_CHARACTER) {
        return "a text file".into();
    }
    let bytes: Vec<String> = start.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("something that begins with the bytes {}", bytes.join(" "))
}

/// Says how much of a file has been read.
struct Counted<'a, R> {
    stream: R,
    count: u64,
    pace: &'a Pace,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.count += count as u64;
        self.pace.reached(self.count >> 20);
        Ok(count)
    }
}

/// Counts what is read and refuses to read more than [`LIMIT`].
struct Metered<R> {
    count: u64,
    stream: R,
}

impl<R> Metered<R> {
    fn new(stream: R) -> Self {
        Self { count: 0, stream }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.count += count as u64;
        if self.count > LIMIT { Err(io::Error::from(io::ErrorKind::FileTooLarge)) } else { Ok(count) }
    }
}

//! Text files as other programs leave them (UTF-8 or UTF-16, with a byte order mark or without), and paths as people type them.

use crate::failure::Failure;
use std::io::Read;
use std::path::{Path, PathBuf};

/// No text that is read here is longer, in bytes.
const LIMIT: u64 = 16 << 20;

/// The text of a file, a pipe, or, for `-`, of standard input.
///
/// # Errors
/// A file that cannot be read, is no text or is too long to be what is wanted.
pub fn read(path: &Path) -> Result<String, Failure> {
    let failed = |why: String| Failure::Usage(format!("could not read {}: {why}", path.display()));
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(LIMIT + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| failed(error.to_string()))?;
    if bytes.len() as u64 > LIMIT {
        return Err(failed(format!("it is longer than {} MiB, so it is something else", LIMIT >> 20)));
    }
    decode(&bytes).map_err(failed)
}

/// The text that some bytes are: by their byte order mark, by the zeros that UTF-16 has beside each letter, or else UTF-8.
fn decode(bytes: &[u8]) -> Result<String, String> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        let odd = !bytes.len().is_multiple_of(2);
        String::from_utf16(&units)
            .ok()
            .filter(|_| !odd)
            .ok_or_else(|| "it begins like UTF-16, but what follows is not: save it as UTF-8".to_owned())
    };
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Err("it is UTF-32: save it as UTF-8".into()),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => narrow(rest),
        [first, 0, ..] if *first != 0 => wide(bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => wide(bytes, u16::from_be_bytes),
        _ => narrow(bytes),
    }
}

fn narrow(bytes: &[u8]) -> Result<String, String> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| {
        let at = error.valid_up_to();
        let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let byte = bytes.get(at).copied().unwrap_or_default();
        format!("it is no UTF-8 text (line {line} holds the byte {byte:#04x}): save it as UTF-8")
    })
}

/// `path` with a leading `~` as the home folder, which shells leave alone after `=`; as it is if there is such a file or no such folder.
pub fn home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) if !path.exists() => home.join(rest),
        _ => path.to_owned(),
    }
}

/// Whether something that can be read as a file is at `path`: a file, a pipe, a device, or standard input (`-`).
pub fn readable(path: &Path) -> bool {
    path == Path::new("-") || path.metadata().is_ok_and(|metadata| !metadata.is_dir())
}

/// Whether the name of `path` ends in one of `endings`, in whatever case.
pub fn ends_in(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| endings.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_in_which_editors_save_text_is_read() {
        let text = "name = \"Übung 🙂\"\r\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [&[0xef, 0xbb, 0xbf], text.as_bytes()].concat(),
            [&[0xff, 0xfe][..], &little].concat(),
            [&[0xfe, 0xff][..], &big].concat(),
            little,
            big,
        ] {
            assert_eq!(decode(&bytes).as_deref(), Ok(text), "{bytes:02x?}");
        }
        assert_eq!(decode(b"").as_deref(), Ok(""));
    }

    #[test]
    fn other_bytes_are_named_with_the_way_out() {
        let latin = decode(b"seed = 1\nname = \"\xdcbung\"\n").expect_err("Latin-1");
        assert!(latin.contains("line 2") && latin.contains("0xdc") && latin.contains("UTF-8"), "{latin}");
        for bytes in [&[0xff, 0xfe, 0, 0, 1][..], &[0xff, 0xfe, b'a'], &[0xff, 0xfe, 0, 0xdc]] {
            assert!(decode(bytes).expect_err("no text").contains("save it as UTF-8"), "{bytes:02x?}");
        }
    }

    #[test]
    fn endings_are_known_in_whatever_case() {
        assert!(ends_in(Path::new("a.YML"), &["yaml", "yml"]) && ends_in(Path::new("b.Toml"), &["toml"]));
        assert!(!ends_in(Path::new("yaml"), &["yaml"]) && !ends_in(Path::new("a.yaml.txt"), &["yaml"]));
    }
}

//! How does a large file get to the worker without passing through the page's memory?

use augsphere_spec::{Command, Fault, encode};

/// The bytes that stand before the file's own in an encoded [`Command::Data`].
///
/// An archive can have hundreds of megabytes, and wasm memory never shrinks: the page therefore encodes the command
/// without the file, and the browser appends the file's bytes.
///
/// # Errors
/// A fault if the file is larger than a message can be (4 GiB), or if the form of messages has changed.
pub fn header(name: &str, length: u64) -> Result<Vec<u8>, Fault> {
    let mut header = encode(&Command::Data { name: name.to_owned(), bytes: Vec::new() })?;
    let fault =
        |what: String, remedy: &str| Fault { what, location: name.to_owned(), remedy: remedy.to_owned(), recoverable: true };
    let Ok(mut length) = u32::try_from(length) else {
        return Err(fault(format!("the file has {length} bytes; at most 4 GiB can be read"), "Drop a smaller archive."));
    };
    // The length stands before the bytes, seven bits at a time, the lowest first: that of no bytes is a single 0.
    if header.pop() != Some(0) {
        return Err(fault("the form of messages has changed".into(), "Reload the page."));
    }
    while length >= 0x80 {
        header.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    header.push(length as u8);
    Ok(header)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use augsphere_spec::decode;

    #[test]
    fn header_and_file_together_are_the_command() {
        for length in [0usize, 1, 300, 70_000] {
            let bytes: Vec<u8> = (0..length).map(|index| index as u8).collect();
            let mut message = header("cifar-10-binary.tar.gz", length as u64).unwrap();
            message.extend(&bytes);
            let command: Command = decode(&message).unwrap();
            assert_eq!(command, Command::Data { name: "cifar-10-binary.tar.gz".into(), bytes });
        }
    }

    #[test]
    fn a_file_that_no_message_can_hold_is_refused() {
        let fault = header("huge.bin", 1 << 33).unwrap_err();
        assert!(fault.recoverable && fault.location == "huge.bin");
    }
}

//! Arrays of numbers in NumPy's form, version 1.0: a header that says type and shape, padded to a multiple of 64 bytes, then the numbers row by
//! row. `numpy.load` reads them.

/// What every such file begins with.
const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";

/// An array of this shape as a file: `kind` is NumPy's name of its numbers (`<f4`, `|u1`), `numbers` their bytes.
pub fn write(kind: &str, shape: &[usize], numbers: &[u8]) -> Vec<u8> {
    let sizes: String = shape.iter().map(|size| format!("{size}, ")).collect();
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({}), }}", sizes.trim_end());
    let before = MAGIC.len() + 2;
    let length = (before + header.len() + 1).next_multiple_of(64) - before;
    header.push_str(&" ".repeat(length - header.len() - 1));
    header.push('\n');
    // A header of such a short shape is far below 64 KiB.
    let length = u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes();
    [MAGIC, &length[..], header.as_bytes(), numbers].concat()
}

/// The rows of an array of 32-bit numbers with `N` columns; nothing if the file is anything else, or cut short.
pub fn rows<const N: usize>(file: &[u8]) -> Option<Vec<[f32; N]>> {
    let rest = file.strip_prefix(MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (header, numbers) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    let header: String = std::str::from_utf8(header).ok()?.split_whitespace().collect();
    let shape = header.strip_prefix("{'descr':'<f4','fortran_order':False,'shape':(")?.split_once(')')?.0;
    let (count, columns) = shape.trim_end_matches(',').split_once(',')?;
    let count: usize = count.parse().ok()?;
    if columns.parse() != Ok(N) || count.checked_mul(4 * N) != Some(numbers.len()) {
        return None;
    }
    let (numbers, _) = numbers.as_chunks::<4>();
    let mut numbers = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes));
    Some((0..count).map(|_| std::array::from_fn(|_| numbers.next().unwrap_or_default())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(numbers: &[f32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    /// As `numpy.lib.format` describes version 1.0.
    #[test]
    fn an_array_has_numpys_form() {
        let array = write("<f4", &[2, 3], &bytes(&[0.5, -1.0, 2.0, 3.0, 0.25, 0.0]));
        assert_eq!(&array[..8], b"\x93NUMPY\x01\x00");
        let length = usize::from(u16::from_le_bytes([array[8], array[9]]));
        assert_eq!((10 + length) % 64, 0, "the numbers are aligned");
        let header = std::str::from_utf8(&array[10..10 + length]).expect("text");
        let expected = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3,), }";
        assert!(header.starts_with(expected) && header.ends_with('\n'), "{header}");
        assert_eq!(array.len(), 10 + length + 24);
        assert!(String::from_utf8_lossy(&write("|u1", &[2], &[1, 0])).contains("'shape': (2,), }"));
    }

    #[test]
    fn what_was_written_is_read_and_nothing_else_is() {
        let array = write("<f4", &[2, 3], &bytes(&[0.5, -1.0, 2.0, 3.0, 0.25, f32::MIN_POSITIVE]));
        assert_eq!(rows(&array), Some(vec![[0.5, -1.0, 2.0], [3.0, 0.25, f32::MIN_POSITIVE]]));
        assert_eq!(rows::<2>(&array), None, "another shape");
        for cut in 0..array.len() {
            assert_eq!(rows::<3>(&array[..cut]), None, "cut after {cut} bytes");
        }
        assert_eq!(rows::<3>(&write("<f8", &[2, 3], &[0; 48])), None, "other numbers");
        assert_eq!(rows::<3>(&write("<f4", &[usize::MAX, 3], &[0; 24])), None, "a shape that is too large");
        assert_eq!(rows::<3>(&write("<f4", &[0, 3], &[])), Some(Vec::new()));
    }
}

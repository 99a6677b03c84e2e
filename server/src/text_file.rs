//! Reads text files in the encodings that editors and shells write.

use std::io::{self, Read as _};
use std::path::Path;

/// Why a file is not text.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotText {
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The line with this number holds bytes that are not valid text.
    #[error("line {0}: it is neither UTF-8 nor UTF-16")]
    Encoding(usize),
}

/// Reads a text file. The path `-` reads standard input.
pub(crate) fn read(path: &Path) -> Result<String, NotText> {
    let bytes = bytes(path)?;
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        NotText::Encoding(good.split(|byte| *byte == b'\n').count())
    })
}

/// Reads the bytes of a file. UTF-16 is converted to UTF-8, and a byte order mark is removed. The
/// path `-` reads standard input.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, NotText> {
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        io::stdin().lock().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(path)?;
    }
    unmarked(bytes)
}

/// Removes the byte order mark and converts UTF-16. UTF-16 without a mark is recognized by the zero
/// byte in its first character.
fn unmarked(bytes: Vec<u8>) -> Result<Vec<u8>, NotText> {
    match bytes.as_slice() {
        [0xef, 0xbb, 0xbf, rest @ ..] => Ok(rest.to_vec()),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [1..=u8::MAX, 0, ..] => utf16(&bytes, u16::from_le_bytes),
        [0, 1..=u8::MAX, ..] => utf16(&bytes, u16::from_be_bytes),
        _ => Ok(bytes),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Vec<u8>, NotText> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut line = 1;
    let mut text = String::with_capacity(pairs.len());
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let character = character.map_err(|_| NotText::Encoding(line))?;
        line += usize::from(character == '\n');
        text.push(character);
    }
    if odd.is_empty() { Ok(text.into_bytes()) } else { Err(NotText::Encoding(line)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_the_same_in_every_encoding() {
        let text = "{ \"ä\": 1 }\r\n𝄞";
        let units = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect();
        let (little, big): (Vec<u8>, Vec<u8>) = (units(u16::to_le_bytes), units(u16::to_be_bytes));
        for (mark, bytes) in [
            (&b""[..], text.as_bytes()),
            (b"\xef\xbb\xbf", text.as_bytes()),
            (b"\xff\xfe", &little),
            (b"\xfe\xff", &big),
            (b"", &little),
            (b"", &big),
        ] {
            let read = unmarked([mark, bytes].concat()).unwrap();
            assert_eq!(String::from_utf8(read).unwrap(), text, "{mark:?}");
        }
        assert!(unmarked(b"\xff\xfea\0\xd8".to_vec()).is_err());
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("latin.txt");
        std::fs::write(&path, b"a\nb \xe4\n").unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert_eq!(error, "line 2: it is neither UTF-8 nor UTF-16");
    }
}

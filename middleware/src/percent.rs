//! Percent-escapes.

/// Adds `character` to `text`, as its UTF-8 bytes in escapes.
fn escape(character: char, text: &mut String) {
    for byte in character.encode_utf8(&mut [0; 4]).bytes() {
        text.push('%');
        text.push(digit(byte >> 4));
        text.push(digit(byte & 0xf));
    }
}

/// `path` as it stands in a URL: all but `/` and RFC 3986's unreserved characters escaped, as the
/// SDK does it.
pub(crate) fn url_path(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for character in path.chars() {
        match character {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '.' | '_' | '~' | '/' => text.push(character),
            other => escape(other, &mut text),
        }
    }
    text
}

/// `value` as it stands in the query of a URL: as in a path, and `/` escaped as well.
pub(crate) fn url_query(value: &str) -> String {
    url_path(value).replace('/', "%2F")
}

/// What `text` stands for. What is no UTF-8 has a substitute, and a broken escape is none.
pub(crate) fn decode(text: &str) -> String {
    let Some(bytes) = bytes(text) else { return text.to_owned() };
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether `text` can be in a URL: without anything that had to be escaped, and no broken escape.
pub(crate) fn is_escaped(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic()) && bytes(text).is_some()
}

/// The bytes that `text` stands for; none where an escape is broken.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let mut rest = text.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let [byte, tail @ ..] = rest {
        if *byte == b'%' {
            let [high, low, tail @ ..] = tail else { return None };
            bytes.push(value(*high)? << 4 | value(*low)?);
            rest = tail;
        } else {
            bytes.push(*byte);
            rest = tail;
        }
    }
    Some(bytes)
}

fn digit(value: u8) -> char {
    char::from(b"0123456789ABCDEF"[usize::from(value)])
}

fn value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_is_escaped_in_a_query_only() {
        assert_eq!(url_path("v +/=1"), "v%20%2B/%3D1");
        assert_eq!(url_query("v +/=1"), "v%20%2B%2F%3D1");
    }
}

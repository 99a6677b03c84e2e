//! The canonical request: one spelling for everything that is signed, and for everything whose
//! signature is verified.
//!
//! Nothing is decoded or encoded here, only put in order. The signer hands in what `S3Request`
//! wrote: a URL in which everything but the unreserved is encoded already, and no header twice.
//! The verifier hands in each spelling that it takes, and headers as they came: the values of one
//! that came twice are joined.

/// The signed headers, including `host`, sorted by name.
pub(super) struct SignedHeaders<'a>(Vec<(&'a str, &'a [u8])>);

impl<'a> SignedHeaders<'a> {
    /// Takes headers with unique lower-case names, and adds the host of `url`.
    pub(super) fn new(url: &'a str, headers: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let all = headers.chain([("host", Target::of_url(url).host)]);
        let mut sorted: Vec<_> = all.map(|(name, value)| (name, value.as_bytes())).collect();
        sorted.sort_unstable();
        Self(sorted)
    }

    /// Takes lower-case names in their order; the values of one name in the order they came.
    pub(super) fn in_order(headers: Vec<(&'a str, &'a [u8])>) -> Self {
        Self(headers)
    }

    /// The names as a signature lists them, separated by `;`.
    pub(super) fn names(&self) -> String {
        let mut names = String::with_capacity(self.0.iter().map(|(name, _)| name.len() + 1).sum());
        for (position, (name, _)) in self.0.iter().enumerate() {
            if position > 0 {
                names.push(';');
            }
            names.push_str(name);
        }
        names
    }

    fn len(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len() + value.len() + 2).sum()
    }

    fn push_lines(&self, text: &mut Vec<u8>) {
        for lines in self.0.chunk_by(|(one, _), (next, _)| one == next) {
            for (position, (name, value)) in lines.iter().enumerate() {
                text.extend(if position == 0 { name.as_bytes() } else { b"" });
                text.push(if position == 0 { b':' } else { b',' });
                push_value(text, value);
            }
            text.push(b'\n');
        }
    }
}

/// What a request asks for, as it is spelt.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    /// The host with its port. No part of the canonical request but as a header.
    host: &'a str,
    path: &'a str,
    query: &'a str,
}

impl<'a> Target<'a> {
    /// Takes a URL apart.
    pub(super) fn of_url(url: &'a str) -> Self {
        let place = url.split_once("://").map_or(url, |(_, place)| place);
        let (place, query) = place.split_once('?').unwrap_or((place, ""));
        let (host, path) = place.split_at(place.find('/').unwrap_or(place.len()));
        Self { host, path, query }
    }

    /// Takes the parts of a request that names its host in a header.
    pub(super) fn new(path: &'a str, query: &'a str) -> Self {
        Self { host: "", path, query }
    }
}

/// Builds the canonical request: method, path, query, headers, header names, payload hash.
pub(super) fn request(
    method: &str,
    target: Target<'_>,
    headers: &SignedHeaders<'_>,
    names: &str,
    payload: &str,
) -> Vec<u8> {
    let Target { path, query, .. } = target;
    let known = method.len() + path.len() + query.len() + names.len() + payload.len();
    let mut text = Vec::with_capacity(known + headers.len() + 16);
    text.extend(method.as_bytes());
    text.push(b'\n');
    text.extend(if path.is_empty() { b"/" } else { path.as_bytes() });
    text.push(b'\n');
    push_query(&mut text, query);
    text.push(b'\n');
    headers.push_lines(&mut text);
    text.push(b'\n');
    text.extend(names.as_bytes());
    text.push(b'\n');
    text.extend(payload.as_bytes());
    text
}

/// Appends the query sorted by name, then value: `a=` comes before `a-b=`, although `-` sorts
/// before `=`.
fn push_query(text: &mut Vec<u8>, query: &str) {
    let mut pairs: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    pairs.sort_unstable();
    for (position, (name, value)) in pairs.into_iter().enumerate() {
        if position > 0 {
            text.push(b'&');
        }
        text.extend(name.as_bytes());
        text.push(b'=');
        text.extend(value.as_bytes());
    }
}

/// Appends a header value, trimmed, with runs of spaces collapsed. Only spaces count: for S3, other
/// white space is part of the value.
fn push_value(text: &mut Vec<u8>, value: &[u8]) {
    if !value.starts_with(b" ") && !value.ends_with(b" ") && !has_run(value) {
        return text.extend(value);
    }
    let words = value.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    for (position, word) in words.enumerate() {
        if position > 0 {
            text.push(b' ');
        }
        text.extend(word);
    }
}

fn has_run(value: &[u8]) -> bool {
    value.windows(2).any(|pair| pair == b"  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(url: &str, headers: &[(&str, &str)]) -> String {
        let headers = SignedHeaders::new(url, headers.iter().copied());
        let target = Target::of_url(url);
        let text = request("GET", target, &headers, &headers.names(), "UNSIGNED-PAYLOAD");
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn each_part_of_the_request_has_its_line() {
        let url = "http://h:9000/a//b%20c?b=2&a-b=1&a&c=%2F";
        let found = canonical(url, &[("x-amz-meta-b", "1"), ("range", "bytes=0-9")]);
        let expected = "GET\n/a//b%20c\na=&a-b=1&b=2&c=%2F\nhost:h:9000\nrange:bytes=0-9\n\
            x-amz-meta-b:1\n\nhost;range;x-amz-meta-b\nUNSIGNED-PAYLOAD";
        assert_eq!(found, expected);
    }

    #[test]
    fn a_missing_part_leaves_its_line_empty() {
        for url in ["https://h", "https://h/", "https://h/?"] {
            assert_eq!(canonical(url, &[]), "GET\n/\n\nhost:h\n\nhost\nUNSIGNED-PAYLOAD", "{url}");
        }
    }

    #[test]
    fn only_insignificant_spaces_are_removed() {
        for (value, expected) in [
            ("", ""),
            ("   ", ""),
            ("a b", "a b"),
            ("  a   b  c ", "a b c"),
            ("a\t\tb", "a\t\tb"),
            ("\u{a0} é\u{a0}", "\u{a0} é\u{a0}"),
        ] {
            let mut found = Vec::new();
            push_value(&mut found, value.as_bytes());
            assert_eq!(found, expected.as_bytes(), "{value:?}");
        }
    }

    #[test]
    fn the_values_of_a_header_that_came_twice_are_joined() {
        let sent: Vec<(&str, &[u8])> =
            vec![("host", b"h"), ("x-amz-meta-a", b" 2  1 "), ("x-amz-meta-a", b"\xff")];
        let mut found = Vec::new();
        SignedHeaders::in_order(sent).push_lines(&mut found);
        assert_eq!(found, b"host:h\nx-amz-meta-a:2 1,\xff\n");
    }
}

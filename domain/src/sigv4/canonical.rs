//! The canonical request of SigV4.
//!
//! `S3Request` writes the URL with everything but unreserved characters encoded, and has no header
//! twice. So this module does not decode, encode or merge anything; it only sorts.

/// The signed headers, including `host`, sorted by name.
pub(super) struct SignedHeaders<'a>(Vec<(&'a str, &'a str)>);

impl<'a> SignedHeaders<'a> {
    /// Takes headers with unique lower-case names, and adds the host of `url`.
    pub(super) fn new(url: &'a str, headers: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let (host, _, _) = split(url);
        let mut sorted: Vec<_> = headers.chain([("host", host)]).collect();
        sorted.sort_unstable();
        Self(sorted)
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
}

/// Builds the canonical request: method, path, query, headers, header names, payload hash.
pub(super) fn request(
    method: &str,
    url: &str,
    headers: &SignedHeaders<'_>,
    names: &str,
    payload: &str,
) -> String {
    let (_, path, query) = split(url);
    let lines: usize = headers.0.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let mut text =
        String::with_capacity(method.len() + url.len() + lines + names.len() + payload.len() + 16);
    text.push_str(method);
    text.push('\n');
    text.push_str(if path.is_empty() { "/" } else { path });
    text.push('\n');
    push_query(&mut text, query);
    text.push('\n');
    for (name, value) in &headers.0 {
        text.push_str(name);
        text.push(':');
        push_value(&mut text, value);
        text.push('\n');
    }
    text.push('\n');
    text.push_str(names);
    text.push('\n');
    text.push_str(payload);
    text
}

/// Splits a URL into host with port, path and query.
fn split(url: &str) -> (&str, &str, &str) {
    let place = url.split_once("://").map_or(url, |(_, place)| place);
    let (place, query) = place.split_once('?').unwrap_or((place, ""));
    let (host, path) = place.split_at(place.find('/').unwrap_or(place.len()));
    (host, path, query)
}

/// Appends the query sorted by name, then value: `a=` comes before `a-b=`, although `-` sorts
/// before `=`.
fn push_query(text: &mut String, query: &str) {
    let mut pairs: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    pairs.sort_unstable();
    for (position, (name, value)) in pairs.into_iter().enumerate() {
        if position > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
}

/// Appends a header value, trimmed, with runs of spaces collapsed. Only spaces count: for S3, other
/// white space is part of the value.
fn push_value(text: &mut String, value: &str) {
    let value = value.trim_matches(' ');
    if !value.as_bytes().windows(2).any(|pair| pair == b"  ") {
        return text.push_str(value);
    }
    for (position, word) in value.split(' ').filter(|word| !word.is_empty()).enumerate() {
        if position > 0 {
            text.push(' ');
        }
        text.push_str(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(url: &str, headers: &[(&str, &str)]) -> String {
        let headers = SignedHeaders::new(url, headers.iter().copied());
        request("GET", url, &headers, &headers.names(), "UNSIGNED-PAYLOAD")
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
            let mut found = String::new();
            push_value(&mut found, value);
            assert_eq!(found, expected, "{value:?}");
        }
    }
}

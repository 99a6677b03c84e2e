//! A request in a form for review.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::harness::Recorded;

/// A longer text is printed as its hash.
const SHORT: usize = 1000;

pub(super) struct Paragraph {
    /// The call that caused the request.
    pub(super) call: String,
    pub(super) sent: Recorded,
}

impl Paragraph {
    /// The value of `x-amz-content-sha256`.
    pub(super) fn payload(&self) -> &str {
        &self.sent.payload
    }

    pub(super) fn text(&self) -> String {
        self.print(self.headers())
    }

    /// The text with one line per header: a list in one line means the same as a repeated header,
    /// and has the same signature.
    pub(super) fn folded(&self) -> String {
        let mut headers: Vec<(&str, String)> = Vec::new();
        for (name, value) in self.headers() {
            match headers.last_mut() {
                Some((known, list)) if *known == name => *list = format!("{list},{value}"),
                _ => headers.push((name, value)),
            }
        }
        self.print(headers)
    }

    /// The headers sorted by name. Without `host`, which is in the URI.
    fn headers(&self) -> Vec<(&str, String)> {
        let headers = self.sent.headers.iter();
        let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
        let mut headers: Vec<_> =
            headers.map(|(name, value)| (name.as_str(), text(value.as_bytes()))).collect();
        headers.sort_by_key(|(name, _)| *name);
        headers
    }

    fn print(&self, headers: Vec<(&str, String)>) -> String {
        let mut text = format!("# {}\n{}\n", self.call, self.sent.line);
        for (name, value) in headers {
            let value = match name {
                "amz-sdk-invocation-id" => "<uuid>".to_owned(),
                "authorization" => value.replace(' ', "\n    "),
                _ => value,
            };
            writeln!(text, "{name}: {value}").unwrap();
        }
        text + &self.body()
    }

    fn body(&self) -> String {
        let body = &self.sent.body;
        let size = format!("{} bytes", body.len());
        if body.is_empty() {
            return "body: none\n".to_owned();
        }
        if let Some(short) = short_text(body) {
            return format!("body: text, {size}\n    {}\n", short.replace('\n', "\n    "));
        }
        let hash = hex::encode(Sha256::digest(body));
        if !self.payload().starts_with("STREAMING-") {
            return format!("body: {size}, sha256 {hash}\n");
        }
        let framing = framing(body).join("\n    ");
        format!("body: aws-chunked, {size}, sha256 {hash}\n    {framing}\n")
    }
}

fn short_text(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?;
    (text.len() <= SHORT && !text.contains('\r')).then_some(text)
}

/// The lines of an aws-chunked body, without the data.
fn framing(mut body: &[u8]) -> Vec<&str> {
    let (mut lines, mut data_follows) = (Vec::new(), true);
    while let Some(end) = body.windows(2).position(|pair| pair == b"\r\n") {
        let line = std::str::from_utf8(&body[..end]).unwrap();
        body = &body[end + 2..];
        if data_follows {
            let size = line.split(';').next().unwrap();
            let size = usize::from_str_radix(size, 16).unwrap();
            data_follows = size > 0;
            body = if data_follows { &body[size + 2..] } else { body };
        }
        lines.push(line);
    }
    assert!(body.is_empty(), "the framing does not end with the body");
    lines.retain(|line| !line.is_empty());
    lines
}

//! A caller's request as an owned value, with a text form for seeds and fuzzers.

use sail_cargo_server::domain::s3::{RawRequest, S3Request};

/// All parts of a caller's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallerRequest {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) payload: Option<String>,
    pub(crate) body: Option<Vec<u8>>,
}

impl CallerRequest {
    pub(crate) fn raw(&self) -> RawRequest<'_> {
        RawRequest {
            method: &self.method,
            url: &self.url,
            headers: (&self.headers).into(),
            payload: self.payload.as_deref(),
            body: self.body.as_deref(),
        }
    }

    /// The request to the storage after `request` is signed.
    pub(crate) fn signed(request: &S3Request, body: Option<Vec<u8>>) -> Self {
        Self {
            method: request.method().as_str().to_owned(),
            url: request.url().to_owned(),
            headers: request.headers().to_vec(),
            payload: Some(request.payload().as_str().to_owned()),
            body,
        }
    }

    /// Parses `METHOD URL`, lines of `name: value`, an empty line, a line with the payload, and the
    /// body; each part may be missing. Every text is a request.
    pub(crate) fn from_text(text: &[u8]) -> Self {
        let (head, rest) = split(text, b"\n\n");
        let head = String::from_utf8_lossy(head);
        let mut lines = head.split('\n');
        let (method, url) = cut(lines.next().unwrap_or_default(), " ");
        let headers = lines.map(|line| cut(line, ": ")).collect();
        let (payload, body) = rest.map_or((None, None), |rest| {
            let (payload, body) = split(rest, b"\n");
            (Some(String::from_utf8_lossy(payload).into_owned()), body.map(<[u8]>::to_vec))
        });
        Self { method, url, headers, payload: payload.filter(|text| !text.is_empty()), body }
    }
}

fn cut(text: &str, at: &str) -> (String, String) {
    let (before, after) = text.split_once(at).unwrap_or((text, ""));
    (before.to_owned(), after.to_owned())
}

fn split<'a>(text: &'a [u8], at: &[u8]) -> (&'a [u8], Option<&'a [u8]>) {
    match text.windows(at.len()).position(|window| window == at) {
        Some(found) => (&text[..found], Some(&text[found + at.len()..])),
        None => (text, None),
    }
}

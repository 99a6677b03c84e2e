//! What a side answered, without what may differ: dates, ids and addresses.

use std::collections::BTreeMap;

/// Headers that are dates.
const DATES: [&str; 2] = ["date", "last-modified"];
/// Headers that are ids.
const IDS: [&str; 4] =
    ["x-amz-request-id", "x-amz-id-2", "x-amz-version-id", "x-amz-copy-source-version-id"];
/// Elements that are dates, ids and addresses.
const MASKED: [&str; 13] = [
    "AbortDate",
    "CreationDate",
    "DeleteMarkerVersionId",
    "HostId",
    "Initiated",
    "LastModified",
    "NextContinuationToken",
    "NextUploadIdMarker",
    "NextVersionIdMarker",
    "RequestId",
    "UploadId",
    "VersionId",
    "VersionIdMarker",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
}

impl Answer {
    pub(super) async fn read(response: reqwest::Response, is_head: bool) -> Self {
        let status = response.status().as_u16();
        let mut headers = BTreeMap::<String, String>::new();
        for (name, value) in response.headers() {
            let value = String::from_utf8_lossy(value.as_bytes());
            let lines = headers.entry(name.to_string()).or_default();
            *lines = if lines.is_empty() { value.into() } else { format!("{lines}\n{value}") };
        }
        let body = response.bytes().await.unwrap();
        // What is masked in a document changes its length.
        let is_own = headers.get("content-length").is_some_and(|it| *it == body.len().to_string());
        if is_own && !is_head && body.starts_with(b"<") {
            headers.insert("content-length".to_owned(), "the document's".to_owned());
        }
        // Every byte of an object, as text.
        let body = String::from_utf8(body.into()).unwrap_or_else(|error| {
            error.as_bytes().iter().map(|byte| char::from(*byte)).collect()
        });
        Self { status, headers, body }
    }

    pub(super) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).cloned()
    }

    /// The text of the first element of this name.
    pub(super) fn element(&self, name: &str) -> Option<String> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let (text, _) = self.body.split_once(&open)?.1.split_once(&close)?;
        Some(text.replace("&#34;", "\"").replace("&quot;", "\""))
    }

    /// Replaces what only one side knows, and masks dates, ids and addresses.
    pub(super) fn replace<'a>(
        &mut self,
        known: impl Iterator<Item = (&'static str, &'a str)>,
        url: &'a str,
    ) {
        let known = known.map(|(name, value)| (value, format!("{{{name}}}")));
        let known: Vec<_> = known.chain([(url, "{url}".to_owned())]).collect();
        let replaced = |text: &str| {
            known.iter().fold(text.to_owned(), |text, (value, name)| text.replace(value, name))
        };
        for (name, value) in &mut self.headers {
            *value = match name.as_str() {
                date if DATES.contains(&date) => "a date".to_owned(),
                id if IDS.contains(&id) => "an id".to_owned(),
                _ => replaced(value),
            };
        }
        if self.body.starts_with('<') {
            let masked = MASKED.iter().fold(self.body.clone(), |text, name| mask(&text, name));
            self.body = lines_of(&replaced(&masked));
        }
    }

    /// The parts that differ: `status`, a header's name, or `body`; with both sides' values.
    pub(super) fn differs(&self, other: &Self) -> Vec<(String, String, String)> {
        let mut parts = Vec::new();
        let mut note = |part: &str, one: String, two: String| {
            if one != two {
                parts.push((part.to_owned(), one, two));
            }
        };
        note("status", self.status.to_string(), other.status.to_string());
        let names: std::collections::BTreeSet<_> =
            self.headers.keys().chain(other.headers.keys()).collect();
        for name in names {
            let value = |answer: &Self| answer.header(name).unwrap_or_else(|| "-".to_owned());
            note(name, value(self), value(other));
        }
        note("body", self.body.clone(), other.body.clone());
        parts
    }
}

/// Replaces the text of all elements of a name.
fn mask(text: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut pieces = text.split(&open);
    let mut masked = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.find(&close).map_or("", |end| &piece[end..]);
        let shown = if piece.starts_with('<') { "" } else { "…" };
        masked.extend([open.as_str(), shown, rest]);
    }
    masked
}

/// A document with each element on a line of its own, without its declaration and the white space between
/// elements.
fn lines_of(document: &str) -> String {
    let document = document.split_once("?>").map_or(document, |(_, rest)| rest);
    let lines = document.split('<').map(str::trim_end).filter(|line| !line.is_empty());
    lines.map(|line| format!("<{line}")).collect::<Vec<_>>().join("\n")
}

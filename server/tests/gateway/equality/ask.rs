//! One operation, as both sides are asked it.

/// Where a value of an answer stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Header(&'static str),
    /// The text of the first element of this name.
    Element(&'static str),
}

/// A request. `{name}` in the target, a header or the body stands for what an earlier answer of the same
/// side said; `{bucket}` for the side's own bucket, `{other}` for its second one.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    /// `group/what`, by which docs/gateway.md names it.
    pub(super) name: String,
    pub(super) method: &'static str,
    /// Path and query; `{name}` is percent-encoded when it is filled in.
    pub(super) target: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    pub(super) keeps: Vec<(&'static str, Place)>,
}

impl Ask {
    pub(super) fn of(name: impl Into<String>, method: &'static str, target: &str) -> Self {
        Self {
            name: name.into(),
            method,
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            keeps: Vec::new(),
        }
    }

    /// Of the key in the bucket; `key` is percent-encoded, and may have a query.
    pub(super) fn key(name: impl Into<String>, method: &'static str, key: &str) -> Self {
        Self::of(name, method, &format!("/{{bucket}}/{key}"))
    }

    /// Of the bucket, with a query.
    pub(super) fn bucket(name: impl Into<String>, method: &'static str, query: &str) -> Self {
        Self::of(name, method, &format!("/{{bucket}}?{query}"))
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// A document, with the hash that some operations demand.
    pub(super) fn document(self, xml: &str) -> Self {
        use base64::Engine as _;
        use md5::Digest as _;
        let md5 = base64::engine::general_purpose::STANDARD.encode(md5::Md5::digest(xml));
        self.with("content-type", "application/xml").with("content-md5", md5).body(xml)
    }

    /// Keeps a value of the answer for later requests.
    pub(super) fn keep(mut self, name: &'static str, place: Place) -> Self {
        self.keeps.push((name, place));
        self
    }
}

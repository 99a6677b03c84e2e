//! Answers that come late: the storage sends blanks until it knows, and may say 200 and then an error (G22).
//! `<Location>` names the storage's address, and is replaced by the client's own.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame};

use super::response::Download;
use crate::domain::xml_document::escaped;
use crate::storage_client::upstream::UpstreamError;

/// Bytes of a document in which an address is looked for.
const HEAD: usize = 64 * 1024;
const OPEN: &str = "<Location>";
const CLOSE: &str = "</Location>";

/// A document on its way: blanks pass at once, and its head is held until it is known.
pub(super) struct LateDocument {
    body: Download,
    /// The address as the client knows it.
    location: String,
    held: BytesMut,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The head is not over.
    Head,
    /// What follows passes as it is.
    Rest,
    Over,
}

impl LateDocument {
    /// The document of `body`, about the object at `location`.
    pub(super) fn new(body: Download, location: String) -> Self {
        Self { body, location, held: BytesMut::new(), stage: Stage::Head }
    }

    /// Takes more of the head. What may go out.
    fn take(&mut self, more: &[u8]) -> Option<Bytes> {
        self.held.extend_from_slice(more);
        if is_blank(&self.held) {
            return Some(self.held.split().freeze()).filter(|blanks| !blanks.is_empty());
        }
        let is_known = find(&self.held, CLOSE).is_some() || self.held.len() >= HEAD;
        is_known.then(|| self.release())
    }

    /// The head, with the client's address. What follows passes.
    fn release(&mut self) -> Bytes {
        self.stage = Stage::Rest;
        let head = self.held.split().freeze();
        if let Some(code) = error_code(&head) {
            self.body.failed_with(code);
        }
        relocated(&head, &self.location)
    }
}

impl Body for LateDocument {
    type Data = Bytes;
    type Error = UpstreamError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UpstreamError>>> {
        let this = self.get_mut();
        loop {
            if this.stage == Stage::Over {
                return Poll::Ready(None);
            }
            let polled = ready!(Pin::new(&mut this.body).poll_frame(context));
            if this.stage == Stage::Rest {
                return Poll::Ready(polled);
            }
            let out = match polled {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => this.take(&data),
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    let last = this.release();
                    this.stage = Stage::Over;
                    Some(last).filter(|last| !last.is_empty())
                }
            };
            if let Some(bytes) = out {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self.stage {
            Stage::Head => false,
            Stage::Rest => self.body.is_end_stream(),
            Stage::Over => true,
        }
    }
}

/// Whether there is nothing but blanks and the declaration of a document.
fn is_blank(bytes: &[u8]) -> bool {
    let rest = bytes.trim_ascii_start();
    if rest.starts_with(b"<?xml") {
        return find(rest, "?>").is_some_and(|end| rest[end + 2..].trim_ascii().is_empty());
    }
    rest.is_empty()
}

/// The document with `location` in the place of its own.
fn relocated(document: &Bytes, location: &str) -> Bytes {
    let inner = find(document, OPEN).and_then(|start| {
        let start = start + OPEN.len();
        Some((start, start + find(&document[start..], CLOSE)?))
    });
    let Some((start, end)) = inner else { return document.clone() };
    [&document[..start], escaped(location).as_bytes(), &document[end..]].concat().into()
}

/// The code of an `<Error>` document.
fn error_code(document: &[u8]) -> Option<String> {
    let root = find(document, "<Error")?;
    let code = &document[root..];
    let code = &code[find(code, "<Code>")? + "<Code>".len()..];
    let code = std::str::from_utf8(&code[..find(code, "</Code>")?]).ok()?;
    let is_code = |code: &&str| code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric());
    Some(code).filter(is_code).map(ToOwned::to_owned)
}

fn find(bytes: &[u8], text: &str) -> Option<usize> {
    bytes.windows(text.len()).position(|window| window == text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g22_the_location_is_the_clients() {
        let of = |document: &'static str| {
            let document = relocated(&Bytes::from_static(document.as_bytes()), "http://g/a?b&c");
            String::from_utf8(document.to_vec()).unwrap()
        };
        assert_eq!(
            of("<R><Location>http://storage:8333/b/k</Location><Key>k</Key></R>"),
            "<R><Location>http://g/a?b&amp;c</Location><Key>k</Key></R>"
        );
        assert_eq!(
            of("<R><Location></Location></R>"),
            "<R><Location>http://g/a?b&amp;c</Location></R>"
        );
        for other in ["<R/>", "<Error><Code>X</Code></Error>", "<R><Location>cut"] {
            assert_eq!(of(other), other);
        }
    }

    #[test]
    fn g22_blanks_pass_before_the_document() {
        let declared = b"\n <?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\n  ";
        for blank in [&b""[..], b" \n ", declared] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for document in [&b" <?xml vers"[..], b"<R>", b"<?xml version=\"1.0\"?><R", b"x"] {
            assert!(!is_blank(document), "{document:?}");
        }
    }

    #[test]
    fn g22_a_200_that_holds_an_error_is_known_by_its_code() {
        let error = b"\n<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>";
        assert_eq!(error_code(error).as_deref(), Some("InternalError"));
        assert_eq!(error_code(b"<Error><Code>a b</Code></Error>"), None);
        assert_eq!(error_code(b"<CopyObjectResult/>"), None);
    }
}

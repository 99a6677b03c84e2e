//! Reads `<Error>` documents, in which storages describe errors. The content is untrusted: only
//! XML's five entities and character references are resolved, and any other document is an error.

use quick_xml::Reader;
use quick_xml::encoding::EncodingError;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Maximum nesting of elements. An `<Error>` from S3 has two levels.
const DEPTH: usize = 16;

/// Code and message of an `<Error>`; empty if absent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ErrorDocument {
    pub(super) code: String,
    pub(super) message: String,
}

/// Why a body is not an `<Error>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoErrorDocument {
    /// The body is truncated, or not XML in UTF-8.
    Malformed,
    /// The root is another element, or the code or message contains elements.
    OtherKind,
    /// The body has a document type, CDATA, or an entity that XML does not define.
    Markup,
    /// The elements are nested too deeply.
    TooDeep,
}

impl ErrorDocument {
    /// Reads a body up to the end of its root element.
    ///
    /// # Errors
    /// [`NoErrorDocument`] if the body is not an `<Error>`.
    pub(super) fn read(body: &[u8]) -> Result<Self, NoErrorDocument> {
        let text = std::str::from_utf8(body).map_err(|_| NoErrorDocument::Malformed)?;
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let (mut document, mut path) = (Self::default(), Vec::new());
        loop {
            match reader.read_event()? {
                Event::Start(tag) => document.enter(&tag, &mut path)?,
                Event::End(_) => {
                    path.pop();
                    if path.is_empty() {
                        return Ok(document);
                    }
                }
                Event::Text(text) => document.push(&path, &text.xml10_content()?),
                Event::GeneralRef(name) => document.push(&path, &resolved(&name)?),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::CData(_) | Event::DocType(_) => return Err(NoErrorDocument::Markup),
                Event::Eof | Event::Empty(_) => return Err(NoErrorDocument::Malformed),
            }
        }
    }

    /// Enters an element. If an element is repeated, its last text counts.
    fn enter(
        &mut self,
        tag: &BytesStart<'_>,
        path: &mut Vec<Vec<u8>>,
    ) -> Result<(), NoErrorDocument> {
        let name = tag.local_name().into_inner();
        match &**path {
            [] if name != b"Error" => return Err(NoErrorDocument::OtherKind),
            [_, parent] if is_text(parent) => return Err(NoErrorDocument::OtherKind),
            [_] if name == b"Code" => self.code.clear(),
            [_] if name == b"Message" => self.message.clear(),
            deep if deep.len() == DEPTH => return Err(NoErrorDocument::TooDeep),
            _ => {}
        }
        path.push(name.to_vec());
        Ok(())
    }

    /// Adds a text in the innermost element of `path`.
    fn push(&mut self, path: &[Vec<u8>], text: &str) {
        match path {
            [_, name] if name == b"Code" => self.code.push_str(text),
            [_, name] if name == b"Message" => self.message.push_str(text),
            _ => {}
        }
    }
}

/// Whether the element may contain only text.
fn is_text(name: &[u8]) -> bool {
    matches!(name, b"Code" | b"Message")
}

/// The text of the reference `&name;`.
fn resolved(name: &BytesRef<'_>) -> Result<String, NoErrorDocument> {
    if let Some(character) = name.resolve_char_ref()? {
        return Ok(character.to_string());
    }
    let known = resolve_xml_entity(&name.decode()?).ok_or(NoErrorDocument::Markup)?;
    Ok(known.to_owned())
}

impl From<quick_xml::Error> for NoErrorDocument {
    fn from(_: quick_xml::Error) -> Self {
        Self::Malformed
    }
}

impl From<EncodingError> for NoErrorDocument {
    fn from(_: EncodingError) -> Self {
        Self::Malformed
    }
}

#[cfg(test)]
mod tests {
    use super::NoErrorDocument::{Malformed, Markup, OtherKind, TooDeep};
    use super::*;

    fn read(body: &str) -> Result<(String, String), NoErrorDocument> {
        ErrorDocument::read(body.as_bytes()).map(|error| (error.code, error.message))
    }

    #[test]
    fn an_error_is_read_as_storages_write_it() {
        for (body, code, message) in [
            ("<Error><Code>A</Code><Message>b</Message></Error>", "A", "b"),
            (
                "<?xml version='1.0'?>\n<Error>\n<Message>b &amp;&#x20;c</Message></Error>\n",
                "",
                "b & c",
            ),
            ("<s:Error xmlns:s='http://s3/'><s:Code>A</s:Code><s:Message/></s:Error>", "A", ""),
            ("<Error><Details><Code>B</Code></Details><Code>A</Code></Error>", "A", ""),
            ("<Error><!-- hello --><Code>A</Code></Error>", "A", ""),
            ("<Error><Code>NoSuch</Code><Code>Key</Code></Error>", "Key", ""),
            ("<Error/>", "", ""),
        ] {
            assert_eq!(read(body), Ok((code.to_owned(), message.to_owned())), "{body}");
        }
    }

    #[test]
    fn what_is_no_error_says_nothing() {
        let whole = "<Error><Code>NoSuchKey</Code></Error>";
        for cut in 0..whole.len() {
            assert_eq!(read(&whole[..cut]), Err(Malformed), "cut off at {cut}");
        }
        for (body, expected) in [
            ("no xml".to_owned(), Malformed),
            ("<Error><Code>A</Error>".to_owned(), Malformed),
            ("<Error><Code>a & b</Code></Error>".to_owned(), Malformed),
            ("<Error><Code>&#0;</Code></Error>".to_owned(), Malformed),
            ("<html><Code>NoSuchKey</Code></html>".to_owned(), OtherKind),
            ("<Code>NoSuchKey</Code>".to_owned(), OtherKind),
            ("<Error><Code>NoSuch<x/>Key</Code></Error>".to_owned(), OtherKind),
            ("<Error><Code>&e;</Code></Error>".to_owned(), Markup),
            ("<Error><Code><![CDATA[A]]></Code></Error>".to_owned(), Markup),
            ("<!DOCTYPE Error [<!ENTITY e 'A'>]><Error/>".to_owned(), Markup),
            ("<Error>".repeat(1_000_000), TooDeep),
        ] {
            let told: String = body.chars().take(60).collect();
            assert_eq!(read(&body), Err(expected), "{told}");
        }
        assert_eq!(ErrorDocument::read(b"<Error><Code>\xff</Code></Error>"), Err(Malformed));
    }
}

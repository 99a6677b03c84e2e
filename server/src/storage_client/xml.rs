//! A parser for the XML of storages. A storage is not trusted: the size of a document is limited,
//! only the five predefined entities and character references are resolved, and anything unusual is
//! an error.

use std::borrow::Cow;
use std::cell::RefCell;

use quick_xml::NsReader;
use quick_xml::encoding::EncodingError;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;

/// The namespaces of S3's documents: AWS's, with and without the final slash, and Google Cloud
/// Storage's.
const NAMESPACES: [&str; 3] = [
    "http://s3.amazonaws.com/doc/2006-03-01/",
    "http://s3.amazonaws.com/doc/2006-03-01",
    "http://doc.s3.amazonaws.com/2006-03-01",
];

/// The maximum depth of elements. S3's documents have seven levels.
const DEPTH: usize = 16;
/// The maximum number of elements. A page of buckets has some thousands.
const ELEMENTS: usize = 100_000;
/// The maximum number of attributes per element: the parser compares each with all others.
const ATTRIBUTES: usize = 16;

/// Why a document cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum XmlError {
    /// The bytes are not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// The document is truncated, or not XML.
    #[error("it is not well-formed XML")]
    Malformed,
    /// The document has a document type, a comment or CDATA.
    #[error("it has a document type, a comment or CDATA, which answers of S3 never have")]
    Markup,
    /// The document refers to an unknown entity.
    #[error("it uses an entity that XML does not define")]
    Entity,
    /// The document exceeds a limit that no answer of S3 reaches.
    #[error("it has more elements, attributes or levels than any answer of S3")]
    TooLarge,
}

/// An element with its content.
#[derive(Debug)]
pub(super) struct Element {
    tag: Tag,
    text: String,
    children: Vec<Element>,
}

/// The name of an element.
#[derive(Debug)]
struct Tag {
    /// The local name, without the prefix.
    name: String,
    /// Whether the element is in one of S3's namespaces, or in none.
    is_s3: bool,
}

/// Parses a whole document and returns its root element.
///
/// # Errors
/// See [`XmlError`].
pub(super) fn parse(body: &[u8]) -> Result<Element, XmlError> {
    let mut pieces = Pieces::of(body)?;
    let Some(Piece::Open(tag)) = pieces.advance()? else { return Err(XmlError::Malformed) };
    let root = Element::read(tag, &mut pieces)?;
    if pieces.advance()?.is_some() { Err(XmlError::Malformed) } else { Ok(root) }
}

/// The name of the root element. What follows may be truncated: half a listing shows names, too.
pub(super) fn root(body: &[u8]) -> Option<String> {
    match Pieces::of(body).ok()?.advance() {
        Ok(Some(Piece::Open(tag))) => Some(tag.name),
        _ => None,
    }
}

/// The first text for which `wanted` holds, of an element called `name` in any namespace. It reads
/// as far as the document is valid.
pub(super) fn find(body: &[u8], name: &str, wanted: impl Fn(&str) -> bool) -> Option<String> {
    let mut pieces = Pieces::of(body).ok()?;
    let mut found: Option<String> = None;
    while let Ok(Some(piece)) = pieces.advance() {
        match (piece, &mut found) {
            (Piece::Open(tag), _) => found = (tag.name == name).then(String::new),
            (Piece::Text(more), Some(text)) => text.push_str(&more),
            (Piece::Text(_), None) => {}
            (Piece::Close, _) => match found.take() {
                Some(text) if wanted(text.trim()) => return Some(text.trim().to_owned()),
                _ => {}
            },
        }
    }
    None
}

/// The texts of all elements called `name`, in order, up to where `body` is no XML any more.
pub(super) fn all(body: &[u8], name: &str) -> Vec<String> {
    let all = RefCell::new(Vec::new());
    let note = |text: &str| {
        all.borrow_mut().push(text.to_owned());
        false
    };
    find(body, name, note);
    all.into_inner()
}

impl Element {
    /// Reads the content of an element up to its end tag. The recursion is at most [`DEPTH`] deep.
    fn read(tag: Tag, pieces: &mut Pieces<'_>) -> Result<Self, XmlError> {
        let mut element = Self { tag, text: String::new(), children: Vec::new() };
        loop {
            match pieces.advance()? {
                Some(Piece::Open(tag)) => element.children.push(Self::read(tag, pieces)?),
                Some(Piece::Text(text)) => element.text.push_str(&text),
                Some(Piece::Close) => return Ok(element),
                None => return Err(XmlError::Malformed),
            }
        }
    }

    /// Whether this is an S3 element called `kind`.
    pub(super) fn is(&self, kind: &str) -> bool {
        self.tag.is_s3 && self.tag.name == kind
    }

    /// The child elements called `kind`.
    pub(super) fn children(&self, kind: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.is(kind))
    }

    /// The text of the first child called `kind`; `None` if it is empty or has child elements.
    pub(super) fn text(&self, kind: &str) -> Option<&str> {
        let child = self.children(kind).next()?;
        let text = child.text.trim();
        (child.children.is_empty() && !text.is_empty()).then_some(text)
    }
}

/// The tokens of a document.
enum Piece {
    Open(Tag),
    Text(String),
    Close,
}

/// The tokens of a document, up to the first error.
struct Pieces<'a> {
    reader: NsReader<&'a [u8]>,
    depth: usize,
    elements: usize,
}

impl<'a> Pieces<'a> {
    fn of(body: &'a [u8]) -> Result<Self, XmlError> {
        let text = std::str::from_utf8(body).map_err(|_| XmlError::NotUtf8)?;
        let mut reader = NsReader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Ok(Self { reader, depth: 0, elements: 0 })
    }

    /// The next token; `None` after the end of the root element.
    fn advance(&mut self) -> Result<Option<Piece>, XmlError> {
        loop {
            match self.reader.read_event()? {
                Event::Start(tag) => return self.open(&tag).map(Some),
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Some(Piece::Close));
                }
                Event::Text(text) => {
                    let text = plain(text.xml10_content()?)?;
                    if self.depth > 0 || !text.trim().is_empty() {
                        return Ok(Some(Piece::Text(text)));
                    }
                }
                Event::GeneralRef(name) => return Ok(Some(Piece::Text(resolved(&name)?))),
                Event::Decl(_) if self.elements == 0 => {}
                Event::PI(_) => {}
                Event::Eof if self.depth == 0 => return Ok(None),
                Event::DocType(_) | Event::Comment(_) | Event::CData(_) => {
                    return Err(XmlError::Markup);
                }
                Event::Decl(_) | Event::Eof | Event::Empty(_) => return Err(XmlError::Malformed),
            }
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>) -> Result<Piece, XmlError> {
        (self.depth, self.elements) = (self.depth + 1, self.elements + 1);
        if self.depth > DEPTH || self.elements > ELEMENTS {
            return Err(XmlError::TooLarge);
        }
        check_attributes(tag)?;
        let (space, name) = self.reader.resolver().resolve_element(tag.name());
        let is_s3 = match space {
            ResolveResult::Unbound => true,
            ResolveResult::Bound(space) => {
                NAMESPACES.iter().any(|known| known.as_bytes() == space.into_inner())
            }
            ResolveResult::Unknown(_) => return Err(XmlError::Malformed),
        };
        let name = String::from_utf8(name.into_inner().to_vec());
        Ok(Piece::Open(Tag { name: name.map_err(|_| XmlError::NotUtf8)?, is_s3 }))
    }
}

fn check_attributes(tag: &BytesStart<'_>) -> Result<(), XmlError> {
    for (position, attribute) in tag.attributes().enumerate() {
        if position == ATTRIBUTES {
            return Err(XmlError::TooLarge);
        }
        attribute.map_err(|_| XmlError::Malformed)?;
    }
    Ok(())
}

/// The text that the reference `&name;` stands for.
fn resolved(name: &BytesRef<'_>) -> Result<String, XmlError> {
    let text = match name.resolve_char_ref()? {
        Some(character) => character.to_string(),
        None => resolve_xml_entity(&name.decode()?).ok_or(XmlError::Entity)?.to_owned(),
    };
    plain(text.into())
}

/// Refuses characters that XML does not allow (XML 1.0 §2.2).
fn plain(text: Cow<'_, str>) -> Result<String, XmlError> {
    let is_odd = |character: char| match character {
        '\t' | '\n' | '\r' => false,
        other => other < ' ' || matches!(other, '\u{fffe}' | '\u{ffff}'),
    };
    if text.contains(is_odd) { Err(XmlError::Malformed) } else { Ok(text.into_owned()) }
}

impl From<quick_xml::Error> for XmlError {
    fn from(error: quick_xml::Error) -> Self {
        use quick_xml::Error as Xml;
        use quick_xml::name::NamespaceError::TooManyDeclarations;
        match error {
            Xml::Encoding(_) => Self::NotUtf8,
            Xml::Namespace(TooManyDeclarations(_)) => Self::TooLarge,
            _ => Self::Malformed,
        }
    }
}

impl From<EncodingError> for XmlError {
    fn from(_: EncodingError) -> Self {
        Self::NotUtf8
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::xml_document::escaped;

    /// Fragments of XML in random order.
    const ODD: &str = "(<[a-c:/!?]{0,3}|>|=|'|&[#x0-9a-z]{0,3};?| |xmlns|[a-c\u{0}\u{e9}]|-->|\\]\\]>|\\[CDATA\\[){0,40}";

    fn error(body: &[u8]) -> Option<XmlError> {
        parse(body).err()
    }

    #[test]
    fn a_document_is_read_as_it_is_meant() {
        let body = "\u{feff}<?xml version='1.0' encoding='UTF-8'?>\r\n<?odd?>\n\
                    <s:Error xmlns:s='http://doc.s3.amazonaws.com/2006-03-01' a='1'>\n\
                    <s:Code > A&amp;&#66;&#x43;&lt;&gt;&quot;&apos; </s:Code><s:Message/>\
                    <x xmlns='http://other/'><Code>foreign</Code></x>\
                    <s:Mixed>a<s:b/>c</s:Mixed></s:Error>\n<?odd?>\n";
        let root = parse(body.as_bytes()).unwrap();
        assert!(root.is("Error") && !root.is("error") && !root.is("s:Error"));
        assert_eq!(root.text("Code"), Some("A&BC<>\"'"));
        for none in ["Message", "Mixed", "x", "b"] {
            assert_eq!(root.text(none), None, "{none}");
        }
        assert_eq!(root.children("Code").count(), 1);
        assert_eq!(super::root(body.as_bytes()).as_deref(), Some("Error"));
    }

    #[test]
    fn odd_documents_are_errors_with_a_name() {
        use XmlError::{Entity, Malformed, Markup, NotUtf8, TooLarge};
        let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
        let wide = |count: usize, name: &str| {
            let each = |number| format!(" {name}{number}='>'");
            format!("<a{}/>", (0..count).map(each).collect::<String>())
        };
        let long = |count: usize| format!("<a>{}</a>", "<b/>".repeat(count));
        for (body, expected) in [
            (String::new(), Some(Malformed)),
            ("no xml".to_owned(), Some(Malformed)),
            ("{\"a\": 1}".to_owned(), Some(Malformed)),
            ("<a>".to_owned(), Some(Malformed)),
            ("<a".to_owned(), Some(Malformed)),
            ("</a>".to_owned(), Some(Malformed)),
            ("<a></b>".to_owned(), Some(Malformed)),
            ("<a/><a/>".to_owned(), Some(Malformed)),
            ("<a/>x".to_owned(), Some(Malformed)),
            ("x<a/>".to_owned(), Some(Malformed)),
            ("&amp;<a/>".to_owned(), Some(Malformed)),
            ("<a/><?xml version='1.0'?>".to_owned(), Some(Malformed)),
            ("<a>&</a>".to_owned(), Some(Malformed)),
            ("<a>&amp</a>".to_owned(), Some(Malformed)),
            ("<a>&#0;</a>".to_owned(), Some(Malformed)),
            ("<a>&#8;</a>".to_owned(), Some(Malformed)),
            ("<a>&#xD800;</a>".to_owned(), Some(Malformed)),
            ("<a>&#x110000;</a>".to_owned(), Some(Malformed)),
            ("<a>&#+1;</a>".to_owned(), Some(Malformed)),
            ("<a>\u{0}</a>".to_owned(), Some(Malformed)),
            ("<a>\u{ffff}</a>".to_owned(), Some(Malformed)),
            ("<a b/>".to_owned(), Some(Malformed)),
            ("<a b='1' b='2'/>".to_owned(), Some(Malformed)),
            ("<s:a/>".to_owned(), Some(Malformed)),
            ("<a>&e;</a>".to_owned(), Some(Entity)),
            ("<a>&nbsp;</a>".to_owned(), Some(Entity)),
            ("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>".to_owned(), Some(Markup)),
            ("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>".to_owned(), Some(Markup)),
            ("<a><!-- x --></a>".to_owned(), Some(Markup)),
            ("<a><![CDATA[x]]></a>".to_owned(), Some(Markup)),
            (nested(DEPTH), None),
            (nested(DEPTH + 1), Some(TooLarge)),
            (nested(1_000_000), Some(TooLarge)),
            ("<a>".repeat(1_000_000), Some(TooLarge)),
            (wide(ATTRIBUTES, "b"), None),
            (wide(ATTRIBUTES + 1, "b"), Some(TooLarge)),
            (wide(200_000, "b"), Some(TooLarge)),
            (wide(200_000, "xmlns:b"), Some(TooLarge)),
            (long(ELEMENTS - 1), None),
            (long(ELEMENTS), Some(TooLarge)),
        ] {
            let told: String = body.chars().take(60).collect();
            assert_eq!(error(body.as_bytes()), expected, "{told}");
        }
        assert_eq!(error(b"<a>\xff</a>"), Some(NotUtf8));
        assert_eq!(
            error("<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>().as_slice()),
            Some(Malformed)
        );
    }

    #[test]
    fn an_element_is_found_wherever_it_stands_until_the_document_breaks() {
        let found = |body: &str, wanted: &str| {
            find(body.as_bytes(), "Size", |size| wanted.is_empty() || size == wanted)
        };
        for (body, wanted, expected) in [
            ("<L><P><Size> 1 </Size></P><P><Size>22</Size></P></L>", "", Some("1")),
            ("<L><P><Size>1</Size></P><P><Size>22</Size></P></L>", "22", Some("22")),
            ("<L><P><Size>1</Size></P><P><Size>22</Size></P></L>", "2", None),
            ("<x:L xmlns:x='y'><x:Size>1</x:Size></x:L>", "", Some("1")),
            ("<L><Size>1&amp;&#50;</Size></L>", "1&2", Some("1&2")),
            ("<Size>1</Size>", "", Some("1")),
            ("<L><Size/></L>", "", Some("")),
            ("<L><Size>1<b/></Size></L>", "", None),
            ("<L><Size>1</Size>", "", Some("1")),
            ("<L><Size>1</Siz", "", None),
            ("<L><!-- --><Size>1</Size></L>", "", None),
            ("<L><Sizes>1</Sizes></L>", "", None),
            ("1", "", None),
        ] {
            assert_eq!(found(body, wanted).as_deref(), expected, "{body}");
        }
        assert_eq!(root(b"<ListBucketResult><Na").as_deref(), Some("ListBucketResult"));
        assert_eq!(root(b"an object with <ListBucketResult> in it"), None);
    }

    proptest! {
        #[test]
        fn whatever_comes_nothing_panics(body in ODD) {
            prop_assert_eq!(find(body.as_bytes(), "a", |_| false), None);
            prop_assert!(parse(body.as_bytes()).is_err() || root(body.as_bytes()).is_some());
        }

        #[test]
        fn what_is_escaped_is_read_again(text in "[^\u{0}-\u{1f}\u{fffe}\u{ffff}]*") {
            let body = format!("<a><b>x{}x</b></a>", escaped(&text));
            let root = parse(body.as_bytes()).unwrap();
            prop_assert_eq!(root.text("b"), Some(&*format!("x{text}x")));
        }
    }
}

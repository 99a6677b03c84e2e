//! A parser for the plain subset of XML that all parsers read in the same way: elements and text.
//!
//! Everything else in XML (attributes, DTDs, comments, CDATA, prefixes, other encodings) is
//! refused, so that the storage cannot read another document than the one that was judged. The
//! parser makes one pass over the bytes.

use crate::xml_document::S3 as NAMESPACE;

/// The rest of the document. Every method returns `None` if the document is not plain.
pub(super) struct Reader<'a> {
    rest: &'a str,
}

/// The next item in an element that contains elements.
pub(super) enum Next<'a> {
    /// An element with this name. Its start tag has been read.
    Child(&'a str),
    /// The end tag of the parent. It has been read.
    End,
}

impl<'a> Reader<'a> {
    /// Opens a document whose root is `<root>`, with S3's namespace or none.
    pub(super) fn open(body: &'a [u8], root: &str) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        let mut reader = Self { rest: text.trim_start_matches('\u{feff}') };
        reader.skip_declaration()?;
        reader.open_root(root)?;
        Some(reader)
    }

    /// Reads the next item in `parent`. Only white space may come between elements.
    pub(super) fn next(&mut self, parent: &str) -> Option<Next<'a>> {
        self.skip_blanks();
        self.eat("<")?;
        let name = self.up_to(">")?;
        if name.strip_prefix('/') == Some(parent) {
            return Some(Next::End);
        }
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        plain.then_some(Next::Child(name))
    }

    /// Reads the text of an element without children, and its end tag. Resolves references.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let raw = self.up_to("<")?;
        self.eat("/")?;
        self.eat(name)?;
        self.eat(">")?;
        // XML parsers normalise line ends: what they read would differ from a raw one.
        if raw.contains(['\r', '\n']) || raw.contains("]]>") {
            return None;
        }
        unescape(raw)
    }

    /// Checks that only white space is left.
    pub(super) fn close(mut self) -> Option<()> {
        self.skip_blanks();
        self.rest.is_empty().then_some(())
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn eat(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    /// The text before `end`. Reads `end` as well.
    fn up_to(&mut self, end: &str) -> Option<&'a str> {
        let (before, after) = self.rest.split_once(end)?;
        self.rest = after;
        Some(before)
    }

    /// Reads `<?xml version="1.0" encoding="UTF-8"?>`, if present.
    fn skip_declaration(&mut self) -> Option<()> {
        self.skip_blanks();
        if !self.rest.starts_with("<?") {
            return Some(());
        }
        self.eat("<?xml ")?;
        let declared = self.up_to("?>")?.replace('\'', "\"").to_ascii_lowercase();
        let known =
            ["version=\"1.0\"", "encoding=\"utf-8\"", "standalone=\"yes\"", "standalone=\"no\""];
        let plain = declared.split_ascii_whitespace().all(|part| known.contains(&part));
        plain.then_some(())
    }

    fn open_root(&mut self, root: &str) -> Option<()> {
        self.skip_blanks();
        self.eat("<")?;
        self.eat(root)?;
        let attributes = self.up_to(">")?.replace('\'', "\"");
        let namespace = attributes
            .trim()
            .strip_prefix("xmlns=\"")
            .and_then(|rest| rest.strip_suffix('"'))
            .is_some_and(|uri| uri == NAMESPACE);
        let spaced = attributes.starts_with([' ', '\t', '\r', '\n']);
        let plain =
            attributes.is_empty() || (spaced && (namespace || attributes.trim().is_empty()));
        plain.then_some(())
    }
}

/// Resolves the five named references and numeric references (XML 1.0 §4.1).
fn unescape(raw: &str) -> Option<String> {
    let mut parts = raw.split('&');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (reference, rest) = part.split_once(';')?;
        text.push(match reference {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => numeric(reference)?,
        });
        text.push_str(rest);
    }
    Some(text)
}

fn numeric(reference: &str) -> Option<char> {
    let digits = reference.strip_prefix('#')?;
    let code = match digits.strip_prefix('x') {
        Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            u32::from_str_radix(hex, 16).ok()
        }
        None if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
        _ => None,
    };
    code.and_then(char::from_u32)
}

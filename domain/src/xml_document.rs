//! An XML document, written element by element: the only writer of XML.

use std::fmt;

/// The namespace of S3's documents.
pub(crate) const S3: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// A document under construction. Element names are the program's own; texts are escaped, and characters
/// that XML 1.0 cannot hold are left out.
pub struct XmlDocument {
    text: String,
    open: Vec<&'static str>,
}

impl XmlDocument {
    /// A document whose root has S3's namespace.
    pub fn new(root: &'static str) -> Self {
        Self::rooted(root, S3)
    }

    /// A document whose root has this namespace.
    pub(crate) fn rooted(root: &'static str, namespace: &str) -> Self {
        Self::begin(root, &format!("<{root} xmlns=\"{namespace}\">"))
    }

    /// A document whose root has no namespace, as S3's errors have none.
    pub fn bare(root: &'static str) -> Self {
        Self::begin(root, &format!("<{root}>"))
    }

    fn begin(root: &'static str, tag: &str) -> Self {
        let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{tag}");
        Self { text, open: vec![root] }
    }

    /// Opens an element. [`Document::up`] closes it.
    pub fn down(&mut self, name: &'static str) -> &mut Self {
        self.tag("<", name);
        self.open.push(name);
        self
    }

    /// Closes the element that was opened last.
    pub fn up(&mut self) -> &mut Self {
        if let Some(name) = self.open.pop() {
            self.tag("</", name);
        }
        self
    }

    /// Writes an element that holds a text.
    pub fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.tag("<", name);
        self.put(value);
        self.tag("</", name);
        self
    }

    /// Writes an element that holds a text with every character of it: what a storage is asked must name
    /// what was judged, or be no document.
    pub(crate) fn exact(&mut self, name: &str, value: &str) -> &mut Self {
        self.tag("<", name);
        for character in value.chars() {
            match character {
                // Our own reader takes no plain one.
                '\n' => self.text.push_str("&#10;"),
                other => push_escaped(&mut self.text, other),
            }
        }
        self.tag("</", name);
        self
    }

    /// Writes a text into the element that is open.
    pub fn put(&mut self, value: &str) -> &mut Self {
        self.text.push_str(&escaped(value));
        self
    }

    /// Writes the canonical user `id` as the grantee of an ACL, which S3 marks by an attribute.
    pub fn grantee(&mut self, id: &str) -> &mut Self {
        let schema = "http://www.w3.org/2001/XMLSchema-instance";
        let tag = format!("<Grantee xmlns:xsi=\"{schema}\" xsi:type=\"CanonicalUser\">");
        self.text.push_str(&tag);
        self.open.push("Grantee");
        self.text("ID", id).up()
    }

    /// The whole document.
    pub fn end(mut self) -> String {
        while !self.open.is_empty() {
            self.up();
        }
        self.text
    }

    fn tag(&mut self, open: &str, name: &str) {
        self.text.push_str(open);
        self.text.push_str(name);
        self.text.push('>');
    }
}

/// The texts may be secrets.
impl fmt::Debug for XmlDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XmlDocument").field("open", &self.open).finish_non_exhaustive()
    }
}

/// A text with its markup escaped, for the content of an element, without the characters that XML 1.0
/// cannot hold (<https://www.w3.org/TR/xml/#charsets>).
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let writable = text.chars().filter(|character| !is_unwritable(*character));
    writable.for_each(|character| push_escaped(&mut out, character));
    out
}

fn is_unwritable(character: char) -> bool {
    matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Appends a character, markup as a reference. So is the line end that readers normalise.
fn push_escaped(out: &mut String, character: char) {
    match character {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '\r' => out.push_str("&#13;"),
        plain => out.push(plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_nest_and_texts_are_escaped() {
        let mut document = XmlDocument::new("ListAllMyBucketsResult");
        document.down("Owner").text("ID", "a<b").up().down("Buckets").text("Name", "x\u{1}&\r\n");
        assert_eq!(
            document.end(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListAllMyBucketsResult \
             xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>a&lt;b</ID></Owner>\
             <Buckets><Name>x&amp;&#13;\n</Name></Buckets></ListAllMyBucketsResult>"
        );
    }

    #[test]
    fn what_a_storage_is_asked_loses_no_character() {
        let mut document = XmlDocument::new("Delete");
        document.exact("Key", "a\u{fffe}<\n").text("Key", "a\u{fffe}<");
        let end = "<Key>a\u{fffe}&lt;&#10;</Key><Key>a&lt;</Key></Delete>";
        assert!(document.end().ends_with(end));
    }
}

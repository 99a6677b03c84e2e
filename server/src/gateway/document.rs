//! An XML document, written element by element.

use crate::storage_client::escape;

/// The namespace of S3's answers.
const S3: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// A document under construction. Element names are the program's own; texts are escaped, and control
/// characters that XML 1.0 cannot hold are left out.
#[derive(Debug)]
pub(super) struct Document {
    text: String,
    open: Vec<&'static str>,
}

impl Document {
    /// A document whose root has S3's namespace.
    pub(super) fn new(root: &'static str) -> Self {
        Self::begin(root, &format!("<{root} xmlns=\"{S3}\">"))
    }

    /// A document whose root has no namespace, as S3's errors have none.
    pub(super) fn bare(root: &'static str) -> Self {
        Self::begin(root, &format!("<{root}>"))
    }

    fn begin(root: &'static str, tag: &str) -> Self {
        let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{tag}");
        Self { text, open: vec![root] }
    }

    /// Opens an element. [`Document::up`] closes it.
    pub(super) fn down(&mut self, name: &'static str) -> &mut Self {
        self.tag("<", name);
        self.open.push(name);
        self
    }

    /// Closes the element that was opened last.
    pub(super) fn up(&mut self) -> &mut Self {
        if let Some(name) = self.open.pop() {
            self.tag("</", name);
        }
        self
    }

    /// Writes an element that holds a text.
    pub(super) fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.tag("<", name);
        self.put(value);
        self.tag("</", name);
        self
    }

    /// Writes a text into the element that is open.
    pub(super) fn put(&mut self, value: &str) -> &mut Self {
        let value = value.replace(is_unwritable, "");
        self.text.push_str(&escape(&value));
        self
    }

    /// Writes the canonical user `id` as the grantee of an ACL, which S3 marks by an attribute.
    pub(super) fn grantee(&mut self, id: &str) -> &mut Self {
        let schema = "http://www.w3.org/2001/XMLSchema-instance";
        let tag = format!("<Grantee xmlns:xsi=\"{schema}\" xsi:type=\"CanonicalUser\">");
        self.text.push_str(&tag);
        self.open.push("Grantee");
        self.text("ID", id).up()
    }

    /// The whole document.
    pub(super) fn end(mut self) -> String {
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

/// Characters outside of XML 1.0's `Char` (<https://www.w3.org/TR/xml/#charsets>).
fn is_unwritable(character: char) -> bool {
    matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_nest_and_texts_are_escaped() {
        let mut document = Document::new("ListAllMyBucketsResult");
        document.down("Owner").text("ID", "a<b").up().down("Buckets").text("Name", "x\u{1}&");
        assert_eq!(
            document.end(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListAllMyBucketsResult \
             xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>a&lt;b</ID></Owner>\
             <Buckets><Name>x&amp;</Name></Buckets></ListAllMyBucketsResult>"
        );
    }
}

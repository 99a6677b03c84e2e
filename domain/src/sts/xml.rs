//! XML documents of STS.

/// An element under construction. Names are the program's own; texts are escaped.
pub(super) struct Element {
    name: &'static str,
    text: String,
}

impl Element {
    /// An element.
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, text: format!("<{name}>") }
    }

    /// The root of a document, with its namespace.
    pub(super) fn rooted(name: &'static str, namespace: &str) -> Self {
        Self { name, text: format!("<{name} xmlns=\"{namespace}\">") }
    }

    /// With an element that holds a text.
    pub(super) fn text(mut self, name: &str, value: &str) -> Self {
        self.text += &["<", name, ">", &escaped(value), "</", name, ">"].concat();
        self
    }

    /// With an element that was built.
    pub(super) fn child(mut self, child: Self) -> Self {
        self.text.push_str(&child.end());
        self
    }

    /// The whole document.
    pub(super) fn document(self) -> String {
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", self.end())
    }

    fn end(self) -> String {
        format!("{}</{}>", self.text, self.name)
    }
}

/// A text with its markup escaped, without the characters that XML 1.0 cannot hold.
///
/// <https://www.w3.org/TR/xml/#charsets>
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\t' => escaped.push_str("&#9;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            plain => escaped.push(plain),
        }
    }
    escaped
}

//! Texts that are borrowed from the JSON in which they arrived.

use std::borrow::Cow;

use serde::Deserialize;

/// A text of a JSON document. It is borrowed from the document, except where the document escapes characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

/// The same pairs, as texts.
pub(crate) fn pairs<'a>(pairs: Vec<(String, String)>) -> Vec<(Text<'a>, Text<'a>)> {
    pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_with_escapes_is_copied() {
        let read = |json| serde_json::from_str::<Text<'_>>(json).unwrap();
        assert!(matches!(read(r#""photos/é.png""#), Text(Cow::Borrowed("photos/é.png"))));
        assert!(matches!(read(r#""photos/cat.png""#), Text(Cow::Borrowed(_))));
        assert!(
            matches!(read(r#""photos\/cat.png""#), Text(Cow::Owned(text)) if text == "photos/cat.png")
        );
    }
}

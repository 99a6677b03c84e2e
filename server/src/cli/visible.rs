//! Escapes hidden characters. Names come from other people: one that moves the cursor or changes
//! the writing direction could imitate another name, or hide the text beside it.

use std::borrow::Cow;

/// `text`, with hidden characters escaped as in Rust: `\n`, `\u{1b}`, `\u{202e}`.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_hidden(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Several lines, each with hidden characters escaped.
pub(super) fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// Control characters, bidirectional formatting characters (Unicode Standard Annex 9, table 4),
/// line and paragraph separators, and zero-width characters. The zero-width joiners that some
/// scripts need are not hidden.
const fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor_or_turns_the_writing() {
        for (text, shown) in [
            ("a\u{1b}[31mRED", "a\\u{1b}[31mRED"),
            ("a\r\nb\tc", "a\\r\\nb\\tc"),
            ("\u{9b}2J\u{7f}\0", "\\u{9b}2J\\u{7f}\\u{0}"),
            ("exe\u{202e}gnp.\u{2066}x\u{200f}", "exe\\u{202e}gnp.\\u{2066}x\\u{200f}"),
            ("a\u{2028}b\u{feff}c\u{200b}", "a\\u{2028}b\\u{feff}c\\u{200b}"),
            ("ü 日本 é e\u{301} 👩\u{200d}💻 שלום \\n", "ü 日本 é e\u{301} 👩\u{200d}💻 שלום \\n"),
        ] {
            assert_eq!(visible(text), shown);
        }
        assert_eq!(visible_lines("one\ntwo\u{1b}\n"), "one\ntwo\\u{1b}\n");
    }
}

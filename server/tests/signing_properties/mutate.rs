//! Mutations of one byte of a request.

use crate::byte_source::ByteSource;
use crate::caller_request::CallerRequest;

/// Bytes that are delimiters somewhere; picked half of the time.
const SHARP: &[u8] = b"/%.?&=+;#\\:@ ,2eEfF05cC_-\0\r\n\t";

/// Replaces, inserts or deletes one byte of the method, the URL, the payload, or the name or value
/// of a header. A byte above 0x7F becomes the character of that number.
pub(crate) fn one_byte(sent: &CallerRequest, choices: &mut ByteSource<'_>) -> CallerRequest {
    let mut changed = sent.clone();
    let part = match choices.below(16) {
        0 => &mut changed.method,
        1 => changed.payload.get_or_insert_default(),
        2..6 if !changed.headers.is_empty() => {
            let at = choices.below(changed.headers.len());
            let (name, value) = &mut changed.headers[at];
            if choices.once_in(4) { name } else { value }
        }
        _ => &mut changed.url,
    };
    *part = change(part, choices);
    changed
}

fn change(text: &str, choices: &mut ByteSource<'_>) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let new = match choices.once_in(2) {
        true => SHARP[choices.below(SHARP.len())],
        false => choices.byte(),
    };
    let at = choices.below(characters.len() + 1);
    let how = choices.below(3);
    if at == characters.len() || how == 0 {
        characters.insert(at, char::from(new));
    } else if how == 1 {
        characters[at] = char::from(new);
    } else {
        characters.remove(at);
    }
    characters.into_iter().collect()
}

/// Every text that differs from `text` in one visible ASCII byte.
pub(crate) fn every_byte(text: &str) -> impl Iterator<Item = String> {
    let with =
        |at: usize, taken: usize, new: &str| format!("{}{new}{}", &text[..at], &text[at + taken..]);
    assert!(text.is_ascii(), "what is signed is ASCII");
    (0..=text.len()).flat_map(move |at| {
        let delete = (at < text.len()).then(|| with(at, 1, ""));
        let others = (0x21..=0x7e_u8).flat_map(move |byte| {
            let new = char::from(byte).to_string();
            let replace = (at < text.len()).then(|| with(at, 1, &new));
            [Some(with(at, 0, &new)), replace].into_iter().flatten()
        });
        delete.into_iter().chain(others)
    })
}

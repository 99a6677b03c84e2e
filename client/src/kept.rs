//! Reads secrets as people store them: in a file, or in a variable.

/// The secret in a stored text, without surrounding white space, byte order mark, quotation marks
/// and the word `Bearer`.
///
/// # Errors
/// A sentence that says what is wrong, without the text.
pub(crate) fn bare(text: &str) -> Result<&str, &'static str> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let text = match text.split_at_checked("Bearer ".len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("Bearer ") => rest.trim_start(),
        _ => text,
    };
    if text.is_empty() || text.eq_ignore_ascii_case("Bearer") {
        return Err("it is empty");
    }
    if text.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
        return Err("it has more than one word or line");
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("it has a character that keys and tokens never have");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_out_of_what_people_keep() {
        for (text, expected) in [
            ("a.b.c", Ok("a.b.c")),
            ("\u{feff}a.b.c\r\n", Ok("a.b.c")),
            ("Bearer a.b.c\n", Ok("a.b.c")),
            ("\u{feff}bearer  a.b.c", Ok("a.b.c")),
            ("\"a.b.c\"\n", Ok("a.b.c")),
            ("Bearera.b", Ok("Bearera.b")),
            ("", Err("it is empty")),
            ("\u{feff}\n", Err("it is empty")),
            ("Bearer \n", Err("it is empty")),
            ("a.b.c\nd.e.f", Err("it has more than one word or line")),
            ("ключ", Err("it has a character that keys and tokens never have")),
            ("token: a.b.c", Err("it has more than one word or line")),
        ] {
            assert_eq!(bare(text), expected, "{text:?}");
        }
    }
}

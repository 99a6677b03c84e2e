//! The keys of a DeleteObjects body as a simple reader finds them: between `<Key>` and `</Key>`.

/// The keys, or None if a simple reader and an XML parser could disagree.
pub(crate) fn read(body: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(body).ok()?;
    let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let declared = start.strip_prefix("<?").map(|rest| rest.split("?>").next());
    if declared.flatten().is_some_and(|xml| !says_utf8(xml)) || text.contains("<!") {
        return None;
    }
    // A start tag may have attributes and blanks, an end tag blanks.
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("<Key") {
        let (attributes, after) = rest[at + 4..].split_once('>')?;
        let blank = attributes.is_empty() || attributes.starts_with([' ', '\t', '\r', '\n', '/']);
        if !blank || attributes.ends_with('/') {
            return None;
        }
        let (key, after) = after.split_once("</Key")?;
        keys.push(unescape(key)?);
        rest = after;
    }
    Some(keys)
}

fn says_utf8(declaration: &str) -> bool {
    match declaration.split_once("encoding") {
        None => true,
        Some((_, encoding)) => encoding
            .trim_matches([' ', '\t', '\r', '\n', '=', '"', '\''])
            .to_ascii_lowercase()
            .starts_with("utf-8"),
    }
}

/// Decodes XML's five entities and character references.
fn unescape(text: &str) -> Option<String> {
    let mut parts = text.split('&');
    let mut plain = parts.next()?.to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';')?;
        plain.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => number(entity)?,
        });
        plain.push_str(rest);
    }
    Some(plain)
}

fn number(entity: &str) -> Option<char> {
    let digits = entity.strip_prefix('#')?;
    let code = match digits.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    char::from_u32(code)
}

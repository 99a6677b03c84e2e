//! The keys a DeleteObjects request hides in its body.
//!
//! Any two XML readers agree on the plain form every SDK sends: `<Delete>`, in it `<Object>`s with
//! a `<Key>` and perhaps a version, and text. Whatever else XML can say (attributes, DTDs,
//! comments, CDATA, prefixes, nesting, other encodings) is refused, so that the storage cannot
//! read other keys than were judged. Reading is one pass over the bytes.

use super::{Refusal, target};
use crate::names::ObjectKey;

/// S3 takes at most this many keys in one request.
const MAX_KEYS: usize = 1000;
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Reads the keys of a `<Delete>` document.
///
/// # Errors
/// Anything but the plain form, no keys or more than 1000, or a key no signature would be given
/// for.
pub(super) fn parse_keys(body: &[u8]) -> Result<Vec<ObjectKey>, Refusal> {
    let text = std::str::from_utf8(body).map_err(|_| Refusal::DeleteBody)?;
    let mut reader = Reader { rest: text.trim_start_matches('\u{feff}') };
    reader.skip_declaration()?;
    reader.open_root()?;
    let mut keys = Vec::new();
    loop {
        match reader.next_child("Delete")? {
            None => break,
            Some("Object") if keys.len() < MAX_KEYS => keys.push(reader.object()?),
            Some("Quiet") => drop(reader.text("Quiet")?),
            Some(_) => return Err(Refusal::DeleteBody),
        }
    }
    reader.skip_blanks();
    if keys.is_empty() || !reader.rest.is_empty() { Err(Refusal::DeleteBody) } else { Ok(keys) }
}

/// What is left to read.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn eat(&mut self, text: &str) -> Result<(), Refusal> {
        self.rest = self.rest.strip_prefix(text).ok_or(Refusal::DeleteBody)?;
        Ok(())
    }

    /// What comes before `end`, which is eaten too.
    fn up_to(&mut self, end: &str) -> Result<&'a str, Refusal> {
        let (before, after) = self.rest.split_once(end).ok_or(Refusal::DeleteBody)?;
        self.rest = after;
        Ok(before)
    }

    /// `<?xml version="1.0" encoding="UTF-8"?>`, or nothing.
    fn skip_declaration(&mut self) -> Result<(), Refusal> {
        self.skip_blanks();
        if !self.rest.starts_with("<?") {
            return Ok(());
        }
        self.eat("<?xml ")?;
        let declared = self.up_to("?>")?.replace('\'', "\"").to_ascii_lowercase();
        let known =
            ["version=\"1.0\"", "encoding=\"utf-8\"", "standalone=\"yes\"", "standalone=\"no\""];
        let plain = declared.split_ascii_whitespace().all(|part| known.contains(&part));
        if plain { Ok(()) } else { Err(Refusal::DeleteBody) }
    }

    /// `<Delete>`, with S3's namespace or none.
    fn open_root(&mut self) -> Result<(), Refusal> {
        self.skip_blanks();
        self.eat("<Delete")?;
        let attributes = self.up_to(">")?.replace('\'', "\"");
        let namespace = attributes
            .trim()
            .strip_prefix("xmlns=\"")
            .and_then(|rest| rest.strip_suffix('"'))
            .is_some_and(|uri| uri == NAMESPACE);
        let spaced = attributes.starts_with([' ', '\t', '\r', '\n']);
        if attributes.is_empty() || (spaced && (namespace || attributes.trim().is_empty())) {
            Ok(())
        } else {
            Err(Refusal::DeleteBody)
        }
    }

    /// The name of the next child element, or `None` at the end of `parent`. Between elements
    /// there are only blanks.
    fn next_child(&mut self, parent: &str) -> Result<Option<&'a str>, Refusal> {
        self.skip_blanks();
        self.eat("<")?;
        let name = self.up_to(">")?;
        if name.strip_prefix('/') == Some(parent) {
            return Ok(None);
        }
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
        if plain { Ok(Some(name)) } else { Err(Refusal::DeleteBody) }
    }

    fn object(&mut self) -> Result<ObjectKey, Refusal> {
        let mut key = None;
        let mut seen: Vec<&str> = Vec::new();
        while let Some(name) = self.next_child("Object")? {
            let known = matches!(name, "Key" | "VersionId" | "ETag" | "LastModifiedTime" | "Size");
            if !known || seen.contains(&name) {
                return Err(Refusal::DeleteBody);
            }
            seen.push(name);
            let text = self.text(name)?;
            if name == "Key" {
                key = Some(text);
            }
        }
        // A key in a body is not percent-encoded: it is checked as it stands.
        target::check_decoded(&key.ok_or(Refusal::DeleteBody)?)
    }

    /// The text of an element that holds nothing else, references resolved.
    fn text(&mut self, name: &str) -> Result<String, Refusal> {
        let raw = self.up_to("<")?;
        self.eat("/")?;
        self.eat(name)?;
        self.eat(">")?;
        // Line ends are normalised by XML readers, so a raw one is not what is deleted.
        if raw.contains(['\r', '\n']) || raw.contains("]]>") {
            return Err(Refusal::DeleteBody);
        }
        unescape(raw)
    }
}

/// The five named references and the numeric ones (XML 1.0 §4.1).
fn unescape(raw: &str) -> Result<String, Refusal> {
    let mut parts = raw.split('&');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (reference, rest) = part.split_once(';').ok_or(Refusal::DeleteBody)?;
        text.push(match reference {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => numeric(reference).ok_or(Refusal::DeleteBody)?,
        });
        text.push_str(rest);
    }
    Ok(text)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(body: &str) -> Result<Vec<String>, &'static str> {
        parse_keys(body.as_bytes())
            .map(|keys| keys.iter().map(ToString::to_string).collect())
            .map_err(|refusal| refusal.code())
    }

    #[test]
    fn reads_what_sdks_send() {
        let body = r#"<?xml version="1.0" encoding="UTF-8"?>
            <Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
            <Object><Key>a &amp; b+c%20d</Key></Object>
            <Object><Key>é/&#x78;&#121;</Key><VersionId>v1</VersionId></Object>
            <Quiet>true</Quiet></Delete>
            "#;
        assert_eq!(keys(body), Ok(vec!["a & b+c%20d".to_owned(), "é/xy".to_owned()]));
        assert!(keys("<Delete><Object><Key>a</Key></Object></Delete>").is_ok());
    }

    #[test]
    fn refuses_what_two_parsers_could_read_differently() {
        let many = format!("<Delete>{}</Delete>", "<Object><Key>a</Key></Object>".repeat(1001));
        let object = "<Object><Key>a</Key></Object>";
        for (body, code) in [
            (String::new(), "delete_body"),
            ("not xml".to_owned(), "delete_body"),
            ("<Delete/>".to_owned(), "delete_body"),
            ("<Delete></Delete>".to_owned(), "delete_body"),
            (format!("<Remove>{object}</Remove>"), "delete_body"),
            (format!("<Deleted>{object}</Deleted>"), "delete_body"),
            (format!("<Delete>{object}"), "delete_body"),
            (format!("<Delete>{object}</Delete>{object}"), "delete_body"),
            (format!("<Delete a='b'>{object}</Delete>"), "delete_body"),
            (format!("<Delete xmlns='http://other/'>{object}</Delete>"), "delete_body"),
            (format!("<Delete>x{object}</Delete>"), "delete_body"),
            (format!("<Delete><!-- -->{object}</Delete>"), "delete_body"),
            (format!("<x:Delete xmlns:x='y'>{object}</x:Delete>"), "delete_body"),
            (
                format!("<?xml version='1.0' encoding='ISO-8859-1'?><Delete>{object}</Delete>"),
                "delete_body",
            ),
            (format!("<!DOCTYPE d [<!ENTITY e 'x'>]><Delete>{object}</Delete>"), "delete_body"),
            (
                "<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>".to_owned(),
                "delete_body",
            ),
            ("<Delete><Object><Key>a<b/></Key></Object></Delete>".to_owned(), "delete_body"),
            ("<Delete><Object><Key>a<!-- -->b</Key></Object></Delete>".to_owned(), "delete_body"),
            (
                "<Delete><Object><Key><![CDATA[a]]></Key></Object></Delete>".to_owned(),
                "delete_body",
            ),
            ("<Delete><Object><Key x='y'>a</Key></Object></Delete>".to_owned(), "delete_body"),
            ("<Delete><Object><Key>&e;</Key></Object></Delete>".to_owned(), "delete_body"),
            ("<Delete><Object><Key>&#xD800;</Key></Object></Delete>".to_owned(), "delete_body"),
            (
                "<Delete><Object><VersionId>v</VersionId></Object></Delete>".to_owned(),
                "delete_body",
            ),
            ("<Delete><Object><Key>a&#10;b</Key></Object></Delete>".to_owned(), "control_char"),
            ("<Delete><Object><Key>../a</Key></Object></Delete>".to_owned(), "dot_segment"),
            ("<Delete><Object><Key></Key></Object></Delete>".to_owned(), "key_length"),
            (many, "delete_body"),
        ] {
            assert_eq!(keys(&body), Err(code), "{body:.80}");
        }
    }
}

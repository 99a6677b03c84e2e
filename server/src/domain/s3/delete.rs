//! The keys a DeleteObjects request hides in its body.

use super::{Refusal, target};
use crate::domain::names::ObjectKey;

/// S3 takes at most this many keys in one request.
const MAX_KEYS: usize = 1000;

/// Reads the keys of a `<Delete>` document.
///
/// # Errors
/// Anything but the plain form every SDK sends: a DTD, processing instructions, unknown
/// elements, repeated elements, no keys or more than 1000, or a key no signature would be given
/// for.
pub(super) fn parse_keys(body: &[u8]) -> Result<Vec<ObjectKey>, Refusal> {
    let text = std::str::from_utf8(body).map_err(|_| Refusal::DeleteBody)?;
    let options =
        roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: 20_000, ..Default::default() };
    let document =
        roxmltree::Document::parse_with_options(text, options).map_err(|_| Refusal::DeleteBody)?;
    if document.root().children().count() != 1 {
        return Err(Refusal::DeleteBody);
    }
    let root = document.root_element();
    if root.tag_name().name() != "Delete" {
        return Err(Refusal::DeleteBody);
    }
    let mut keys = Vec::new();
    for child in elements(root)? {
        match child.tag_name().name() {
            "Object" => keys.push(parse_object(child)?),
            "Quiet" => drop(text_of(child)?),
            _ => return Err(Refusal::DeleteBody),
        }
    }
    if keys.is_empty() || keys.len() > MAX_KEYS { Err(Refusal::DeleteBody) } else { Ok(keys) }
}

fn parse_object(object: roxmltree::Node<'_, '_>) -> Result<ObjectKey, Refusal> {
    let mut key = None;
    for child in elements(object)? {
        let text = text_of(child)?;
        match child.tag_name().name() {
            "Key" if key.is_none() => key = Some(text),
            "VersionId" | "ETag" | "LastModifiedTime" | "Size" => {}
            _ => return Err(Refusal::DeleteBody),
        }
    }
    // A key in a body is not percent-encoded: it is checked as it stands.
    target::check_decoded(key.ok_or(Refusal::DeleteBody)?)
}

/// The element children of `node`; between them only blanks.
fn elements<'d, 'i>(
    node: roxmltree::Node<'d, 'i>,
) -> Result<Vec<roxmltree::Node<'d, 'i>>, Refusal> {
    let mut found = Vec::new();
    for child in node.children() {
        let is_blank = child.is_text() && child.text().unwrap_or_default().trim().is_empty();
        match (child.is_element(), is_blank) {
            (true, _) => found.push(child),
            (false, true) => {}
            (false, false) => return Err(Refusal::DeleteBody),
        }
    }
    Ok(found)
}

/// The text of an element that holds nothing else.
fn text_of<'d>(node: roxmltree::Node<'d, '_>) -> Result<&'d str, Refusal> {
    let mut children = node.children();
    match (children.next(), children.next()) {
        (None, _) => Ok(""),
        (Some(text), None) if text.is_text() => Ok(text.text().unwrap_or_default()),
        _ => Err(Refusal::DeleteBody),
    }
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
        let body = r#"<?xml version="1.0"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
            <Object><Key>a &amp; b+c%20d</Key></Object>
            <Object><Key>é/x</Key><VersionId>v1</VersionId></Object><Quiet>true</Quiet></Delete>"#;
        assert_eq!(keys(body), Ok(vec!["a & b+c%20d".to_owned(), "é/x".to_owned()]));
    }

    #[test]
    fn refuses_what_two_parsers_could_read_differently() {
        let many = format!("<Delete>{}</Delete>", "<Object><Key>a</Key></Object>".repeat(1001));
        for (body, code) in [
            ("", "delete_body"),
            ("not xml", "delete_body"),
            ("<Delete/>", "delete_body"),
            ("<Remove><Object><Key>a</Key></Object></Remove>", "delete_body"),
            ("<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>", "delete_body"),
            ("<Delete><Object><Key>a<b/></Key></Object></Delete>", "delete_body"),
            ("<Delete><Object><Key>a<!-- -->b</Key></Object></Delete>", "delete_body"),
            ("<Delete>x<Object><Key>a</Key></Object></Delete>", "delete_body"),
            (
                "<!DOCTYPE d [<!ENTITY e 'x'>]><Delete><Object><Key>&e;</Key></Object></Delete>",
                "delete_body",
            ),
            ("<Delete><Object><Key>../a</Key></Object></Delete>", "dot_segment"),
            ("<Delete><Object><Key></Key></Object></Delete>", "key_length"),
            (many.as_str(), "delete_body"),
        ] {
            assert_eq!(keys(body), Err(code), "{body:.80}");
        }
    }
}

//! The keys in the body of a DeleteObjects request: a `<Delete>` with `<Object>`s, each with a
//! `<Key>` and optionally a version.

use super::xml::{Next, Reader};
use super::{Refusal, query_value, target};
use crate::limits;
use crate::names::ObjectKey;

/// Reads the keys of a `<Delete>` document.
///
/// # Errors
/// [`Refusal::DeleteBody`] if the document is not in plain form, has no keys or more than 1000, or
/// has an invalid version id. The refusal of the key, if a key would not be signed.
pub(super) fn parse_keys(body: &[u8]) -> Result<Vec<ObjectKey>, Refusal> {
    let keys = read(body).filter(|keys| !keys.is_empty()).ok_or(Refusal::DeleteBody)?;
    // A key in a body is not percent-encoded, so that it is checked as written.
    keys.iter().map(|key| target::check_decoded(key)).collect()
}

fn read(body: &[u8]) -> Option<Vec<String>> {
    let mut reader = Reader::open(body, "Delete")?;
    let mut keys = Vec::new();
    while let Next::Child(name) = reader.next("Delete")? {
        match name {
            "Object" if keys.len() < limits::MAX_DELETED_KEYS => {
                keys.push(read_object(&mut reader)?);
            }
            "Quiet" => drop(reader.text(name)?),
            _ => return None,
        }
    }
    reader.close()?;
    Some(keys)
}

/// Reads one `<Object>`, and returns its key.
fn read_object(reader: &mut Reader<'_>) -> Option<String> {
    let mut key = None;
    let mut seen: Vec<&str> = Vec::new();
    while let Next::Child(name) = reader.next("Object")? {
        if seen.contains(&name) {
            return None;
        }
        seen.push(name);
        let text = reader.text(name)?;
        match name {
            "Key" => key = Some(text),
            "VersionId" if query_value::is_id(&text) => {}
            "ETag" | "LastModifiedTime" | "Size" => {}
            _ => return None,
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(body: &str) -> Result<Vec<String>, &'static str> {
        parse_keys(body.as_bytes())
            .map(|keys| keys.iter().map(ToString::to_string).collect())
            .map_err(|refusal| refusal.code())
    }

    fn of_version(version: &str) -> String {
        let object = format!("<Key>a</Key><VersionId>{version}</VersionId>");
        format!("<Delete><Object>{object}</Object></Delete>")
    }

    #[test]
    fn a_version_is_an_id_as_in_a_query() {
        for version in ["", " v", "a b", "..", "x/../../vault/secret", "a%2Fb", "&lt;x&gt;", "ü"] {
            assert_eq!(keys(&of_version(version)), Err("delete_body"), "{version}");
        }
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
        for version in ["null", "3/L4kqtJlcpXroDTDmJ+rmSp=", "2~x"] {
            assert!(keys(&of_version(version)).is_ok(), "{version}");
        }
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

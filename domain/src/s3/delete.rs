//! The keys in the body of a DeleteObjects request: a `<Delete>` with `<Object>`s, each with a
//! `<Key>` and optionally a version.

use super::xml::{Next, Reader};
use super::{Refusal, query_value, target};
use crate::limits;
use crate::names::ObjectKey;
use crate::xml_document::XmlDocument;

/// The elements of an object beside its key, in the order in which they are written.
const CONDITIONS: [&str; 4] = ["VersionId", "ETag", "LastModifiedTime", "Size"];

/// The body of a DeleteObjects request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteList {
    /// What shall be deleted, in order: 1 to 1000 objects.
    pub objects: Vec<ObjectToDelete>,
    /// Whether the answer names failures only.
    pub is_quiet: bool,
}

/// One object of a DeleteObjects request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectToDelete {
    /// The key as it was sent, which may be none that is ever signed.
    pub key: String,
    /// Version, ETag, time and size that the object must have, each by the name of its element.
    conditions: Vec<(&'static str, String)>,
}

impl DeleteList {
    /// Reads a `<Delete>` document.
    ///
    /// # Errors
    /// [`Refusal::DeleteBody`] for anything but the plain form, no objects or more than 1000, and a
    /// version that is no id.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        read(body).filter(|list| !list.objects.is_empty()).ok_or(Refusal::DeleteBody)
    }

    /// A `<Delete>` document with these objects. It asks for an answer that names every key.
    pub fn write<'a>(objects: impl IntoIterator<Item = &'a ObjectToDelete>) -> String {
        let mut document = XmlDocument::new("Delete");
        for object in objects {
            document.down("Object").exact("Key", &object.key);
            for (name, value) in &object.conditions {
                document.exact(name, value);
            }
            document.up();
        }
        document.end()
    }
}

impl ObjectToDelete {
    /// The key, by the rules of all keys that are signed.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn checked_key(&self) -> Result<ObjectKey, Refusal> {
        // A key in a body is not percent-encoded, so that it is checked as written.
        target::check_decoded(&self.key)
    }

    /// The version that shall be deleted.
    pub fn version(&self) -> Option<&str> {
        self.conditions.iter().find(|(name, _)| *name == "VersionId").map(|(_, value)| &**value)
    }
}

/// Reads the keys of a `<Delete>` document.
///
/// # Errors
/// [`Refusal::DeleteBody`] if the document is not in plain form, has no keys or more than 1000, or
/// has an invalid version id. The refusal of the key, if a key would not be signed.
pub(super) fn parse_keys(body: &[u8]) -> Result<Vec<ObjectKey>, Refusal> {
    DeleteList::parse(body)?.objects.iter().map(ObjectToDelete::checked_key).collect()
}

fn read(body: &[u8]) -> Option<DeleteList> {
    let mut reader = Reader::open(body, "Delete")?;
    let mut list = DeleteList { objects: Vec::new(), is_quiet: false };
    while let Next::Child(name) = reader.next("Delete")? {
        match name {
            "Object" if list.objects.len() < limits::MAX_DELETED_KEYS => {
                list.objects.push(read_object(&mut reader)?);
            }
            "Quiet" => list.is_quiet = reader.text(name)?.trim() == "true",
            _ => return None,
        }
    }
    reader.close()?;
    Some(list)
}

fn read_object(reader: &mut Reader<'_>) -> Option<ObjectToDelete> {
    let mut key = None;
    let mut conditions: Vec<(&'static str, String)> = Vec::new();
    while let Next::Child(name) = reader.next("Object")? {
        let text = reader.text(name)?;
        if name == "Key" {
            if key.replace(text).is_some() {
                return None;
            }
            continue;
        }
        let name = CONDITIONS.into_iter().find(|known| *known == name)?;
        let is_known = conditions.iter().any(|(seen, _)| *seen == name);
        if is_known || (name == "VersionId" && !query_value::is_id(&text)) {
            return None;
        }
        conditions.push((name, text));
    }
    Some(ObjectToDelete { key: key?, conditions })
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
    fn g14_what_is_written_anew_reads_as_it_was_sent() {
        let objects = "<Object><Key>a &amp; &lt;b&gt; \u{e9}</Key><VersionId>v1</VersionId>\
                       <ETag>&quot;e&quot;</ETag><Size>3</Size></Object>\
                       <Object><Key>../evil</Key></Object>";
        let body = format!("<Delete>{objects}<Quiet>true</Quiet></Delete>");
        let list = DeleteList::parse(body.as_bytes()).unwrap();
        assert!(list.is_quiet);
        assert_eq!(list.objects[0].checked_key().unwrap().as_str(), "a & <b> \u{e9}");
        assert_eq!(list.objects[0].version(), Some("v1"));
        assert_eq!(list.objects[1].checked_key().unwrap_err().code(), "dot_segment");
        let again = DeleteList::write(&list.objects);
        assert_eq!(DeleteList::parse(again.as_bytes()).unwrap().objects, list.objects);
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

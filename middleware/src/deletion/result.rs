//! Builds the response to the whole list, in S3's format.

use aws_sdk_s3::types::{DeletedObject, Error};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;

use super::KeyList;

/// The response with the outcome of every key of `list`, or only the errors in quiet mode.
pub(super) fn response(list: &KeyList) -> Result<HttpResponse, ConnectorError> {
    let mut document = String::from(r#"<?xml version="1.0" encoding="UTF-8"?><DeleteResult>"#);
    for outcome in &list.outcomes() {
        match outcome {
            Ok(_) if list.is_quiet() => {}
            Ok(deleted) => write_deleted(deleted, &mut document),
            Err(error) => write_error(error, &mut document),
        }
    }
    document.push_str("</DeleteResult>");
    let mut response = HttpResponse::try_from(http::Response::new(SdkBody::from(document)))
        .map_err(|error| ConnectorError::other(error.into(), None))?;
    response.headers_mut().insert("content-type", "application/xml");
    Ok(response)
}

fn write_deleted(deleted: &DeletedObject, document: &mut String) {
    let marker = deleted.delete_marker().map(|is_one| is_one.to_string());
    let elements = [
        ("Key", deleted.key()),
        ("VersionId", deleted.version_id()),
        ("DeleteMarker", marker.as_deref()),
        ("DeleteMarkerVersionId", deleted.delete_marker_version_id()),
    ];
    write_element("Deleted", &elements, document);
}

fn write_error(error: &Error, document: &mut String) {
    let elements = [
        ("Key", error.key()),
        ("VersionId", error.version_id()),
        ("Code", error.code()),
        ("Message", error.message()),
    ];
    write_element("Error", &elements, document);
}

fn write_element(name: &str, children: &[(&str, Option<&str>)], document: &mut String) {
    document.extend(["<", name, ">"]);
    for (child, text) in children {
        if let Some(text) = text {
            document.extend(["<", child, ">", &escaped(text), "</", child, ">"]);
        }
    }
    document.extend(["</", name, ">"]);
}

/// Escapes text for XML. Characters that XML 1.0 does not allow (U+FFFE, control characters in a
/// message) become references, which the SDK resolves nevertheless.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' | '<' | '>' | '\u{fffe}' | '\u{ffff}' => refer(character, &mut escaped),
            _ if character.is_control() => refer(character, &mut escaped),
            _ => escaped.push(character),
        }
    }
    escaped
}

fn refer(character: char, text: &mut String) {
    text.extend(["&#x", &format!("{:X}", u32::from(character)), ";"]);
}

//! The functions of the fuzz targets. Each takes any bytes and panics on a defect.

use std::sync::LazyLock;

use sail_cargo_server::authn::Published;
use sail_cargo_server::domain::issuer::Algorithms;

use crate::caller_request::CallerRequest;
use crate::inbound;
use crate::invariants::check;
use crate::policy_fixture::PolicyFixture;

static WORLD: LazyLock<PolicyFixture> = LazyLock::new(PolicyFixture::new);

/// Fuzzes a request in the form of [`CallerRequest::from_text`].
pub(crate) fn request(data: &[u8]) {
    check(&WORLD, &CallerRequest::from_text(data));
}

/// Fuzzes the body of a DeleteObjects request.
pub(crate) fn delete_body(data: &[u8]) {
    let sent = CallerRequest {
        method: "POST".to_owned(),
        url: "http://s3.local:9000/vault?delete".to_owned(),
        headers: Vec::new(),
        payload: None,
        body: Some(data.to_vec()),
    };
    check(&WORLD, &sent);
}

/// Fuzzes the body of a RestoreObject request.
pub(crate) fn restore_body(data: &[u8]) {
    let sent = CallerRequest {
        method: "POST".to_owned(),
        url: "http://s3.local:9000/desk/archived?restore".to_owned(),
        headers: Vec::new(),
        payload: None,
        body: Some(data.to_vec()),
    };
    check(&WORLD, &sent);
}

/// Fuzzes the source of a copy, as a header's value.
pub(crate) fn copy_source(data: &[u8]) {
    let source = String::from_utf8_lossy(data).into_owned();
    let sent = CallerRequest {
        method: "PUT".to_owned(),
        url: "http://s3.local:9000/desk/copy".to_owned(),
        headers: vec![("x-amz-copy-source".to_owned(), source)],
        payload: Some("UNSIGNED-PAYLOAD".to_owned()),
        body: None,
    };
    check(&WORLD, &sent);
}

/// The head of a request that comes in at the gateway.
pub(crate) fn inbound_head(data: &[u8]) {
    inbound::head(data);
}

/// A body in chunks that comes in at the gateway.
pub(crate) fn chunked(data: &[u8]) {
    inbound::chunked(data);
}

/// Fuzzes a document of public keys.
pub(crate) fn key_set(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Published::parse(text, &Algorithms::all()) {
        Ok(Published { keys, .. }) => {
            assert!(keys.len() <= 16, "{} keys", keys.len());
            assert_eq!(
                keys.is_empty(),
                text.split_whitespace().collect::<String>() == r#"{"keys":[]}"#
            );
            let each = || Algorithms::all();
            let fitting = |kid| each().iter().map(|by| keys.candidates(kid, by).len()).max();
            assert!(fitting(None) >= Some(keys.len().min(1)) && fitting(None) <= Some(4));
            assert!(fitting(Some("no such key")) <= Some(4));
        }
        Err(flaw) => assert!(!flaw.to_string().is_empty()),
    }
}

//! The requests on the wire, to Cargo and to S3.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::RequestChecksumCalculation::WhenRequired;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ObjectAttributes;
use sail_cargo_middleware::{RemoteSigningError, RemoteSigningExt};
use serde_json::json;

use crate::harness::{ACCESS_KEY, Authority, Recorder, client, plain, reason, start};

const NEVER_SIGNED: [&str; 6] = [
    "accept-encoding",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "authorization",
    "connection",
    "user-agent",
];

#[tokio::test]
async fn every_amz_header_is_signed_and_nothing_that_changes_on_the_way() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    let put = s3.put_object().bucket("bkt").key("k").metadata("a", "1");
    let added = put.body(ByteStream::from_static(b"x")).customize().mutate_request(|request| {
        request.headers_mut().insert("x-amz-meta-added", "late");
    });
    added.send().await.unwrap();
    let seen = storage.last();
    let signed = seen.signed_headers();
    let amz = seen.headers.keys().map(http::HeaderName::as_str).filter(|n| n.starts_with("x-amz-"));
    for name in amz.chain(["host", "x-amz-date", "x-amz-user-agent", "x-amz-meta-added"]) {
        assert!(signed.contains(&name), "{name} in {signed:?}");
    }
    assert!(NEVER_SIGNED.iter().all(|name| !signed.contains(name)), "{signed:?}");
    let asked = authority.asked().pop().unwrap();
    assert!(asked.headers.iter().all(|(name, _)| !NEVER_SIGNED.contains(&name.as_str())));
    assert!(
        seen.headers.contains_key("user-agent") && seen.headers.contains_key("amz-sdk-request")
    );
}

#[tokio::test]
async fn repeated_headers_become_one_line() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    let body = ByteStream::from_path(storage.file(b"zipped")).await.unwrap();
    let put = s3.put_object().bucket("bkt").key("k").content_encoding("gzip").body(body);
    put.send().await.unwrap();
    let encodings: Vec<_> =
        storage.last().headers.get_all("content-encoding").iter().cloned().collect();
    assert_eq!(encodings, ["gzip,aws-chunked"]);

    let attributes = s3.get_object_attributes().bucket("bkt").key("k");
    let attributes = attributes.object_attributes(ObjectAttributes::Etag);
    let _ = attributes.object_attributes(ObjectAttributes::ObjectSize).send().await;
    let asked = authority.asked().pop().unwrap().headers;
    assert!(asked.contains(&("x-amz-object-attributes".into(), "ETag,ObjectSize".into())));
}

#[tokio::test]
async fn the_form_of_the_payload_is_declared() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    let config = plain(&storage.url).request_checksum_calculation(WhenRequired);
    let lenient = Client::from_conf(config.remote_signing(authority.user()).build());
    let file = storage.file(&vec![7; 300_000]);
    let streamed = async || ByteStream::from_path(&file).await.unwrap();
    let hash_of_x = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
    let put = |s3: &Client, body| s3.put_object().bucket("bkt").key("k").body(body).customize();

    put(&s3, ByteStream::from_static(b"x")).send().await.unwrap();
    put(&s3, streamed().await).send().await.unwrap();
    put(&s3, ByteStream::from_static(b"x")).disable_payload_signing().send().await.unwrap();
    put(&lenient, streamed().await).send().await.unwrap();

    let declared = authority.asked().into_iter().map(|ask| ask.payload.unwrap());
    let streaming = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    let expected = [hash_of_x, streaming, "UNSIGNED-PAYLOAD", "UNSIGNED-PAYLOAD"];
    assert_eq!(declared.collect::<Vec<_>>(), expected);
    let sent = storage.seen().into_iter();
    let sent = sent.map(|seen| seen.header("x-amz-content-sha256").to_owned());
    assert_eq!(sent.collect::<Vec<_>>(), expected);
    assert!(authority.asked().iter().all(|ask| ask.url.starts_with("http://")), "unmasked again");
}

#[tokio::test]
async fn the_request_goes_to_the_url_that_was_signed() {
    let authority = Authority::start().await;
    authority.distort(|answer| {
        let url = answer["url"].as_str().unwrap().replace("/bkt/a~b", "/bkt/%61~b");
        answer["url"] = json!(url.replace('?', "?uploads=&").replace("&uploads", ""));
        answer["remove_headers"] = json!(["X-Amz-Checksum-Mode", "amz-sdk-request"]);
    });
    let recorder = Recorder::default();
    let config = plain("http://s3.test:9000").http_client(recorder.http_client());
    let s3 = Client::from_conf(config.remote_signing(authority.user()).build());
    let _ = s3.create_multipart_upload().bucket("bkt").key("a~b").send().await;
    let [sent] = recorder.recorded().try_into().unwrap();
    assert_eq!(sent.line, "POST http://s3.test:9000/bkt/%61~b?uploads=");
    assert!(!sent.printed.contains("amz-sdk-request"));
    assert!(sent.printed.contains("amz-sdk-invocation-id"));
}

#[tokio::test]
async fn a_signature_does_not_print() {
    let authority = Authority::start().await;
    authority.distort(|answer| answer["headers"]["x-amz-security-token"] = json!("the-session"));
    let recorder = Recorder::default();
    let config = plain("http://s3.test:9000").http_client(recorder.http_client());
    let s3 = Client::from_conf(config.remote_signing(authority.user()).build());
    let _ = s3.list_objects_v2().bucket("bkt").send().await;
    let [sent] = recorder.recorded().try_into().unwrap();
    assert!(sent.authorization.contains(ACCESS_KEY));
    assert!(sent.printed.contains("Sensitive"));
    for secret in [sent.authorization.as_str(), "the-session"] {
        assert!(!sent.printed.contains(secret), "{}", sent.printed);
    }
}

#[tokio::test]
async fn a_header_that_is_no_text_is_refused() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    let list = s3.list_objects_v2().bucket("bkt").customize().map_request(|mut request| {
        let mut map = http::HeaderMap::new();
        map.insert("x-amz-meta-a", http::HeaderValue::from_bytes(&[0xff]).unwrap());
        *request.headers_mut() = map.try_into().unwrap();
        Ok::<_, std::io::Error>(request)
    });
    let error = list.send().await.unwrap_err();
    assert!(matches!(reason(&error), RemoteSigningError::Invalid { code: None, .. }));
    assert!(authority.asked().is_empty());
}

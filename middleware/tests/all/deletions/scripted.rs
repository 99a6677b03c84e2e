//! What the embedded storage does not do: versions, conditions, and transient errors.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::StalledStreamProtectionConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use sail_cargo_client::protocol::Permission;
use sail_cargo_client::testing::{FakeAuthority, FakeStorage};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningExt as _};

use super::script::{Script, status};
use super::{delete, deleted, failed};
use crate::harness::{ACCESS_KEY, Recorded, Recorder, SECRET_KEY, plain};

const SLOW_DOWN: &str = "<Error><Code>SlowDown</Code><Message>less</Message></Error>";

/// Keys `mine/NUMBER`.
fn keys(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("mine/{number}")).collect()
}

#[tokio::test]
async fn versions_and_delete_markers_come_back() {
    let script = Script::new(|place, _| {
        let (key, version) = place.split_once("&versionId=").unwrap_or((place, ""));
        let markers = ("x-amz-delete-marker", "true");
        match (key.split('?').next().unwrap(), version) {
            ("mine/plain", "") => Some(status(204, &[markers, ("x-amz-version-id", "made")], "")),
            (_, "old") => Some(status(204, &[("x-amz-version-id", "old")], "")),
            (_, "marker") => Some(status(204, &[markers, ("x-amz-version-id", "marker")], "")),
            other => panic!("{other:?}"),
        }
    });
    let (s3, _authority) = script.client(|config| config).await;
    let object = |key: &str, version: Option<&str>| {
        let object = ObjectIdentifier::builder().key(key);
        object.set_version_id(version.map(str::to_owned)).build().unwrap()
    };
    let objects = [("plain", None), ("v", Some("old")), ("v", Some("marker"))];
    let objects = objects.map(|(key, version)| object(&format!("mine/{key}"), version)).into();
    let list = Delete::builder().set_objects(Some(objects)).build().unwrap();
    let output = s3.delete_objects().bucket("bkt").delete(list).send().await.unwrap();
    let told = output
        .deleted()
        .iter()
        .map(|it| (it.key(), it.version_id(), it.delete_marker(), it.delete_marker_version_id()));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            (Some("mine/plain"), None, Some(true), Some("made")),
            (Some("mine/v"), Some("old"), None, None),
            (Some("mine/v"), Some("marker"), Some(true), Some("marker")),
        ]
    );
}

/// The headers that belong to the operation, without those that name the SDK and the invocation.
fn lines(request: &Recorded) -> BTreeSet<(String, String)> {
    let own = ["user-agent", "x-amz-user-agent", "authorization", "amz-sdk-invocation-id"];
    let headers = request.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
}

/// The names of the signed headers.
fn signed(request: &Recorded) -> &str {
    let (_, rest) = request.authorization.split_once("SignedHeaders=").unwrap();
    rest.split(',').next().unwrap()
}

async fn recorded() -> (Client, Recorder, FakeAuthority) {
    let storage = FakeStorage::at("http://s3.test:9000", ACCESS_KEY, SECRET_KEY);
    let authority = FakeAuthority::start(storage).await.unwrap();
    authority.bucket("bkt");
    authority.binds_bodies(false);
    authority.set_clock("2026-03-01T00:00:00Z".parse().ok());
    authority.grant("ada", "bkt/mine/", [Permission::Delete]);
    let recorder = Recorder::default();
    let config = plain("http://s3.test:9000").http_client(recorder.http_client());
    let ada = RemoteSigner::new(authority.user("ada").unwrap());
    (Client::from_conf(config.remote_signing(ada).build()), recorder, authority)
}

#[tokio::test]
async fn each_is_the_delete_object_that_the_sdk_would_send() {
    let (s3, recorder, _authority) = recorded().await;
    let time = DateTime::from_secs(1_770_000_000);
    let key = "mine/a b+%/ü?&#<~'";
    let object = ObjectIdentifier::builder().key(key).version_id("v+/=1").e_tag("\"tag\"");
    let object = object.last_modified_time(time).size(7).build().unwrap();
    let plain = ObjectIdentifier::builder().key("mine/plain").build().unwrap();
    let list = Delete::builder().objects(object).objects(plain).build().unwrap();
    let list = s3.delete_objects().bucket("bkt").delete(list);
    list.expected_bucket_owner("111122223333").send().await.unwrap();

    let one = || s3.delete_object().bucket("bkt").expected_bucket_owner("111122223333");
    let first = one().key(key).version_id("v+/=1").if_match("\"tag\"");
    let first = first.if_match_last_modified_time(time).if_match_size(7);
    first.send().await.unwrap();
    one().key("mine/plain").send().await.unwrap();

    let recorded = recorder.recorded();
    let [ours, plain_ours, theirs, plain_theirs] = &recorded[..] else { panic!("{recorded:?}") };
    assert!(lines(theirs).iter().any(|(name, _)| name == "x-amz-if-match-last-modified-time"));
    for (ours, theirs) in [(ours, theirs), (plain_ours, plain_theirs)] {
        assert_eq!(ours.line, theirs.line);
        assert_eq!(lines(ours), lines(theirs), "{}", ours.line);
        assert_eq!(signed(ours), signed(theirs), "{}", ours.line);
    }
}

#[tokio::test]
async fn a_key_that_xml_has_no_place_for_is_deleted_and_named() {
    let (s3, _, _authority) = recorded().await;
    let odd = ["mine/\u{fffe}", "mine/\u{ffff}<&>]]>", "mine/\u{85}\u{2028}", "mine/ "];
    let output = delete(&s3, odd).await.unwrap();
    assert_eq!(deleted(&output), odd);
}

#[tokio::test]
async fn a_key_the_storage_cannot_delete_now_is_tried_again_and_then_an_error_of_its_own() {
    let script = Script::new(|place, before| match place.split('?').next().unwrap() {
        "mine/1" if before < 2 => Some(status(503, &[], SLOW_DOWN)),
        "mine/2" => Some(status(503, &[], SLOW_DOWN)),
        _ => Some(status(204, &[], "")),
    });
    let (s3, _authority) = script.client(|config| config).await;
    let output = delete(&s3, keys(4)).await.unwrap();
    assert_eq!(deleted(&output), ["mine/0", "mine/1", "mine/3"]);
    assert_eq!(failed(&output), [("mine/2", "SlowDown")]);
    assert_eq!(script.seen().len(), 1 + 3 + 3 + 1);
}

#[tokio::test]
async fn an_attempt_that_failed_goes_on_with_the_keys_that_are_left() {
    let script = Script::new(|place, before| match place.split('?').next().unwrap() {
        "mine/20" if before == 0 => None,
        _ => Some(status(204, &[], "")),
    });
    let (s3, authority) = script.client(|config| config).await;
    let output = delete(&s3, keys(40)).await.unwrap();
    assert_eq!(deleted(&output), keys(40));
    let mut seen = script.seen();
    assert_eq!(seen.len(), 41, "one of them twice");
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 40);
    let refused = authority.asked().iter().filter(|asked| asked.refused.is_some()).count();
    assert_eq!(refused, 2, "each attempt asks for the list first");
}

#[tokio::test]
async fn a_storage_that_is_away_is_an_error_of_the_whole_list() {
    let script = Script::new(|_, _| None);
    let (s3, _authority) = script.client(|config| config).await;
    let error = delete(&s3, keys(40)).await.unwrap_err();
    assert!(matches!(&error, SdkError::DispatchFailure(failure) if failure.is_io()), "{error:?}");
    assert_eq!(script.seen().len(), 3 * 16, "no attempt goes beyond the keys that failed");
}

#[tokio::test]
async fn a_redirect_is_what_s3_says_to_the_whole_list() {
    let elsewhere = "<Error><Code>PermanentRedirect</Code><Message>there</Message></Error>";
    let script = Script::new(move |_, _| Some(status(301, &[], elsewhere)));
    let (s3, _authority) = script.client(|config| config).await;
    let error = delete(&s3, keys(2)).await.unwrap_err();
    assert_eq!(error.code(), Some("PermanentRedirect"), "{error:?}");
}

#[tokio::test]
async fn cargo_in_trouble_fails_the_attempt_and_not_a_key() {
    let script = Script::new(|_, _| Some(status(204, &[], "")));
    let (s3, authority) = script.client(|config| config).await;
    // Cargo gets one request, for the list, and fails it.
    authority.fail(usize::MAX, 503);
    let error = delete(&s3, keys(3)).await.unwrap_err();
    assert!(matches!(&error, SdkError::DispatchFailure(_)), "{error:?}");
    assert!(script.seen().is_empty());
}

/// The SDK checks every half second whether the connector reads the body of an upload.
#[tokio::test]
async fn a_list_that_takes_long_is_no_stalled_upload() {
    let script = Script::new(|place, before| match place.split('?').next().unwrap() {
        // Three attempts take half a second.
        "mine/0" | "mine/16" | "mine/32" | "mine/48" if before < 2 => {
            Some(status(503, &[], SLOW_DOWN))
        }
        _ => Some(status(204, &[], "")),
    });
    let at_once = StalledStreamProtectionConfig::enabled().grace_period(Duration::ZERO).build();
    let (s3, authority) = script.client(|config| config.stalled_stream_protection(at_once)).await;
    assert_eq!(deleted(&delete(&s3, keys(64)).await.unwrap()).len(), 64);
    let attempts = authority.asked().iter().filter(|asked| asked.refused.is_some()).count();
    assert_eq!(attempts, 1);
}

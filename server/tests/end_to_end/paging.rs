//! Listings, page by page, over awkward keys on each storage: markers and tokens that a storage
//! hands out must be signed when they come back.

use std::collections::BTreeSet;

use aws_sdk_s3::Client as S3;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketVersioningStatus, CommonPrefix, MultipartUpload, Object, ObjectVersion,
    VersioningConfiguration,
};
use futures_util::TryStreamExt as _;
use sail_cargo_client::Client;
use sail_cargo_client::protocol::Permission::{Read, Write};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningError, RemoteSigningExt as _, listing};

use crate::storages::{ACCESS_KEY_ID, Kind, REGION, SECRET, Storage};
use crate::test_stack::{BUCKET, TestStack};

/// Keys that Cargo signs, and that each storage can hold together.
const KEYS: [&str; 23] = [
    " space first",
    "#h?q",
    "%41 is not A",
    "(x)!*'",
    "+",
    ".hidden",
    "..dots/...x",
    "100%",
    "a b",
    "a b c/d e",
    "a&b=c",
    "a+b",
    "a/b/c",
    "a;b,c:d@e$f",
    "dot./.x",
    "q%26",
    "tilde~/x~y",
    "ü/é",
    "ünïcödé/日本語 😀",
    "no-break\u{a0}space",
    "no-op",
    "z",
    "z[minio_cache:v2,return:]",
];
/// A key put there by another client. Listings show it, but no request for it is signed.
const FOREIGN: &str = "m%2Fn";
const DELIMITERS: [Option<&str>; 3] = [None, Some("/"), Some("-")];

#[tokio::test]
async fn on_seaweedfs_behind_nginx() {
    every_listing_is_read_to_its_end(Kind::Proxied).await;
}

#[tokio::test]
async fn on_seaweedfs_by_itself() {
    every_listing_is_read_to_its_end(Kind::SeaweedFs).await;
}

#[tokio::test]
async fn on_rclone() {
    every_listing_is_read_to_its_end(Kind::Rclone).await;
}

#[tokio::test]
async fn on_the_embedded_storage() {
    every_listing_is_read_to_its_end(Kind::Embedded).await;
}

async fn every_listing_is_read_to_its_end(kind: Kind) {
    let Some(storage) = Storage::start(kind).await else { return };
    let test = TestStack::bare().await;
    test.put_unproved_store(&storage.url, ACCESS_KEY_ID, SECRET).await;
    let root = signed_by_cargo(&storage.url, test.root());
    root.create_bucket().bucket(BUCKET).send().await.unwrap();
    test.grant("ada", "", &[Read, Write]).await;
    let ada = signed_by_cargo(&storage.url, test.user("ada"));
    for key in KEYS {
        let put = ada.put_object().bucket(BUCKET).key(key).body(ByteStream::from_static(b"x"));
        put.send().await.unwrap_or_else(|error| panic!("{key}: {error:?}"));
    }
    objects(&ada, kind).await;
    past_a_key_nobody_signs_for(&ada, &storage).await;
    uploads(&ada, kind).await;
    versions(&root, &ada, &storage).await;
}

/// The stock SDK without S3 credentials; Cargo signs.
fn signed_by_cargo(url: &str, cargo: Client) -> S3 {
    S3::from_conf(config(url).remote_signing(RemoteSigner::new(cargo)).build())
}

fn config(url: &str) -> aws_sdk_s3::config::Builder {
    aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(url)
        .force_path_style(true)
}

/// The keys and folders that pages show, in their order.
type Shown = Vec<String>;

fn names<T>(some: &[T], name: impl Fn(&T) -> Option<&str>) -> impl Iterator<Item = String> {
    some.iter().filter_map(name).map(ToOwned::to_owned).collect::<Vec<_>>().into_iter()
}

/// Reads all pages. `page` gets the marker of a page, and returns the next marker.
async fn read<Mark>(mut page: impl AsyncFnMut(Option<Mark>) -> (Shown, Option<Mark>)) -> Shown {
    let (mut all, mut mark) = (Vec::new(), None);
    for _ in 0..100 {
        let (shown, next) = page(mark).await;
        assert!(shown.len() <= 2, "{shown:?} on one page");
        all.extend(shown);
        match next {
            Some(next) => mark = Some(next),
            None => return all,
        }
    }
    panic!("no end: {all:?}");
}

/// The expected listing with `delimiter`. rclone takes every delimiter for a slash.
fn expected(delimiter: Option<&str>, kind: Kind) -> BTreeSet<String> {
    let delimiter = delimiter.map(|given| if kind == Kind::Rclone { "/" } else { given });
    let folder = |key: &str| {
        let end = key.find(delimiter?)? + delimiter?.len();
        Some(key[..end].to_owned())
    };
    KEYS.into_iter().map(|key| folder(key).unwrap_or_else(|| key.to_owned())).collect()
}

fn is_all(mut shown: Shown, delimiter: Option<&str>, kind: Kind, how: &str) {
    // SeaweedFS repeats a folder that does not end in a slash on the next page.
    if is_seaweedfs(kind) && delimiter == Some("-") {
        shown.sort_unstable();
        shown.dedup();
    }
    let once: BTreeSet<_> = shown.iter().cloned().collect();
    assert_eq!(once.len(), shown.len(), "{how}, {delimiter:?}: something twice in {shown:?}");
    assert_eq!(once, expected(delimiter, kind), "{how}, {delimiter:?}");
}

/// With `encoding-type=url`, as the interceptor's users list.
async fn by_escaped(s3: &S3, delimiter: Option<&str>) -> Shown {
    let list = s3.list_objects_v2().bucket(BUCKET).max_keys(2);
    let pages = listing::pages(list.set_delimiter(delimiter.map(ToOwned::to_owned)));
    let pages: Vec<_> = pages.try_collect().await.unwrap();
    let shown = pages.iter().map(|page| {
        let folders = names(page.common_prefixes(), CommonPrefix::prefix);
        names(page.contents(), Object::key).chain(folders).collect::<Vec<_>>()
    });
    shown.flatten().collect()
}

/// Lists objects by marker, by token, escaped, and by restarting after the last key.
async fn objects(s3: &S3, kind: Kind) {
    for delimiter in DELIMITERS {
        is_all(by_marker(s3, delimiter).await, delimiter, kind, "marker");
        is_all(by_token(s3, delimiter).await, delimiter, kind, "token");
        is_all(by_escaped(s3, delimiter).await, delimiter, kind, "escaped");
    }
    is_all(by_last_key(s3).await, None, kind, "start-after");
}

async fn by_marker(s3: &S3, delimiter: Option<&str>) -> Shown {
    read(async |marker: Option<String>| {
        let list = s3.list_objects().bucket(BUCKET).max_keys(2).set_marker(marker);
        let page = list.set_delimiter(delimiter.map(Into::into)).send().await.unwrap();
        let mut shown: Shown = names(page.contents(), Object::key)
            .chain(names(page.common_prefixes(), CommonPrefix::prefix))
            .collect();
        shown.sort_unstable();
        let more = page.is_truncated == Some(true);
        let next = page.next_marker.or_else(|| shown.last().cloned());
        (shown, next.filter(|_| more))
    })
    .await
}

async fn by_token(s3: &S3, delimiter: Option<&str>) -> Shown {
    read(async |token: Option<String>| {
        let list = s3.list_objects_v2().bucket(BUCKET).max_keys(2).set_continuation_token(token);
        let page = list.set_delimiter(delimiter.map(Into::into)).send().await.unwrap();
        let shown = names(page.contents(), Object::key)
            .chain(names(page.common_prefixes(), CommonPrefix::prefix));
        (shown.collect(), page.next_continuation_token)
    })
    .await
}

async fn by_last_key(s3: &S3) -> Shown {
    read(async |last: Option<String>| {
        let list = s3.list_objects_v2().bucket(BUCKET).max_keys(2).set_start_after(last);
        let page = list.send().await.unwrap();
        let shown: Shown = names(page.contents(), Object::key).collect();
        let next = shown.last().cloned();
        (shown, next)
    })
    .await
}

/// The marker of a page of uploads or versions: a key, and an upload or version id.
type PageMarker = (Option<String>, Option<String>);

/// Lists unfinished uploads, one for each key. SeaweedFS uses only the upload id as marker.
async fn uploads(s3: &S3, kind: Kind) {
    for key in KEYS {
        // The SDK cannot parse rclone's answer to the creation of an upload.
        let begun = s3.create_multipart_upload().bucket(BUCKET).key(key).send().await;
        assert!(begun.is_ok() || kind == Kind::Rclone, "{begun:?}");
    }
    if kind == Kind::Embedded {
        let list = s3.list_multipart_uploads().bucket(BUCKET).send().await;
        return is_not_implemented(list);
    }
    let shown = read(async |place: Option<PageMarker>| {
        let (key, id) = place.unwrap_or_default();
        let list = s3.list_multipart_uploads().bucket(BUCKET).max_uploads(2);
        let page = list.set_key_marker(key).set_upload_id_marker(id).send().await.unwrap();
        let shown = names(page.uploads(), MultipartUpload::key).collect();
        let more = page.is_truncated == Some(true);
        (shown, more.then_some((page.next_key_marker, page.next_upload_id_marker)))
    })
    .await;
    is_all(shown, None, kind, "uploads");
}

/// Lists versions, two for each key. Requests signed by Cargo must show the same as those with the
/// storage's own key.
async fn versions(root: &S3, s3: &S3, storage: &Storage) {
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled);
    let enable = root.put_bucket_versioning().bucket(BUCKET);
    let enabled = enable.versioning_configuration(enabled.build()).send().await;
    if !is_seaweedfs(storage.kind) {
        let list = s3.list_object_versions().bucket(BUCKET).send().await;
        return is_not_implemented(list);
    }
    enabled.unwrap();
    for key in KEYS {
        let put = s3.put_object().bucket(BUCKET).key(key).body(ByteStream::from_static(b"y"));
        put.send().await.unwrap();
    }
    let (shown, to_itself) = (by_version(s3).await, by_version(&own(storage)).await);
    assert_eq!(shown, to_itself);
    let missing = KEYS.into_iter().filter(|key| {
        let two = shown.iter().filter(|version| version.split('\n').next() == Some(key));
        two.count() != 2
    });
    // After the folder `a/`, SeaweedFS skips keys that sort before it.
    assert_eq!(missing.collect::<Vec<_>>(), ["a b", "a b c/d e", "a&b=c", "a+b"]);
}

/// Lists versions as keys, each followed by its version ids.
async fn by_version(s3: &S3) -> Shown {
    read(async |place: Option<PageMarker>| {
        let (key, id) = place.unwrap_or_default();
        let list = s3.list_object_versions().bucket(BUCKET).max_keys(2);
        let page = list.set_key_marker(key).set_version_id_marker(id).send().await.unwrap();
        let name = |version: &ObjectVersion| {
            Some(format!("{}\n{}", version.key()?, version.version_id()?))
        };
        let shown = page.versions().iter().filter_map(name).collect();
        let more = page.is_truncated == Some(true);
        (shown, more.then_some((page.next_key_marker, page.next_version_id_marker)))
    })
    .await
}

/// Demands that Cargo signed and the storage does not implement the operation.
fn is_not_implemented<T: std::fmt::Debug, E>(answer: Result<T, SdkError<E>>)
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let error = answer.unwrap_err();
    assert_eq!(error.code(), Some("NotImplemented"), "{error:?}");
}

/// The SDK with the storage's own key, without Cargo.
fn own(storage: &Storage) -> S3 {
    let keys = Credentials::new(ACCESS_KEY_ID, SECRET, None, None, "test");
    S3::from_conf(config(&storage.url).credentials_provider(keys).build())
}

/// A key put there by another client appears in listings. Continuation tokens go past it; as a
/// marker it is refused, and the key after all that share its odd part is accepted.
async fn past_a_key_nobody_signs_for(s3: &S3, storage: &Storage) {
    let own = own(storage);
    let put = own.put_object().bucket(BUCKET).key(FOREIGN).body(ByteStream::from_static(b"x"));
    put.send().await.unwrap();
    let shown = by_token(s3, None).await;
    assert_eq!(shown.len(), KEYS.len() + 1, "{shown:?}");
    assert!(shown.iter().any(|key| key == FOREIGN), "{shown:?}");
    let list = |marker: &str| s3.list_objects().bucket(BUCKET).marker(marker).send();
    let error = list(FOREIGN).await.unwrap_err();
    let Some(RemoteSigningError::Invalid { code, .. }) = RemoteSigningError::find(&error) else {
        panic!("{error:?}")
    };
    assert_eq!(code.as_deref(), Some("double_encoded"));
    let page = list("m%2G").await.unwrap();
    let behind: Shown = names(page.contents(), Object::key).collect();
    let expected: Vec<_> = KEYS.into_iter().filter(|key| *key > FOREIGN).collect();
    assert_eq!(behind.len(), expected.len(), "{behind:?}");
    assert!(expected.iter().all(|key| behind.iter().any(|shown| shown == key)), "{behind:?}");
    own.delete_object().bucket(BUCKET).key(FOREIGN).send().await.unwrap();
}

const fn is_seaweedfs(kind: Kind) -> bool {
    matches!(kind, Kind::SeaweedFs | Kind::Proxied)
}

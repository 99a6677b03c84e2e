//! Tests that pass both with a local directory and with a bucket.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use futures_util::{TryStreamExt, stream};
use sail_cargo_client::protocol::Permission::{Delete, Read, Write};
use sail_cargo_middleware::RemoteSigner;
use sail_cargo_transfer::storage::{Content, KeyFlaw, Storage, StorageError};

use super::{broken, bucket, keys, read, start};

const MIB: usize = 1 << 20;

#[tokio::test]
async fn a_local_directory_behaves() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::local(directory.path().join("not/there/yet")).unwrap();
    assert!(storage.is_local());
    takes_any_size(&storage).await;
    behaves(&storage).await;
    behaves(&storage.below("team/").unwrap().below("a b/").unwrap()).await;
}

#[tokio::test]
async fn a_bucket_behaves() {
    let (_storage, authority) = start().await;
    let storage = bucket(&authority);
    assert!(!storage.is_local());
    takes_any_size(&storage).await;
    behaves(&storage).await;
    behaves(&storage.below("team/").unwrap().below("a b/").unwrap()).await;
}

#[tokio::test]
async fn a_users_part_of_a_bucket_behaves() {
    let (_storage, authority) = start().await;
    authority.grant("ada", "bkt/ada/", [Read, Write, Delete]);
    for proved in [true, false] {
        authority.binds_bodies(proved);
        let ada = RemoteSigner::new(authority.user("ada").unwrap());
        behaves(&Storage::cargo(ada, "bkt").below("ada/").unwrap()).await;
    }
}

/// Runs all checks. Leaves no objects behind.
async fn behaves(storage: &Storage) {
    assert_eq!(keys(storage, "").await, [""; 0]);
    takes_any_content(storage).await;
    holds_any_key(storage).await;
    lists_by_key(storage).await;
    replaces_all_or_nothing(storage).await;
    has_no_other_keys(storage).await;
    assert_eq!(keys(storage, "").await, [""; 0], "all was deleted");
}

async fn takes_any_content(storage: &Storage) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "cat").unwrap();
    let chunks = ["c", "", "at"].map(|chunk| Ok::<_, std::io::Error>(Bytes::from(chunk)));
    let contents: [Content; 9] = [
        "cat".into(),
        b"cat".into(),
        String::from("cat").into(),
        vec![b'c', b'a', b't'].into(),
        Bytes::from("cat").into(),
        ByteStream::from_static(b"cat").into(),
        Content::stream(stream::iter(chunks)),
        Content::reader(&b"cat"[..]).with_type("image/png"),
        Content::file(file.path()).with_type("image/png"),
    ];
    for content in contents {
        let shown = format!("{content:?}");
        let url = storage.upload(content, "pets/cat").await.unwrap();
        assert_eq!(url, storage.url("pets/cat").await.unwrap());
        assert!(!url.cannot_be_a_base() && url.path().ends_with("/cat"), "{url}");
        assert_eq!(read(storage, "pets/cat").await.unwrap(), b"cat", "{shown}");
    }
    storage.delete("pets/cat").await.unwrap();
}

/// Uses a key per size: the storage keeps the old checksum when parts replace an object.
async fn takes_any_size(storage: &Storage) {
    for size in [0, 1, 9 * MIB] {
        let (key, copy) = (format!("sizes/{size}"), format!("sizes/copy of {size}"));
        let bytes = vec![7; size];
        let chunks: Vec<_> = bytes.chunks(MIB - 1).map(Bytes::copy_from_slice).map(Ok).collect();
        let content = Content::stream(stream::iter::<Vec<Result<_, &str>>>(chunks));
        storage.upload(content, &key).await.unwrap();
        assert!(read(storage, &key).await.unwrap() == bytes, "{size} bytes");
        storage.upload(storage.download(&key).await.unwrap(), &copy).await.unwrap();
        assert!(read(storage, &copy).await.unwrap() == bytes, "a copy of {size} bytes");
        storage.delete(&key).await.unwrap();
        storage.delete(&copy).await.unwrap();
    }
}

async fn holds_any_key(storage: &Storage) {
    for key in [
        "plain.txt",
        "with space",
        "a+b&c=d?e#f",
        "100%",
        "%41",
        "ünïcödé/日本語 😀",
        "Case/case",
        "case/Case",
        "...",
        "~tilde~(x)!'*",
        "q:\"<>|",
        &"long".repeat(25),
    ] {
        storage.upload(key.to_owned(), key).await.unwrap();
        assert_eq!(read(storage, key).await.unwrap(), key.as_bytes(), "{key}");
        assert_eq!(keys(storage, "").await, [key]);
        storage.delete(key).await.unwrap();
        storage.delete(key).await.unwrap_or_else(|error| panic!("{key}, once more: {error:?}"));
        let gone = storage.download(key).await.unwrap_err();
        assert!(gone.is_not_found() && !gone.is_denied(), "{gone:?}");
        assert!(gone.to_string().contains(key), "{gone}");
    }
}

async fn lists_by_key(storage: &Storage) {
    let all = ["B", "a b", "dir-1", "dir/x", "dir/y/z", "dir0", "ü", "😀"];
    for key in all.iter().rev() {
        storage.upload(key.to_string(), key).await.unwrap();
    }
    assert_eq!(keys(storage, "").await, all);
    assert_eq!(keys(storage, "dir").await, all[2..6]);
    assert_eq!(keys(storage, "dir/").await, all[3..5]);
    assert_eq!(keys(storage, "dir/y").await, all[4..5]);
    assert_eq!(keys(storage, "nothing").await, [""; 0]);

    let streamed: Vec<_> = storage.list("dir/").try_collect().await.unwrap();
    assert_eq!(streamed, storage.list("dir/").all().await.unwrap());
    let mut objects = storage.list("dir/");
    let object = objects.next().await.unwrap().unwrap();
    assert_eq!((&*object.key, object.size), ("dir/x", 5));
    let age = SystemTime::now().duration_since(object.modified.unwrap()).unwrap_or_default();
    assert!(age < Duration::from_mins(1), "{age:?}");
    for key in all {
        storage.delete(key).await.unwrap();
    }
}

async fn replaces_all_or_nothing(storage: &Storage) {
    assert!(matches!(storage.upload(broken(), "it").await, Err(StorageError::Stream(_))));
    assert!(read(storage, "it").await.unwrap_err().is_not_found());
    storage.upload("old", "it").await.unwrap();
    let error = storage.upload(broken(), "it").await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "the source is gone");
    let nowhere = storage.upload(Content::file("/not/there"), "it").await.unwrap_err();
    assert!(matches!(&nowhere, StorageError::Io { path, .. } if path.ends_with("there")));
    assert_eq!(read(storage, "it").await.unwrap(), b"old");
    storage.upload("new", "it").await.unwrap();
    assert_eq!(read(storage, "it").await.unwrap(), b"new");
    storage.delete("it").await.unwrap();
}

async fn has_no_other_keys(storage: &Storage) {
    for key in ["", "a/../b", ".", "//", "a\nb", "a%2fb", &"x".repeat(1025)] {
        let errors = [
            storage.upload("x", key).await.map(drop).unwrap_err(),
            storage.download(key).await.map(drop).unwrap_err(),
            storage.delete(key).await.unwrap_err(),
            storage.url(key).await.map(drop).unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(&error, StorageError::Key { key: named, .. } if named == key));
        }
    }
    for (prefix, flaw) in [("a/../", KeyFlaw::DotSegment), ("a\0", KeyFlaw::ControlChar)] {
        let error = storage.list(prefix).all().await.unwrap_err();
        assert!(matches!(error, StorageError::Key { flaw: named, .. } if named == flaw));
    }
    let error = storage.below("team").unwrap_err();
    assert!(matches!(error, StorageError::Key { flaw: KeyFlaw::PrefixEnd, .. }));
}

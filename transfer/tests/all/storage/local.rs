//! Local directories only: files, names and modes.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sail_cargo_transfer::storage::{Content, Storage, StorageError};
use tempfile::TempDir;

use super::{broken, keys, read};

fn start() -> (TempDir, Storage) {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::local(directory.path()).unwrap();
    (directory, storage)
}

/// The names in a directory.
fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn every_key_has_a_place_beside_every_other() {
    let (_directory, storage) = start();
    let [ascii, colons] = ["x".repeat(1024), ":".repeat(1024)];
    let slashes = format!("{}x", "/".repeat(1023));
    let deep = format!("{}x", ":/".repeat(511));
    let mut all: Vec<&str> = vec![
        "a",
        "a/",
        "a//",
        "a//b",
        "a/b",
        "a/b/",
        "a/b/c",
        "/a",
        "//a",
        "A",
        "a.",
        "a ",
        "a%",
        "%tmp-a",
        "CON",
        "nul.txt",
        "日本/語",
        "é",
        "e\u{301}",
        "😀/😀",
        "a\\b",
        "c:\\d",
        "..a",
        "a../b",
        &ascii,
        &ascii[..200],
        &ascii[..201],
        &colons,
        &slashes,
        &deep,
    ];
    for key in &all {
        storage.upload((*key).to_owned(), key).await.unwrap();
    }
    all.sort_unstable();
    assert_eq!(keys(&storage, "").await, all);
    for key in &all {
        assert_eq!(read(&storage, key).await.unwrap(), key.as_bytes());
        let url = storage.url(key).await.unwrap();
        let file = url.to_file_path().unwrap();
        assert_eq!(std::fs::read(file).unwrap(), key.as_bytes(), "the URL opens it");
    }
    for prefix in ["a/", "a//", "a", "a/b/", "x", "/", "e", &ascii, "c:\\", "nothing"] {
        let below: Vec<_> = all.iter().filter(|key| key.starts_with(prefix)).copied().collect();
        assert_eq!(keys(&storage, prefix).await, below);
    }
}

#[tokio::test]
async fn what_is_deleted_leaves_no_directories() {
    let (directory, storage) = start();
    for key in ["a/b/c", "a/b/d", "a/e"] {
        storage.upload("x", key).await.unwrap();
    }
    storage.delete("a/b/c").await.unwrap();
    assert_eq!(keys(&storage, "").await, ["a/b/d", "a/e"]);
    storage.delete("a/b/d").await.unwrap();
    assert_eq!(names(&directory.path().join("a%2F")), ["e"]);
    storage.delete("a/e").await.unwrap();
    storage.delete("a/e").await.unwrap();
    assert_eq!(names(directory.path()), [""; 0]);
}

#[tokio::test]
async fn an_object_is_there_when_all_of_it_is() {
    let (directory, storage) = start();
    storage.upload("old", "it").await.unwrap();
    let (inside, root) = (storage.clone(), directory.path().to_owned());
    let looking = stream::iter(["new ", "content"]).then(move |chunk| {
        let (inside, root) = (inside.clone(), root.clone());
        async move {
            assert_eq!(keys(&inside, "").await, ["it"]);
            assert_eq!(read(&inside, "it").await.unwrap(), b"old");
            assert_eq!(names(&root).len(), 2, "the unfinished one is a file");
            Ok::<_, StorageError>(Bytes::from(chunk))
        }
    });
    storage.upload(Content::stream(looking), "it").await.unwrap();
    assert_eq!(read(&storage, "it").await.unwrap(), b"new content");
    storage.upload(broken(), "it").await.unwrap_err();
    assert_eq!(names(directory.path()), ["it"], "nothing is left of what failed");
}

#[tokio::test]
async fn an_upload_that_is_dropped_leaves_nothing() {
    let (directory, storage) = start();
    let endless = stream::iter([Ok::<_, StorageError>(Bytes::from("x"))]).chain(stream::pending());
    let upload = storage.upload(Content::stream(endless), "a/b");
    tokio::time::timeout(Duration::from_millis(100), upload).await.unwrap_err();
    assert_eq!(names(directory.path()), [""; 0]);
}

#[tokio::test]
async fn a_download_goes_on_with_what_it_began() {
    let (_directory, storage) = start();
    storage.upload("old", "it").await.unwrap();
    let download = storage.download("it").await.unwrap();
    storage.upload("newer", "it").await.unwrap();
    assert_eq!(download.collect().await.unwrap().to_vec(), b"old");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_uploads_and_deletions_in_a_directory_succeed() {
    let (directory, storage) = start();
    let each = |n: u32| {
        let storage = storage.clone();
        tokio::spawn(async move {
            let key = format!("a/b/c/{n}");
            for _ in 0..20 {
                storage.upload("x", &key).await.unwrap();
                assert!(keys(&storage, "a/").await.contains(&key));
                storage.delete(&key).await.unwrap();
            }
        })
    };
    for task in (0..8).map(each).collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(names(directory.path()), [""; 0]);
}

#[tokio::test]
async fn a_directory_that_was_removed_is_made_again() {
    let (directory, storage) = start();
    std::fs::remove_dir(directory.path()).unwrap();
    assert_eq!(keys(&storage, "").await, [""; 0]);
    storage.delete("a").await.unwrap();
    assert!(storage.download("a").await.unwrap_err().is_not_found());
    storage.upload("x", "a").await.unwrap();
    assert_eq!(keys(&storage, "").await, ["a"]);
}

#[cfg(unix)]
#[tokio::test]
async fn objects_are_their_owners_alone_and_no_link_is_one() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("made");
    let storage = Storage::local(&root).unwrap();
    storage.upload("x", "a/b").await.unwrap();
    assert_eq!((mode(&root), mode(&root.join("a%2F"))), (0o700, 0o700));
    assert_eq!(mode(&root.join("a%2F/b")), 0o600);
    std::fs::write(place.path().join("secret"), "x").unwrap();
    std::os::unix::fs::symlink(place.path().join("secret"), root.join("link")).unwrap();
    assert!(storage.download("link").await.unwrap_err().is_not_found());
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_regular_file_is_no_object_and_stays() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let (directory, storage) = start();
    let at = |name: &str| directory.path().join(name);
    mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    std::os::unix::fs::symlink("gone", at("link")).unwrap();
    std::fs::create_dir(at("directory")).unwrap();
    for name in ["pipe", "socket", "link", "directory"] {
        let kind = || at(name).symlink_metadata().unwrap().file_type();
        let before = kind();
        assert!(storage.download(name).await.unwrap_err().is_not_found(), "{name}");
        let refused = storage.upload("x", name).await.unwrap_err();
        assert!(matches!(&refused, StorageError::Io { path, .. } if path.ends_with(name)));
        storage.delete(name).await.unwrap();
        assert_eq!(kind(), before, "{name}");
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 4, "nothing is left");
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_object_is_not_listed() {
    let (directory, storage) = start();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret"), "x").unwrap();
    let root = directory.path();
    std::os::unix::fs::symlink(outside.path(), root.join("link%2F")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret"), root.join("link")).unwrap();
    std::fs::create_dir(root.join("plain")).unwrap();
    for foreign in ["plain/file", "%tmp-abc", "%", "%zz"] {
        std::fs::write(root.join(foreign), "x").unwrap();
    }
    storage.upload("x", "it").await.unwrap();
    assert_eq!(keys(&storage, "").await, ["it"]);
}

#[test]
fn a_directory_that_cannot_be_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = Storage::local(file.path().join("below")).unwrap_err();
    assert!(matches!(&error, StorageError::Io { path, .. } if path.ends_with("below")), "{error}");
}

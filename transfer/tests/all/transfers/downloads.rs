//! A download is complete, or leaves no file.

use aws_sdk_s3::primitives::ByteStream;
use sail_cargo_transfer::{CancellationToken, TransferError, Transfers, Verified};

use super::{PART, TestStack, bytes};

impl TestStack {
    async fn put(&self, key: &str, content: &[u8]) {
        let path = self.storage.file(content);
        self.transfers().upload_file(path, "bkt", key).await.unwrap();
    }
}

#[tokio::test]
async fn an_object_comes_down_in_one_request_or_in_parts() {
    let stack = TestStack::set().await;
    let transfers = Transfers::new(stack.s3()).part_size(PART as u64);
    for length in [0, 1, PART, PART + 1, 3 * PART + 17] {
        let (whole, key) = (bytes(length), format!("k{length}"));
        stack.put(&key, &whole).await;
        let path = stack.path("down");
        let down = transfers.download_file("bkt", &key, &path).await.unwrap();
        assert_eq!((down.bytes, down.resumed), (length as u64, 0));
        assert!(down.verified >= Verified::ETag, "{length}: {:?}", down.verified);
        assert!(std::fs::read(&path).unwrap() == whole, "{length}");
        let left = path.with_file_name("down.sail-part");
        assert!(!left.exists() && !left.with_extension("sail-part.journal").exists());
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_asked_for_from_there() {
    let stack = TestStack::set().await;
    let whole = bytes(2 * PART);
    stack.put("k", &whole).await;
    let (gate, mut cut_at) = (stack.gate.clone(), vec![PART as u64 / 2, PART as u64 + 1]);
    let cut_at = std::sync::Mutex::new(cut_at.drain(..).rev().collect::<Vec<_>>());
    let path = stack.path("down");
    let down = stack.transfers().download_file("bkt", "k", &path).on_progress(move |done| {
        let mut cut_at = cut_at.lock().unwrap();
        if cut_at.last().is_some_and(|at| done.bytes >= *at) {
            cut_at.pop();
            gate.cut();
        }
    });
    down.await.unwrap();
    assert!(std::fs::read(&path).unwrap() == whole);
    let ranges: Vec<_> =
        stack.storage.seen().iter().map(|seen| seen.header("range").to_owned()).collect();
    let inside = ranges.iter().filter(|range| !range.is_empty());
    assert_eq!(inside.count(), 4, "two parts, each broken off once: {ranges:?}");
}

#[tokio::test]
async fn a_denial_goes_on_where_it_was_when_it_is_lifted() {
    let stack = TestStack::set().await;
    let whole = bytes(3 * PART);
    stack.put("k", &whole).await;
    let (cargo, path) = (stack.cargo.clone(), stack.path("down"));
    std::fs::write(&path, b"what was there").unwrap();
    let down = stack.transfers().download_file("bkt", "k", &path).on_progress(move |done| {
        if done.bytes == PART as u64 {
            cargo.revoke("ada", "bkt");
        }
    });
    assert!(down.await.unwrap_err().is_denied());
    assert_eq!(std::fs::read(&path).unwrap(), b"what was there", "nothing by halves");

    stack.allow();
    let before = stack.storage.seen().len();
    let down = stack.transfers().download_file("bkt", "k", &path).await.unwrap();
    assert_eq!((down.bytes, down.resumed), (3 * PART as u64, PART as u64));
    assert!(std::fs::read(&path).unwrap() == whole);
    let again = &stack.storage.seen()[before..];
    let ranges: Vec<_> = again.iter().map(|seen| seen.header("range")).collect();
    assert_eq!(
        ranges,
        ["", "bytes=5242880-10485759", "bytes=10485760-15728639"],
        "HEAD, two parts"
    );
}

#[tokio::test]
async fn an_object_that_was_replaced_comes_down_anew() {
    let stack = TestStack::set().await;
    stack.put("k", &bytes(2 * PART)).await;
    let (path, stop) = (stack.path("down"), CancellationToken::new());
    let stopper = stop.clone();
    let down = stack.transfers().download_file("bkt", "k", &path).cancel_on(stop);
    let down = down.on_progress(move |done| {
        if done.bytes > PART as u64 {
            stopper.cancel();
        }
    });
    assert!(matches!(down.await, Err(TransferError::Cancelled)));
    let new: Vec<u8> = bytes(2 * PART).into_iter().rev().collect();
    stack.put("k", &new).await;
    let down = stack.transfers().download_file("bkt", "k", &path).await.unwrap();
    assert_eq!(down.resumed, 0);
    assert!(std::fs::read(&path).unwrap() == new);
}

#[tokio::test]
async fn an_object_that_is_replaced_meanwhile_is_not_mixed() {
    let stack = TestStack::set().await;
    stack.put("k", &bytes(2 * PART)).await;
    let other = stack.storage.file(&vec![7; 2 * PART]);
    let into = stack.storage.object("bkt", "k");
    let (path, s3) = (stack.path("down"), stack.s3());
    let (reached, mut wait) = tokio::sync::mpsc::unbounded_channel();
    let down = stack.transfers().download_file("bkt", "k", &path).on_progress(move |done| {
        if done.bytes == PART as u64 {
            // Changes the storage's file directly, before the next part is requested.
            std::fs::copy(&other, &into).unwrap();
            reached.send(()).unwrap();
        }
    });
    let ended = down.await;
    wait.recv().await.unwrap();
    // The storage still reports the old ETag: only the content reveals the change.
    assert!(
        matches!(ended, Err(TransferError::Corrupt { .. }))
            || ended.is_ok_and(|down| { down.verified == Verified::Length })
    );
    let put = s3.put_object().bucket("bkt").key("k").body(b"another".to_vec().into());
    put.send().await.unwrap();
    stack.transfers().download_file("bkt", "k", &path).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"another");
}

#[tokio::test]
async fn what_is_not_there_leaves_nothing() {
    let stack = TestStack::set().await;
    let path = stack.path("down");
    let error = stack.transfers().download_file("bkt", "nothing", &path).await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    assert!(!path.with_file_name("down.sail-part").exists());
}

#[tokio::test]
async fn one_file_is_one_download() {
    let stack = TestStack::set().await;
    stack.put("k", &bytes(2 * PART)).await;
    let path = stack.path("down");
    let (reached, mut wait) = tokio::sync::mpsc::unbounded_channel();
    let first = stack.transfers().download_file("bkt", "k", &path);
    let first = first.on_progress(move |done| _ = reached.send(done.bytes));
    let first = tokio::spawn(first.into_future());
    wait.recv().await.unwrap();
    let second = stack.transfers().download_file("bkt", "k", &path).await;
    if !first.is_finished() {
        assert!(matches!(second, Err(TransferError::Busy { .. })), "{second:?}");
    }
    first.await.unwrap().unwrap();
    assert!(std::fs::read(&path).unwrap() == bytes(2 * PART));
}

#[tokio::test]
async fn what_the_storage_damaged_is_found_out() {
    let stack = TestStack::set().await;
    // An object whose content does not match its ETag.
    let put = stack.s3().put_object().bucket("bkt").key("k").body(ByteStream::from_static(b"true"));
    put.send().await.unwrap();
    std::fs::write(stack.storage.object("bkt", "k"), b"fake").unwrap();
    let path = stack.path("k");
    let down = stack.transfers().download_file("bkt", "k", &path).await;
    assert!(matches!(down, Err(TransferError::Corrupt { .. })), "{down:?}");
    assert!(!path.exists() && !path.with_file_name("k.sail-part").exists());
}

#[tokio::test]
async fn what_somebody_put_beside_the_target_does_not_count() {
    let stack = TestStack::set().await;
    let whole = bytes(2 * PART);
    // Parts of another size: the storage has no digest that this download could verify.
    let path = stack.storage.file(&whole);
    let other = stack.transfers().part_size(PART as u64 + 1);
    let up = other.upload_file(path, "bkt", "k").await.unwrap();
    let (path, e_tag) = (stack.path("down"), up.e_tag.unwrap().replace('"', "\\\""));
    let (length, part) = (2 * PART, PART);
    let journal = format!(
        "sail-cargo journal 1\n{{\"bucket\":\"bkt\",\"key\":\"k\",\"e_tag\":\"{e_tag}\",\
         \"length\":{length},\"part_size\":{part}}}\n1\n2\n"
    );
    std::fs::write(path.with_file_name("down.sail-part"), vec![b'E'; length]).unwrap();
    std::fs::write(path.with_file_name("down.sail-part.journal"), journal).unwrap();
    let down = stack.transfers().download_file("bkt", "k", &path).await.unwrap();
    assert_eq!((down.resumed, down.verified), (0, Verified::Length));
    assert!(std::fs::read(&path).unwrap() == whole);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_is_not_written_through() {
    let stack = TestStack::set().await;
    stack.put("k", b"content").await;
    let (path, victim) = (stack.path("down"), stack.storage.file(b"somebody's"));
    std::os::unix::fs::symlink(&victim, path.with_file_name("down.sail-part")).unwrap();
    let refused = stack.transfers().download_file("bkt", "k", &path).await;
    assert!(matches!(refused, Err(TransferError::File { .. })), "{refused:?}");
    assert_eq!(std::fs::read(victim).unwrap(), b"somebody's");
}

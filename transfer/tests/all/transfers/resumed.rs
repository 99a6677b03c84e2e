//! Uploads that are resumed after a failure.

use sail_cargo_transfer::{CancellationToken, TransferError, UploadFile};

use super::{PART, TestStack, bytes};

/// Cancels the upload when the first part has been received.
fn broken_off(up: UploadFile) -> UploadFile {
    let stop = CancellationToken::new();
    let stopper = stop.clone();
    up.cancel_on(stop).on_progress(move |done| {
        if done.bytes == PART as u64 {
            stopper.cancel();
        }
    })
}

#[tokio::test]
async fn an_upload_goes_on_with_the_parts_that_are_missing() {
    let stack = TestStack::set().await;
    let (whole, journal) = (bytes(3 * PART), stack.path("journal"));
    let path = stack.storage.file(&whole);
    let up = || stack.transfers().upload_file(&path, "bkt", "k").resume_with(&journal);

    let cargo = stack.cargo.clone();
    let denied = up().on_progress(move |done| {
        if done.bytes == 2 * PART as u64 {
            cargo.revoke("ada", "bkt");
        }
    });
    assert!(denied.await.unwrap_err().is_denied());
    assert!(journal.exists());
    stack.allow();
    let done = up().await.unwrap();
    assert_eq!((done.parts, done.resumed), (3, 2));
    assert!(std::fs::read(stack.storage.object("bkt", "k")).unwrap() == whole);
    assert_eq!(stack.arrived("PUT", "partNumber"), 3, "none went twice");
    assert_eq!((stack.arrived("POST", "uploads"), stack.arrived("DELETE", "uploadId")), (1, 0));
    assert!(!journal.exists());
}

#[tokio::test]
async fn an_upload_whose_process_died_goes_on() {
    let stack = TestStack::set().await;
    let (whole, journal) = (bytes(2 * PART + 1), stack.path("journal"));
    let path = stack.storage.file(&whole);
    let up = || stack.transfers().upload_file(&path, "bkt", "k").resume_with(&journal);
    let (reached, mut wait) = tokio::sync::mpsc::unbounded_channel();
    let first = up().on_progress(move |done| _ = reached.send(done.bytes));
    tokio::select! {
        ended = async { first.await } => panic!("{ended:?}"),
        () = async { while wait.recv().await != Some(PART as u64) {} } => {}
    }
    // A journal whose last line is incomplete.
    let torn = std::fs::read_to_string(&journal).unwrap() + "{\"number\":2,\"e_t";
    std::fs::write(&journal, torn).unwrap();
    let done = up().await.unwrap();
    assert_eq!((done.parts, done.resumed), (3, 1));
    assert!(std::fs::read(stack.storage.object("bkt", "k")).unwrap() == whole);
}

#[tokio::test]
async fn a_file_that_changed_is_uploaded_anew() {
    let stack = TestStack::set().await;
    let journal = stack.path("journal");
    let path = stack.storage.file(&bytes(2 * PART));
    let up = || stack.transfers().upload_file(&path, "bkt", "k").resume_with(&journal);
    assert!(matches!(broken_off(up()).await, Err(TransferError::Cancelled)));
    assert_eq!(stack.arrived("DELETE", "uploadId"), 0, "it is kept");

    let new: Vec<u8> = bytes(2 * PART + 5).into_iter().rev().collect();
    std::fs::write(&path, &new).unwrap();
    let done = up().await.unwrap();
    assert_eq!((done.parts, done.resumed), (3, 0));
    assert!(std::fs::read(stack.storage.object("bkt", "k")).unwrap() == new);
    assert_eq!(stack.arrived("DELETE", "uploadId"), 1, "nobody could go on with the old one");
}

#[tokio::test]
async fn a_part_that_changed_under_an_old_date_is_sent_again() {
    let stack = TestStack::set().await;
    let journal = stack.path("journal");
    let path = stack.storage.file(&bytes(2 * PART));
    let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
    let up = || stack.transfers().upload_file(&path, "bkt", "k").resume_with(&journal);
    assert!(matches!(broken_off(up()).await, Err(TransferError::Cancelled)));
    let mut changed = bytes(2 * PART);
    changed[17] ^= 1;
    std::fs::write(&path, &changed).unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(modified).unwrap();
    let done = up().await.unwrap();
    assert_eq!((done.parts, done.resumed), (2, 0));
    assert!(std::fs::read(stack.storage.object("bkt", "k")).unwrap() == changed);
}

#[tokio::test]
async fn an_upload_that_s3_forgot_is_begun_anew() {
    let stack = TestStack::set().await;
    let journal = stack.path("journal");
    let path = stack.storage.file(&bytes(2 * PART));
    let up = || stack.transfers().upload_file(&path, "bkt", "k").resume_with(&journal);
    assert!(matches!(broken_off(up()).await, Err(TransferError::Cancelled)));
    // S3's response for an upload that a lifecycle rule removed.
    stack.storage.fail_once_with(404, "NoSuchUpload");
    let done = up().await.unwrap();
    assert_eq!((done.parts, done.resumed), (2, 0));
    assert_eq!(stack.arrived("POST", "uploads"), 2);
}

#[tokio::test]
async fn a_file_that_became_small_leaves_no_upload_behind() {
    let stack = TestStack::set().await;
    let journal = stack.path("journal");
    let path = stack.storage.file(&bytes(2 * PART));
    let up = || stack.transfers().upload_file(&path, "bkt", "k").resume_with(&journal);
    assert!(matches!(broken_off(up()).await, Err(TransferError::Cancelled)));
    std::fs::write(&path, b"small").unwrap();
    assert_eq!(up().await.unwrap().parts, 1);
    assert_eq!(stack.arrived("DELETE", "uploadId"), 1);
    assert!(!journal.exists());
}

#[tokio::test]
async fn what_was_never_begun_leaves_no_journal() {
    let stack = TestStack::set().await;
    let (path, journal) = (stack.storage.file(&bytes(2 * PART)), stack.path("journal"));
    stack.cargo.revoke("ada", "bkt");
    let up = stack.transfers().upload_file(&path, "bkt", "k").resume_with(&journal);
    assert!(up.await.unwrap_err().is_denied());
    assert!(!journal.exists());
}

#[tokio::test]
async fn one_journal_is_one_upload() {
    let stack = TestStack::set().await;
    let journal = stack.path("journal");
    let path = stack.storage.file(&bytes(2 * PART));
    let up = || stack.transfers().upload_file(&path, "bkt", "k").resume_with(&journal);
    let (reached, mut wait) = tokio::sync::mpsc::unbounded_channel();
    let first = up().on_progress(move |done| _ = reached.send(done.bytes));
    let mut first = Box::pin(first.into_future());
    tokio::select! {
        ended = &mut first => panic!("{ended:?}"),
        _ = wait.recv() => {}
    }
    assert!(matches!(up().await, Err(TransferError::Busy { .. })));
    first.await.unwrap();
}

//! Successful uploads, and what failed ones leave behind.

use std::io;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::stream;
use sail_cargo_middleware::RemoteSigningError;
use sail_cargo_transfer::{CancellationToken, TransferError, Transfers, Verified};

use super::{MIB, PART, TestStack, bytes};

async fn content(stack: &TestStack, key: &str) -> Vec<u8> {
    let object = stack.s3().get_object().bucket("bkt").key(key).send().await.unwrap();
    object.body.collect().await.unwrap().to_vec()
}

#[tokio::test]
async fn a_file_goes_up_in_one_request_or_in_parts() {
    let stack = TestStack::set().await;
    let transfers = Transfers::new(stack.s3()).part_size(PART as u64);
    for (length, parts) in [(0, 1), (3000, 1), (PART, 1), (PART + 1, 2), (3 * PART + 17, 4)] {
        let (whole, told) = (bytes(length), Arc::new(Mutex::new(Vec::new())));
        let path = stack.storage.file(&whole);
        let tell = told.clone();
        let up = transfers
            .upload_file(path, "bkt", format!("ü/{length}"))
            .content_type("text/plain")
            .metadata("who", "ada")
            .on_progress(move |done| tell.lock().unwrap().push(done.bytes))
            .await
            .unwrap();
        assert_eq!((up.bytes, up.parts, up.resumed), (length as u64, parts, 0));
        assert!(up.verified >= Verified::ETag, "{:?}", up.verified);
        assert!(content(&stack, &format!("ü/{length}")).await == whole);
        let head = stack.s3().head_object().bucket("bkt").key(format!("ü/{length}")).send().await;
        let head = head.unwrap();
        assert_eq!(head.content_type(), Some("text/plain"));
        assert_eq!(head.metadata().unwrap()["who"], "ada");
        let told = told.lock().unwrap();
        assert!(told.is_sorted() && told.last() == Some(&(length as u64)), "{told:?}");
    }
    assert_eq!(stack.arrived("DELETE", "uploadId"), 0);
}

#[tokio::test]
async fn a_stream_goes_up_however_it_is_cut() {
    let stack = TestStack::set().await;
    for (length, chunk, parts) in [(0, 1, 1), (10, 3, 1), (PART, MIB, 1), (2 * PART + 5, 70_001, 3)]
    {
        // The storage keeps the old checksum when parts replace an object: use a key per size.
        let (whole, key) = (bytes(length), format!("s{length}"));
        let chunks: Vec<_> = whole
            .chunks(chunk)
            .map(|chunk| Ok::<_, io::Error>(Bytes::copy_from_slice(chunk)))
            .collect();
        let up = stack.transfers().parallel(4).upload_stream(stream::iter(chunks), "bkt", &key);
        let up = up.await.unwrap();
        assert_eq!((up.bytes, up.parts), (length as u64, parts));
        assert!(content(&stack, &key).await == whole);
    }
}

#[tokio::test]
async fn a_stream_that_fails_uploads_nothing() {
    let stack = TestStack::set().await;
    for length in [10, PART + 10] {
        let broken = [Ok(Bytes::from(bytes(length))), Err(io::Error::other("the disk is gone"))];
        let up = stack.transfers().upload_stream(stream::iter(broken), "bkt", "broken").await;
        let Err(TransferError::Stream(error)) = up else { panic!("{up:?}") };
        assert_eq!(error.to_string(), "the disk is gone");
        let head = stack.s3().head_object().bucket("bkt").key("broken").send().await;
        assert!(head.unwrap_err().into_service_error().is_not_found());
    }
    assert_eq!((stack.arrived("POST", "uploads"), stack.arrived("DELETE", "uploadId")), (1, 1));
}

#[tokio::test]
async fn a_denial_in_the_middle_is_the_reason_and_nothing_is_left() {
    let stack = TestStack::set().await;
    let path = stack.storage.file(&bytes(3 * PART));
    let cargo = stack.cargo.clone();
    let up = stack.transfers().upload_file(path, "bkt", "k").on_progress(move |done| {
        if done.bytes > 0 {
            cargo.grant("ada", "bkt", [sail_cargo_client::protocol::Permission::Delete]);
        }
    });
    let error = up.await.unwrap_err();
    assert!(error.is_denied(), "{error:?}");
    let said = RemoteSigningError::find(&error).unwrap().to_string();
    assert!(said.contains("no write permission on `bkt/k`"), "{said}");
    assert_eq!(stack.arrived("PUT", "partNumber"), 1);
    // A user who may not write any more may not abort either, so that S3 gets no request.
    assert_eq!(stack.arrived("DELETE", "uploadId"), 0);
}

#[tokio::test]
async fn what_is_called_off_is_aborted() {
    let stack = TestStack::set().await;
    let path = stack.storage.file(&bytes(3 * PART));
    let stop = CancellationToken::new();
    let stopper = stop.clone();
    let up = stack.transfers().upload_file(path, "bkt", "k").cancel_on(stop);
    let up = up.on_progress(move |done| {
        if done.bytes > 0 {
            stopper.cancel();
        }
    });
    assert!(matches!(up.await, Err(TransferError::Cancelled)));
    assert_eq!((stack.arrived("PUT", "partNumber"), stack.arrived("DELETE", "uploadId")), (1, 1));
}

#[tokio::test]
async fn what_nobody_waits_for_is_aborted() {
    let stack = TestStack::set().await;
    let path = stack.storage.file(&bytes(3 * PART));
    let (reached, mut wait) = tokio::sync::mpsc::unbounded_channel();
    let up = stack.transfers().upload_file(path, "bkt", "k");
    let up = up.on_progress(move |done| _ = reached.send(done.bytes));
    tokio::select! {
        ended = async { up.await } => panic!("{ended:?}"),
        () = async { while wait.recv().await != Some(PART as u64) {} } => {}
    }
    while stack.arrived("DELETE", "uploadId") == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_file_that_is_written_meanwhile_is_not_uploaded() {
    let stack = TestStack::set().await;
    let path = stack.storage.file(&bytes(3 * PART));
    let writer = path.clone();
    let up = stack.transfers().upload_file(path, "bkt", "k").on_progress(move |done| {
        if done.bytes == PART as u64 {
            std::fs::write(&writer, bytes(3 * PART - 1)).unwrap();
        }
    });
    let error = up.await.unwrap_err();
    assert!(matches!(error, TransferError::Changed { .. }), "{error:?}");
    assert_eq!((stack.arrived("POST", "uploadId"), stack.arrived("DELETE", "uploadId")), (0, 1));
}

#[tokio::test]
async fn a_file_that_is_not_there_is_said_to_be() {
    let stack = TestStack::set().await;
    let error = stack.transfers().upload_file("/nowhere/a", "bkt", "k").await.unwrap_err();
    assert_eq!(error.to_string(), "/nowhere/a");
    assert!(matches!(error, TransferError::File { .. }));
    assert!(stack.cargo.asked().is_empty());
}

#[tokio::test]
async fn a_directory_is_not_uploaded() {
    let stack = TestStack::set().await;
    let directory = stack.path("");
    let error = stack.transfers().upload_file(&directory, "bkt", "k").await.unwrap_err();
    assert!(matches!(error, TransferError::File { .. }), "{error:?}");
    assert!(stack.storage.seen().is_empty());
}

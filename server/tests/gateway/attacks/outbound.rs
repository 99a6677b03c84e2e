//! What the storage gets of a request (G20), and how often (G26).

use std::sync::atomic::{AtomicUsize, Ordering};

use super::fake_storage::{Asked, FakeStorage, Reply, answer, fine};
use crate::gateway_stack::GatewayStack;
use crate::raw::{Defect, Form, Upload, crc32, hash};

#[tokio::test]
async fn g20_content_goes_out_decoded_with_its_length_and_without_the_clients_proof() {
    let storage = FakeStorage::start(|_| fine()).await;
    let test = GatewayStack::before_url(&storage.url).await;
    let root = test.signer_of(None).await;
    let pieces = [b"hello ".to_vec(), b"world".to_vec()];
    for form in Form::ALL {
        let upload = Upload { pieces: &pieces, form, defect: Defect::None };
        let wire = upload.request(&root, &format!("/photos/{form:?}"));
        let wire =
            wire.with("Cookie", "a=b").with("X-Forwarded-For", "1.2.3.4").with("Via", "1.1 x");
        let wire = wire
            .with("Connection", "x-hop")
            .with("x-hop", "1")
            .with("x_amz_copy_source", "photos/y");
        assert_eq!(test.send(&wire).await.status, 200, "{form:?}");
        let asked = storage.asked().pop().unwrap();
        assert_eq!(asked.body, upload.content(), "{form:?}");
        assert_eq!(asked.header("content-length"), Some("11"), "{form:?}");
        assert_eq!(asked.header("accept-encoding"), Some("identity"), "{form:?}");
        let payload = asked.header("x-amz-content-sha256").unwrap();
        let declared = if form == Form::Hash {
            hash(&upload.content())
        } else {
            "UNSIGNED-PAYLOAD".to_owned()
        };
        assert_eq!(payload, declared, "{form:?}");
        let own = ["content-length", "content-md5", "host", "x-amz-checksum-crc32", "user-agent"];
        for (name, _) in &asked.headers {
            let is_signature = name.starts_with("x-amz-content")
                || name == "x-amz-date"
                || name == "authorization";
            let is_own =
                own.contains(&name.as_str()) || name == "accept-encoding" || name == "content-type";
            assert!(is_signature || is_own, "{form:?}: {name} went out");
        }
        assert!(asked.header("authorization").unwrap().contains("Credential=STAGEACCESSKEY/"));
        assert!(!asked.line.contains("X-Amz-"), "{form:?}: {}", asked.line);
    }
}

#[tokio::test]
async fn g20_other_codings_stay_and_a_body_that_was_read_has_its_own_hash() {
    let deleted = "<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>";
    let storage = FakeStorage::start(move |asked| {
        let is_list = asked.line.starts_with("POST");
        if is_list { Reply::Bytes(answer("200 OK", "", deleted)) } else { fine() }
    })
    .await;
    let test = GatewayStack::before_url(&storage.url).await;
    let root = test.signer_of(None).await;
    let pieces = [b"hello".to_vec()];
    let upload = Upload { pieces: &pieces, form: Form::UnsignedTrailer, defect: Defect::None };
    for (sent, passed) in [
        ("aws-chunked,gzip", Some("gzip")),
        ("gzip, aws-chunked", Some("gzip")),
        ("aws-chunked", None),
    ] {
        let wire = upload.request(&root, "/photos/x").without("authorization");
        let wire = wire.without("content-length").changed("content-encoding", sent).signed();
        let body = wire.body.clone();
        assert_eq!(test.send(&wire.carrying(&body)).await.status, 200, "{sent}");
        assert_eq!(storage.asked().pop().unwrap().header("content-encoding"), passed, "{sent}");
    }
    let list = b"<Delete><Object><Key>a</Key></Object></Delete>";
    let wire =
        root.ask("POST", "/photos?delete").changed("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    let wire = wire.with("x-amz-checksum-crc32", &crc32(list)).carrying(list).signed();
    let answer = test.send(&wire).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let asked = storage.asked().pop().unwrap();
    assert_eq!(asked.header("x-amz-content-sha256"), Some(&*hash(&asked.body)));
}

#[tokio::test]
async fn g26_a_read_survives_a_connection_that_the_storage_closes_and_a_change_happens_once() {
    // Every answer is the last one on its connection, and does not say so.
    let storage = FakeStorage::start(|asked: &Asked| {
        Reply::Last(answer("200 OK", "etag: \"e\"\r\n", asked.path()))
    })
    .await;
    let test = GatewayStack::before_url(&storage.url).await;
    let root = test.signer_of(None).await;
    for number in 0..50 {
        let target = format!("/photos/{number}");
        let answer = test.send(&root.ask("GET", &target).signed()).await;
        assert_eq!((answer.status, answer.text()), (200, target));
    }
    // The second request of each connection is cut before its body is read.
    let count = AtomicUsize::new(0);
    let storage = FakeStorage::start(move |_| match count.fetch_add(1, Ordering::SeqCst) % 2 {
        0 => fine(),
        _ => Reply::HangUp,
    })
    .await;
    let test = GatewayStack::before_url(&storage.url).await;
    let root = test.signer_of(None).await;
    for number in 0..20 {
        let target = format!("/photos/{number}");
        let answer = test.send(&root.put(&target, b"hello").signed()).await;
        let sent = storage.asked().iter().filter(|asked| asked.path() == target).count();
        match answer.status {
            200 => assert!(sent <= 2, "{target} was sent {sent} times"),
            503 => {
                assert_eq!(sent, 1, "{target} was sent again, though the storage had a part of it");
            }
            status => panic!("{status}: {}", answer.text()),
        }
    }
}

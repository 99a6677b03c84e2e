//! Storages that answer early, twice, elsewhere or nonsense: no client gets another's answer (G22, G23).

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;

use super::fake_storage::{FakeStorage, Reply, answer, fine};
use crate::gateway_stack::GatewayStack;
use crate::raw::Connection;

#[tokio::test]
async fn g22_an_early_answer_ends_the_upload_and_never_says_that_it_was_stored() {
    let storage = FakeStorage::start(|asked| match asked.path() {
        "/photos/denied" => {
            Reply::Early(answer("403 Forbidden", "", "<Error><Code>AccessDenied</Code></Error>"))
        }
        "/photos/full" => Reply::Early(answer("507 Insufficient Storage", "", "")),
        "/photos/lie" => Reply::Early(answer("200 OK", "etag: \"e\"\r\n", "")),
        _ => fine(),
    })
    .await;
    let test = GatewayStack::before_url(&storage.url).await;
    let root = test.signer_of(None).await;
    for (name, status) in [("denied", 403), ("full", 507), ("lie", 503)] {
        let target = format!("/photos/{name}");
        // Most of the body never comes.
        let wire = root.put(&target, b"").changed("Content-Length", "1000000").signed();
        let mut connection = Connection::open(test.gateway()).await;
        connection.say(&wire.head()).await;
        connection.say(&vec![b'a'; 100_000]).await;
        let answer = connection.answer("PUT").await.unwrap();
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
        assert!(answer.closes(), "{name}: what comes next is no request");
        let early = storage.asked().iter().rev().find(|asked| asked.path() == target).cloned();
        assert_eq!(test.send(&root.put("/photos/next", b"x").signed()).await.status, 200);
        let next = storage.asked().pop().unwrap();
        assert_ne!(
            next.connection,
            early.unwrap().connection,
            "{name}: its connection is used again"
        );
    }
}

#[tokio::test]
async fn g22_no_answer_is_given_to_another_request() {
    // What each key is answered with: the body names the request it answers.
    let storage = FakeStorage::start(|asked| {
        let path = asked.path().to_owned();
        let own = answer("200 OK", "etag: \"e\"\r\n", &path);
        let other = answer("200 OK", "", "another's");
        match path.rsplit('-').next().unwrap() {
            "twice" => Reply::Bytes(own + &other),
            "longer" => Reply::Bytes(own + "and more"),
            "shorter" => Reply::Last(own.replace("content-length: ", "content-length: 1")),
            "both" => Reply::Bytes(format!(
                "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{path}\r\n0\r\n\r\n",
                path.len()
            )),
            "bodiless" => Reply::Bytes(format!("HTTP/1.1 304 Not Modified\r\n\r\n{other}")),
            "nothing" => Reply::Bytes(format!("HTTP/1.1 204 No Content\r\n\r\n{other}")),
            "informed" => Reply::Bytes(format!("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n{own}")),
            _ => Reply::Bytes(own),
        }
    })
    .await;
    let test = Arc::new(GatewayStack::before_url(&storage.url).await);
    let root = test.signer_of(None).await;
    let lies = ["twice", "longer", "shorter", "both", "bodiless", "nothing", "informed", "honest"];
    let ask = async |client: usize| {
        let mut connection = Connection::open(test.gateway()).await;
        for number in 0..30 {
            let lie = lies[(client + number) % lies.len()];
            let (path, is_put) = (format!("/photos/{client}-{number}-{lie}"), number % 3 == 0);
            let wire = if is_put { root.put(&path, b"hello") } else { root.ask("GET", &path) };
            let method = wire.method.clone();
            let wire = wire.signed();
            connection.say(&wire.head()).await;
            connection.say(&wire.body).await;
            let answer = connection.answer(&method).await;
            let is_open = answer.as_ref().is_some_and(|answer| answer.is_whole && !answer.closes());
            if let Some(answer) = answer {
                let (text, what) = (answer.text(), format!("{method} {path}: {answer:?}"));
                assert!(!text.contains("another"), "{what}");
                // What is cut is not whole; what is whole is the request's own.
                assert!(answer.status != 200 || path.starts_with(&text), "{what}");
                assert!(answer.status != 200 || lie != "honest" || text == path, "{what}");
                assert!(answer.status == 200 || lie != "honest", "{what}");
            }
            if !is_open {
                connection = Connection::open(test.gateway()).await;
            }
        }
    };
    join_all((0..12).map(ask)).await;
    let connections: BTreeSet<_> = storage.asked().iter().map(|asked| asked.connection).collect();
    assert!(connections.len() > 20, "connections that lied were used again");
}

#[tokio::test]
async fn g23_a_redirect_is_a_502_and_leads_nobody_anywhere() {
    let elsewhere = FakeStorage::start(|_| fine()).await;
    let url = elsewhere.url.clone();
    let storage = FakeStorage::start(move |asked| {
        let status = asked.path().rsplit('/').next().unwrap();
        let location = format!("location: {url}/photos/x\r\nx-amz-bucket-region: eu-west-1\r\n");
        Reply::Bytes(answer(
            &format!("{status} Elsewhere"),
            &location,
            "<Error><Code>PermanentRedirect</Code></Error>",
        ))
    })
    .await;
    let test = GatewayStack::before_url(&storage.url).await;
    let root = test.signer_of(None).await;
    for status in [300, 301, 302, 303, 305, 307, 308] {
        let target = format!("/photos/{status}");
        for wire in [
            root.ask("GET", &target),
            root.ask("HEAD", &target),
            root.ask("DELETE", &target),
            root.put(&target, b"hello"),
            root.ask("PUT", &target).with("x-amz-copy-source", "photos/y").carrying(b""),
        ] {
            let answer = test.send(&wire.signed()).await;
            assert_eq!(answer.status, 502, "{} {status}", answer.text());
            assert!(answer.header("location").is_none(), "{status}");
            assert!(
                answer.body.is_empty() || answer.element("Code") == "InternalError",
                "{}",
                answer.text()
            );
            assert!(!answer.text().contains(&elsewhere.url), "{}", answer.text());
        }
    }
    assert!(elsewhere.asked().is_empty(), "a redirect was followed");
}

#[tokio::test]
async fn g22_what_describes_the_storage_stays_here() {
    let more = "server: Fake/1\r\nset-cookie: a=b\r\nx-amz-request-id: THEIRS\r\nx-amz-id-2: THEIRS\r\n\
                x-amz-bucket-region: mars\r\naccess-control-allow-origin: *\r\nx-powered-by: PHP\r\n\
                etag: \"e\"\r\nx-amz-version-id: v1\r\nx-amz-meta-a: b\r\nconnection: x-hop\r\nx-hop: 1\r\n";
    let storage =
        FakeStorage::start(move |_| Reply::Bytes(answer("200 OK", more, "content"))).await;
    let test = GatewayStack::before_url(&storage.url).await;
    let root = test.signer_of(None).await;
    let answer = test.send(&root.ask("GET", "/photos/x").signed()).await;
    let header = |name: &str| answer.header(name);
    assert_eq!(answer.text(), "content");
    assert_eq!((header("etag"), header("x-amz-version-id")), (Some("\"e\""), Some("v1")));
    assert_eq!(header("x-amz-meta-a"), Some("b"));
    assert_ne!(header("x-amz-request-id"), Some("THEIRS"));
    for name in
        ["server", "set-cookie", "x-amz-id-2", "x-amz-bucket-region", "x-powered-by", "x-hop"]
    {
        assert_eq!(header(name), None, "{name}");
    }
}

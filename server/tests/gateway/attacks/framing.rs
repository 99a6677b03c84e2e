//! Where a request ends must be beyond doubt, and a body is asked for only once it is wanted (G17).

use sail_cargo_client::protocol::Permission;

use crate::gateway_stack::GatewayStack;
use crate::raw::{Connection, Wire};

/// What a second reader would take for a request of its own.
const SMUGGLED: &str = "DELETE /photos/kept HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[tokio::test]
async fn g17_an_ambiguous_request_is_refused_and_what_is_behind_it_is_never_read() {
    let test = GatewayStack::start().await;
    let root = test.signer_of(None).await;
    let put = |target: &str| root.put(target, b"hello").signed();
    let right = put("/photos/kept");
    let head = |wire: &Wire| String::from_utf8(wire.head()).unwrap();
    let (kept, chunked) = (head(&right), "Transfer-Encoding: chunked\r\n\r\n");
    let with = |line: &str| kept.replace("\r\n\r\n", &format!("\r\n{line}"));
    let host = &root.host;
    let before = test.stack.storage_requests();
    for (name, text, status) in [
        ("length and chunks", with(chunked) + "5\r\nhello\r\n0\r\n\r\n", 400),
        ("two lengths", with("Content-Length: 6\r\n\r\n") + "hello", 400),
        ("one length twice", with("Content-Length: 5\r\n\r\n") + "hello", 400),
        (
            "a list of lengths",
            kept.replace("Content-Length: 5", "Content-Length: 5, 5") + "hello",
            400,
        ),
        (
            "a length with a sign",
            kept.replace("Content-Length: 5", "Content-Length: +5") + "hello",
            400,
        ),
        (
            "a blank before the colon",
            kept.replace("Content-Length:", "Content-Length :") + "hello",
            400,
        ),
        (
            "another coding",
            kept.replace("Content-Length: 5", "Transfer-Encoding: gzip, chunked"),
            501,
        ),
        ("a whole URL", kept.replace("PUT /", &format!("PUT http://{host}/")) + "hello", 400),
        ("another URL", kept.replace("PUT /", "PUT http://evil.example/") + "hello", 400),
        ("an upload by HTTP/1.0", kept.replace("HTTP/1.1", "HTTP/1.0") + "hello", 400),
        ("two hosts", with("Host: evil.localhost\r\n\r\n") + "hello", 400),
        ("a bare line feed", with("x-a: b\nx-c: d\r\n\r\n") + "hello", 400),
        ("a folded line", with("x-a: b\r\n c\r\n\r\n") + "hello", 400),
        ("a NUL", with("x-a: b\0c\r\n\r\n") + "hello", 400),
        ("a fragment", kept.replace("/photos/kept", "/photos/kept#x") + "hello", 400),
        ("an asterisk", kept.replace("PUT /photos/kept", "PUT *") + "hello", 400),
        ("CONNECT", format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n"), 400),
        ("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), 400),
        (
            "a head without an end",
            format!("GET / HTTP/1.1\r\nHost: {host}\r\nx: {}", "a".repeat(40_000)),
            431,
        ),
    ] {
        let mut connection = Connection::open(test.gateway()).await;
        connection.say(text.as_bytes()).await;
        connection.say(SMUGGLED.as_bytes()).await;
        let answer = connection.answer("PUT").await.unwrap_or_else(|| panic!("{name}: no answer"));
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
        assert!(answer.closes(), "{name}");
        assert!(connection.ends().await, "{name}: there is a second answer");
    }
    assert_eq!(test.stack.storage_requests(), before, "a refused request reached the storage");
    assert_eq!(test.send(&right).await.status, 200);
}

#[tokio::test]
async fn g17_a_body_is_asked_for_only_when_the_request_is_allowed() {
    let test = GatewayStack::start().await;
    test.grant("ada", "", &[Permission::Read, Permission::Write]).await;
    let (ada, bob) = (test.signer_of(Some("ada")).await, test.signer_of(Some("bob")).await);
    let before = test.stack.storage_requests();
    let put =
        |by: &crate::raw::Signer| by.put("/photos/x", b"hello").with("Expect", "100-continue");
    for (name, wire, status) in [
        ("denied", put(&bob).signed(), 403),
        ("no proof", put(&ada), 403),
        ("another signature", put(&ada).signed().aimed("/photos/y"), 403),
        ("another host", put(&ada).changed("Host", "evil.example").signed(), 421),
        ("no such operation", put(&ada).aimed("/photos/x?nonsense=1").signed(), 501),
        ("a bad digest", put(&ada).with("content-md5", "x").signed(), 400),
    ] {
        let mut connection = Connection::open(test.gateway()).await;
        connection.say(&wire.head()).await;
        let answer = connection.head().await.unwrap();
        assert_eq!(answer.status, status, "{name}: the first answer is not the refusal");
        assert!(answer.closes(), "{name}");
    }
    assert_eq!(test.stack.storage_requests(), before);
    let mut connection = Connection::open(test.gateway()).await;
    let wire = put(&ada).signed();
    connection.say(&wire.head()).await;
    assert_eq!(connection.head().await.unwrap().status, 100);
    connection.say(&wire.body).await;
    assert_eq!(connection.answer("PUT").await.unwrap().status, 200);
    // The connection is good for another request.
    let get = ada.ask("GET", "/photos/x").signed();
    connection.say(&get.head()).await;
    assert_eq!(connection.answer("GET").await.unwrap().body, b"hello");
}

#[tokio::test]
async fn g17_a_refused_upload_is_answered_before_its_body_and_its_rest_is_no_request() {
    let test = GatewayStack::start().await;
    let bob = test.signer_of(Some("bob")).await;
    let mut wire = bob.put("/photos/x", b"");
    wire = wire.changed("Content-Length", "1048576").signed();
    let mut connection = Connection::open(test.gateway()).await;
    connection.say(&wire.head()).await;
    connection.say(SMUGGLED.as_bytes()).await;
    let answer = connection.answer("PUT").await.unwrap();
    assert_eq!(answer.said(), (403, "AccessDenied".to_owned()));
    assert!(answer.closes());
    connection.say(SMUGGLED.as_bytes()).await;
    assert!(connection.ends().await);
}

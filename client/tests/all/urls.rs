//! Valid and invalid base URLs and names.

use sail_cargo_client::{Client, Credentials};

use crate::stub::Stub;

#[test]
fn a_base_url_is_http_with_nothing_but_a_path() {
    for (base, understood) in [
        ("https://cargo.example.com", "https://cargo.example.com"),
        ("https://cargo.example.com/", "https://cargo.example.com"),
        ("http://127.0.0.1:8080/a/b//", "http://127.0.0.1:8080/a/b"),
    ] {
        assert_eq!(Client::builder(base).build().unwrap().url(), understood);
    }
    for base in [
        "",
        "cargo.example.com",
        "ftp://cargo.example.com",
        "https://ada:secret@cargo.example.com",
        "https://cargo.example.com/?a=b",
        "https://cargo.example.com/#a",
    ] {
        let error = Client::builder(base).build().unwrap_err();
        assert!(error.is_invalid() && error.status().is_none(), "{base:?}");
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}

#[test]
fn a_key_and_a_project_must_be_headers() {
    let key = Credentials::api_key("two\nlines");
    assert!(Client::builder("http://a").credentials(key).build().unwrap_err().is_invalid());
    assert!(Client::builder("http://a").project("two\nlines").build().unwrap_err().is_invalid());
}

#[tokio::test]
async fn a_path_in_the_base_url_is_a_prefix() {
    let stub = Stub::saying(204, "").await;
    let client = Client::builder(format!("{}/cargo/eu/", stub.url)).build().unwrap();
    client.delete_bucket("b").await.unwrap();
    assert_eq!(stub.seen()[0].line, "DELETE /cargo/eu/v1/buckets/b");
}

#[tokio::test]
async fn names_are_encoded_and_cannot_climb() {
    let stub = Stub::saying(204, "").await;
    let client = stub.client(Credentials::none());
    for (name, encoded) in [
        ("a b", "a%20b"),
        ("a/../b", "a%2F..%2Fb"),
        ("100%", "100%25"),
        ("q?x#y", "q%3Fx%23y"),
        ("é~-_.", "%C3%A9~-_."),
        ("...", "..."),
    ] {
        client.delete_bucket(name).await.unwrap();
        let line = stub.seen().last().unwrap().line.clone();
        assert_eq!(line, format!("DELETE /v1/buckets/{encoded}"));
    }
    let sent = stub.seen().len();
    for name in ["", ".", ".."] {
        assert!(client.delete_bucket(name).await.unwrap_err().is_invalid());
    }
    assert_eq!(stub.seen().len(), sent);
}

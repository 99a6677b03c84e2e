//! Proxies: one named by the environment gets no requests; one named by the settings gets those to
//! the auth service and the storages, but none to this machine.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sail_cargo_client::protocol::{BucketState, SignRequest};
use sail_cargo_client::{Client, Credentials, Key};
use serde_json::json;

use crate::test_stack::{Environment, Said, TestStack, command};

const KEY: &str = include_str!("../data/rsa-2048.pem");

/// The SHA-256 of the empty string.
const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A server that keeps the first line of each request, and gives every request the same answer.
struct Listener {
    address: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    fn start(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let shared = heard.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let heard = shared.clone();
                std::thread::spawn(move || hear(&connection.unwrap(), &heard, answer));
            }
        });
        Self { address, heard }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Environment variables that name this proxy for all requests.
    fn everywhere(&self) -> Environment {
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
            .map(|name| (name, self.url()))
            .into()
    }
}

fn hear(connection: &TcpStream, heard: &Mutex<Vec<String>>, answer: &str) {
    let mut lines = BufReader::new(connection.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else { return };
    heard.lock().unwrap().push(first);
    // The client may have hung up.
    lines.map_while(Result::ok).find(String::is_empty);
    let length = answer.len();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    let mut connection = connection;
    connection.write_all((head + answer).as_bytes()).ok();
}

/// A proxy that would serve its own keys for the auth service.
fn evil() -> Listener {
    Listener::start(KEY)
}

fn auth(keys: &str) -> Vec<&str> {
    vec!["--auth-keys", keys, "--auth-issuer", "https://auth.example", "--auth-any-audience"]
}

fn root(stack: &TestStack) -> Client {
    let key = std::fs::read_to_string(stack.directory.path().join("root.key")).unwrap();
    let key = Credentials::api_key(Key::new(key.trim()));
    Client::builder(&stack.url).credentials(key).build().unwrap()
}

#[test]
fn the_environments_proxy_is_not_asked_for_the_auth_services_keys() {
    let (proxy, auth_service) = (evil(), Listener::start(KEY));
    let keys = format!("{}/keys", auth_service.url());
    let stack = TestStack::set_in(proxy.everywhere(), &[], &auth(&keys));
    let said = stack.operator(&["auth-keys", "refresh", "-o", "json"]).json();
    assert_eq!(said["check"], json!({ "status": "ok" }), "{said}");
    assert!(!auth_service.heard().is_empty());
    assert_eq!(proxy.heard(), [""; 0]);

    // The auth service does not exist, and the proxy must not be used instead.
    let stack = TestStack::set_in(proxy.everywhere(), &[], &auth("https://auth.invalid/keys"));
    assert_eq!(stack.operator(&["auth-keys", "refresh"]).code, 1);
    assert_eq!(proxy.heard(), [""; 0]);
}

#[tokio::test]
async fn the_environments_proxy_is_not_asked_where_a_bucket_is() {
    let proxy = evil();
    let stack = TestStack::set_in(proxy.everywhere(), &[], &[]);
    let create = SignRequest {
        method: "PUT".to_owned(),
        url: "http://127.0.0.1:9/fresh".to_owned(),
        headers: Vec::new(),
        payload: Some(EMPTY_SHA256.to_owned()),
        body: None,
    };
    let root = root(&stack);
    root.sign(&create).await.unwrap();
    assert_eq!(root.bucket("fresh").await.unwrap().state, BucketState::Claimed);
    let said = stack.root(&["buckets", "reconcile", "fresh"]);
    assert!(said.err.contains("cannot be reached"), "{said:?}");
    assert_eq!(proxy.heard(), [""; 0]);
}

#[test]
fn the_environments_proxy_is_not_asked_by_the_probe() {
    let proxy = evil();
    let stack = TestStack::set_in(proxy.everywhere(), &[], &[]);
    let said = stack.operator(&["stores", "test", "main"]);
    assert!(said.err.contains("cannot be reached"), "by the server: {said:?}");
    let local = |args: &[&str]| {
        let mut command = command(stack.directory.path());
        Said::of(&command.args(args).envs(proxy.everywhere()).output().unwrap())
    };
    let said = local(&["stores", "test", "main"]);
    assert!(said.err.contains("cannot be reached"), "by the command: {said:?}");
    assert_eq!(proxy.heard(), [""; 0]);
}

#[test]
fn the_environments_proxy_is_not_asked_by_clients_on_this_machine() {
    let proxy = evil();
    let stack = TestStack::set_in(proxy.everywhere(), &[], &[]);
    stack.root(&["buckets", "put", "photos"]).ok();
    stack.root(&["grants", "put", "ada", "photos", "read"]).ok();
    assert_eq!(stack.root(&["check", "ada", "read", "photos/x"]).code, 0);
    assert!(stack.root(&["healthcheck", "--url", &stack.url]).ok().out.contains("true"));
    assert_eq!(proxy.heard(), [""; 0]);
}

#[test]
#[cfg(feature = "dev")]
fn the_environments_proxy_is_not_asked_for_objects_over_http() {
    let proxy = evil();
    let stack = TestStack::set_in(proxy.everywhere(), &[], &[]);
    stack.root(&["buckets", "put", "photos"]).ok();
    // The request is signed, and nothing listens on the storage's port.
    assert_eq!(stack.root(&["cat", "s3://photos/x"]).code, 1);
    assert_eq!(proxy.heard(), [""; 0]);
}

#[test]
fn a_client_of_another_machine_asks_the_environments_proxy() {
    let proxy = evil();
    let directory = tempfile::tempdir().unwrap();
    let mut command = command(directory.path());
    command.args(["check", "ada", "read", "photos/x"]).envs(proxy.everywhere());
    command.env("SAIL_CARGO_URL", "http://cargo.invalid").env("SAIL_CARGO_API_KEY", "cgok_x");
    assert_eq!(Said::of(&command.output().unwrap()).code, 1);
    let heard = proxy.heard();
    assert!(heard[0].starts_with("POST http://cargo.invalid/v1/check"), "{heard:?}");
}

#[test]
fn a_proxy_that_is_named_is_asked_for_all_but_this_machine() {
    let (proxy, auth_service) = (Listener::start(""), Listener::start(KEY));
    let named = proxy.url();
    let through = |keys: &str| {
        let more = [&auth(keys)[..], &["--outbound-proxy", &named]].concat();
        TestStack::set_in(Vec::new(), &[], &more)
    };
    let stack = through(&format!("{}/keys", auth_service.url()));
    stack.operator(&["auth-keys", "refresh"]).ok();
    stack.operator(&["stores", "test", "main"]);
    assert_eq!(proxy.heard(), [""; 0], "this machine");

    let stack = through("https://auth.invalid/keys");
    let put = [
        "stores",
        "put",
        "far",
        "--endpoint",
        "http://s3.invalid:9000",
        "--access-key-id",
        "AKIA2",
        "--secret-file",
        "secret",
    ];
    stack.operator(&put);
    let deadline = Instant::now() + Duration::from_secs(10);
    for asked in ["CONNECT auth.invalid:443", "http://s3.invalid:9000/"] {
        while !proxy.heard().iter().any(|line| line.contains(asked)) {
            assert!(Instant::now() < deadline, "{asked}: {:?}", proxy.heard());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_proxy_that_is_none_is_no_start() {
    let stack = TestStack::set();
    let said = stack.operator(&["serve", "--outbound-proxy", "proxy.example:3128"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("SAIL_CARGO_OUTBOUND_PROXY"), "{}", said.err);
}

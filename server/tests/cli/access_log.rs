//! The access log of a real process, in both formats, with hostile values from callers.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::test_stack::{TestStack, command};

/// A server that logs to the file `log` in `directory`.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn serve(directory: &Path, format: &str) -> Server {
    let log = File::create(directory.join("log")).unwrap();
    let mut serve = command(directory);
    serve.args(["serve", "--listen", "127.0.0.1:0", "--log-format", format]);
    Server(serve.stderr(log).stdout(Stdio::null()).spawn().unwrap())
}

/// The first line of the log that contains `text`.
fn line_with(directory: &Path, text: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let log = std::fs::read_to_string(directory.join("log")).unwrap();
        let whole = log.rsplit_once('\n').map_or("", |(whole, _)| whole);
        if let Some(line) = whole.lines().find(|line| line.contains(text)) {
            return line.to_owned();
        }
        assert!(Instant::now() < deadline, "never logged: {text}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Sends a request without credentials, and returns the request id of the answer.
fn ask(directory: &Path, request_id: &[u8]) -> String {
    let line = line_with(directory, "http://127.0.0.1:");
    let (_, rest) = line.split_once("http://").unwrap();
    let address: String =
        rest.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ':')).collect();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /v1/whoami HTTP/1.1\r\nhost: x\r\nx-request-id: ").unwrap();
    stream.write_all(request_id).unwrap();
    stream.write_all(b"\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let id = answer.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap();
    id.to_owned()
}

#[test]
fn a_line_of_text_has_each_field_once_whatever_the_caller_calls_the_request() {
    let stack = TestStack::set();
    let directory = stack.directory.path();
    let _server = serve(directory, "text");
    let id = ask(directory, b"x status=200 \"caller=root");
    let line = line_with(directory, &format!(" request_id={id}"));
    let fields = format!(
        "status=401 caller=- reason=missing_credentials address=127.0.0.1 request_id={id} \
         caller_request_id=\"x status=200 \\\"caller=root\" micros="
    );
    assert!(line.contains(&fields), "{line}");
    let odd = ask(directory, b"\xe2\x80\xae\xc2\x9b2J");
    let line = line_with(directory, &format!(" request_id={odd}"));
    assert!(!line.contains("caller_request_id") && line.is_ascii(), "{line}");
}

#[test]
fn a_line_of_json_has_the_same() {
    let stack = TestStack::set();
    let directory = stack.directory.path();
    let _server = serve(directory, "json");
    let theirs = r#"x","status":200,"y":""#;
    let id = ask(directory, theirs.as_bytes());
    let line = line_with(directory, &id);
    let line: Value = serde_json::from_str(&line).unwrap();
    for (field, value) in [
        ("status", json!(401)),
        ("caller", json!("-")),
        ("reason", json!("missing_credentials")),
        ("address", json!("127.0.0.1")),
        ("request_id", json!(id)),
        ("caller_request_id", json!(theirs)),
    ] {
        assert_eq!(line[field], value, "{line}");
    }
}

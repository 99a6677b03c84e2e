//! A real process fetches the auth service's keys: periodically, by a command, and on a signal.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::test_stack::TestStack;

const KEY: &str = include_str!("../data/rsa-2048.pem");

/// A server whose auth service's keys are in a file of its directory.
fn stack(more: &[&str]) -> TestStack {
    let auth = [
        "--auth-keys",
        "file:keys",
        "--auth-issuer",
        "https://auth.example",
        "--auth-any-audience",
    ];
    TestStack::set_with_files(&[("keys", KEY)], &[&auth[..], more].concat())
}

fn publish(stack: &TestStack, document: &str) {
    // Renamed into place, because the server may read at any time.
    let path = |name: &str| stack.directory.path().join(name);
    std::fs::write(path("keys.new"), document).unwrap();
    std::fs::rename(path("keys.new"), path("keys")).unwrap();
}

/// The message of `/readyz` about the keys, once they are degraded.
#[track_caller]
fn degraded(stack: &TestStack) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        assert!(Instant::now() < deadline, "the keys were not fetched");
        let said = stack.operator(&["healthcheck", "--url", &stack.url]);
        let keys = said.json()["checks"]["auth_keys"].clone();
        if keys["status"] == "degraded" {
            return keys["detail"].as_str().unwrap().to_owned();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn keys_are_fetched_by_a_command() {
    let stack = stack(&[]);
    let refresh = ["auth-keys", "refresh", "-o", "json"];
    let keys: Value = stack.operator(&refresh).json();
    assert_eq!((&keys["check"], &keys["keys"]), (&json!({ "status": "ok" }), &json!(1)));
    publish(&stack, &json!([KEY, "no PEM"]).to_string());
    let said = stack.operator(&["auth-keys", "refresh"]).ok();
    assert!(said.out.starts_with("ok\n1 keys in use"), "{}", said.out);
    assert!(said.out.contains("not used: member 2"), "{}", said.out);
    publish(&stack, "{}");
    let said = stack.operator(&["auth-keys", "refresh"]);
    assert_eq!(said.code, 1);
    assert!(said.out.starts_with("degraded: "), "{}", said.out);
    assert_eq!(stack.root(&refresh).code, 3, "not the application's business");
}

#[test]
fn a_hangup_has_the_keys_fetched_now() {
    let stack = stack(&["--auth-refresh-seconds", "3600"]);
    stack.operator(&["auth-keys", "refresh"]).ok();
    publish(&stack, r#"{"keys":[]}"#);
    Command::new("kill").args(["-HUP", &stack.process().to_string()]).status().unwrap();
    assert!(degraded(&stack).contains("no keys"));
}

#[test]
fn keys_are_fetched_when_it_is_time() {
    let stack = stack(&["--auth-refresh-seconds", "1"]);
    stack.operator(&["auth-keys", "refresh"]).ok();
    publish(&stack, "{}");
    degraded(&stack);
}

#[test]
fn a_refresh_interval_that_is_none_is_no_start() {
    let stack = TestStack::set();
    for seconds in ["0", "3601"] {
        let serve = ["serve", "--auth-keys", "file:k", "--auth-issuer", "i", "--auth-any-audience"];
        let said = stack.operator(&[&serve[..], &["--auth-refresh-seconds", seconds]].concat());
        assert_eq!(said.code, 1);
        assert!(said.err.contains("SAIL_CARGO_AUTH_REFRESH_SECONDS"), "{}", said.err);
    }
}

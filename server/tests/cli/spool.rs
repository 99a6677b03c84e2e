//! The audit spool of a real process that is killed while it signs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::test_stack::{Said, TestStack, command};

const SPOOL: [&str; 2] = ["--audit-spool", "."];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_killed_has_every_signature_on_record() {
    let mut stack = TestStack::set_with(&SPOOL);
    stack.root(&["buckets", "put", "photos"]).ok();
    let key = std::fs::read_to_string(stack.directory.path().join("root.key")).unwrap();
    let (url, key) = (format!("{}/v1/sign", stack.url), key.trim().to_owned());
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let (count, answered) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let askers: Vec<_> = (0..8)
        .map(|_| {
            let (http, url, key) = (http.clone(), url.clone(), key.clone());
            let (count, answered) = (count.clone(), answered.clone());
            tokio::spawn(async move {
                loop {
                    let object = format!("x{}", count.fetch_add(1, Ordering::Relaxed));
                    let ask = json!({ "method": "GET", "payload": "UNSIGNED-PAYLOAD",
                        "url": format!("http://127.0.0.1:9/photos/{object}") });
                    let asked = http.post(&url).header("x-api-key", &key).json(&ask).send().await;
                    // The server has been killed.
                    let Ok(answer) = asked else { break };
                    assert_eq!(answer.status(), 200);
                    if answer.bytes().await.is_ok() {
                        answered.lock().unwrap().push(object);
                    }
                }
            })
        })
        .collect();
    while answered.lock().unwrap().len() < 200 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stack.kill_and_serve(&SPOOL);
    for asker in askers {
        asker.await.unwrap();
    }

    // The next start writes the events in the spool in the background.
    let list = ["audit", "list", "--bucket", "photos", "--limit", "100000", "-o", "json"];
    let mut missing = answered.lock().unwrap().clone();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !missing.is_empty() {
        assert!(Instant::now() < deadline, "never recorded: {missing:?}");
        let events = stack.root(&list).json();
        let keys: Vec<_> = events.as_array().unwrap().iter().map(|event| &event["key"]).collect();
        let times = |object: &str| keys.iter().filter(|key| **key == object).count();
        assert!(answered.lock().unwrap().iter().all(|object| times(object) <= 1));
        missing.retain(|object| times(object) == 0);
    }
}

#[test]
fn a_spool_that_cannot_be_is_no_start() {
    let stack = TestStack::set();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--audit-spool", "/nowhere/at/all"];
    let said = Said::of(&command(stack.directory.path()).args(serve).output().unwrap());
    assert_eq!(said.code, 1);
    assert!(said.err.contains("SAIL_CARGO_AUDIT_SPOOL"), "{}", said.err);
    assert!(said.err.contains("/nowhere/at/all"), "{}", said.err);
}

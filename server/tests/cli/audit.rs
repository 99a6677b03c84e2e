//! `audit prune`, in the local database and on a server; streams when the server stops; and
//! `audit verify`.

use std::io::Read as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use sail_cargo_database::testing::diesel;

use crate::test_stack::{Said, TestStack, command};

/// The actions in the operators' audit trail, newest first.
fn operators_trail(stack: &TestStack) -> Vec<String> {
    let events = stack.operator(&["audit", "list", "--limit", "10000", "-o", "json"]).json();
    let action = |event: &serde_json::Value| event["action"].as_str().unwrap().to_owned();
    events.as_array().unwrap().iter().map(action).collect()
}

fn number(said: Said) -> u64 {
    said.ok().out.trim().parse().unwrap()
}

#[test]
fn old_events_are_counted_and_removed_on_a_server() {
    let stack = TestStack::set();
    stack.root(&["buckets", "put", "photos"]).ok();
    let prune = |more: &[&str]| {
        let prune = ["audit", "prune", "--url", &stack.url];
        stack.operator(&[&prune[..], more].concat())
    };
    assert_eq!(number(prune(&["--keep", "1"])), 0, "nothing is a day old");
    let in_sail = number(prune(&["--keep", "0", "--dry-run", "--in-project", "sail"]));
    assert!(in_sail >= 3, "{in_sail}");
    assert_eq!(number(prune(&["--keep", "0", "--in-project", "sail"])), in_sail);
    let listed = stack.root(&["audit", "list", "-o", "json"]).json();
    let actions: Vec<_> =
        listed.as_array().unwrap().iter().map(|event| event["action"].clone()).collect();
    assert_eq!(actions, ["audit.prune", "audit.prune"], "that it was done");
    let refused = stack.root(&["audit", "prune", "--url", &stack.url, "--keep", "0"]);
    assert_eq!(refused.code, 3, "{refused:?}");
    for wrong in [&["--before", "2999-01-01T00:00:00Z"][..], &[], &["--keep", "1", "--before", "x"]]
    {
        let said = prune(wrong);
        assert!([1, 2].contains(&said.code), "{wrong:?}: {said:?}");
    }
}

#[test]
fn old_events_are_counted_and_removed_in_the_local_database() {
    let stack = TestStack::set();
    let bare =
        |args: &[&str]| Said::of(&command(stack.directory.path()).args(args).output().unwrap());
    let before = operators_trail(&stack);
    assert!(before.iter().any(|action| action == "store.put"), "{before:?}");
    let count = number(bare(&["audit", "prune", "--keep", "0", "--dry-run"]));
    assert_eq!(number(bare(&["audit", "prune", "--keep", "0", "--dry-run"])), count);
    let in_sail = ["audit", "prune", "--keep", "0", "--in-project", "sail"];
    let of_sail = number(bare(&[&in_sail[..], &["--dry-run"]].concat()));
    assert!(0 < of_sail && of_sail < count, "{of_sail} of {count}");
    assert_eq!(number(bare(&in_sail)), of_sail);
    let left = number(bare(&["audit", "prune", "--keep", "0", "--dry-run"]));
    assert!(left >= count - of_sail, "the others' stay: {left} of {count}");
    assert!(number(bare(&["audit", "prune", "--keep", "0"])) >= left);
    let after = operators_trail(&stack);
    assert!(after.iter().all(|action| action == "audit.prune"), "{after:?}");
    assert_eq!(bare(&["audit", "prune", "--keep", "0", "--in-project", "nobody"]).code, 1);
}

#[test]
fn a_server_that_is_told_to_stop_ends_its_streams_and_is_gone_before_its_time() {
    let mut stack = TestStack::set_with(&["--drain-seconds", "60"]);
    let mut tail = command(stack.directory.path())
        .args(["audit", "tail", "-o", "ndjson"])
        .env("SAIL_CARGO_URL", &stack.url)
        .env("SAIL_CARGO_API_KEY_FILE", "root.key")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The first byte has come: the stream is open.
    let mut first = [0];
    let mut heard = tail.stdout.take().unwrap();
    let reading = std::thread::spawn(move || heard.read_exact(&mut first));
    while !reading.is_finished() {
        stack.root(&["buckets", "put", "photos"]).ok();
        stack.root(&["buckets", "delete", "photos"]).ok();
    }
    reading.join().unwrap().unwrap();
    let begun = Instant::now();
    stack.terminate();
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    tail.kill().unwrap();
    tail.wait().unwrap();
}

#[test]
fn the_log_is_verified_and_what_was_altered_fails_the_command() {
    let stack = TestStack::set();
    let verify = |more: &[&str]| stack.root(&[&["audit", "verify"], more].concat());
    stack.root(&["buckets", "put", "photos"]).ok();
    let said = verify(&[]).ok().out;
    assert!(said.contains("unbroken until revision 2, 20"), "{said}");
    let head = said.lines().last().unwrap().to_owned();
    assert!(head.starts_with("2:") && head.len() == 2 + 64, "{said}");
    stack.root(&["grants", "put", "ada", "photos", "read"]).ok();
    verify(&["--head", &head]).ok();
    let told = verify(&["-o", "json"]).json();
    assert_eq!((&told["holds"], &told["changes"]), (&true.into(), &3.into()));
    assert_eq!(verify(&["--head", "2"]).code, 2);

    let database = stack.directory.path().join("cargo.db");
    let mut database = diesel::SqliteConnection::establish(database.to_str().unwrap()).unwrap();
    let mut alter = |sql: &str| database.batch_execute(sql).unwrap();
    alter("PRAGMA busy_timeout = 10000; UPDATE change SET actor = 'user:eve' WHERE revision = 3");
    let said = verify(&[]);
    assert_eq!(said.code, 4, "{said:?}");
    let words = "broken at revision 3: the column actor says something else than what was hashed";
    assert!(said.out.contains(words) && said.out.contains("until revision 2, 20"), "{said:?}");
    assert_eq!(said.out.lines().last(), Some(head.as_str()));
    let said = verify(&["-o", "json"]);
    let told: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &told["broken"]["reason"]), (4, &"column".into()));

    // A log that was cut is unbroken for who kept no head of it.
    alter(
        "DELETE FROM change WHERE revision > 1;
         UPDATE project_head SET revision = 1, chain_hash = (SELECT hash FROM change)",
    );
    verify(&[]).ok();
    let said = verify(&["--head", &head]);
    assert_eq!(said.code, 4, "{said:?}");
    let words = "broken at revision 2: it is not the change of the head that was kept";
    assert!(said.out.contains(words), "{said:?}");
}

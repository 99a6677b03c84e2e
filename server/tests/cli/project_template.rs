//! Projects from a template: the real binary, a server, and a storage that verifies signatures.

use sail_cargo_server::dev::storage::Storage;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::test_stack::{Said, TestStack, fails, says};

const STEPS: &str = "\
1. project team on the store homes
2. bucket team-homes, created on the storage with an API key that is revoked at once
3. grant to authenticated *: read+write+delete on team-homes/home/${user}/ (template)
4. grant to group admins: list on team-homes/
5. home of each user: team-homes/home/${user}/
6. user ada in the group admins
7. user bob in the group editors
";

const CREATE: [&str; 10] = [
    "projects",
    "create",
    "team",
    "--store",
    "homes",
    "--template",
    "team",
    "--admin",
    "ada",
    "--editor=bob",
];

/// A server with a store for the team, and whoever operates it.
struct Operator {
    stack: TestStack,
}

impl Operator {
    /// The store's storage does not answer yet.
    fn new() -> Self {
        let operator = Self { stack: TestStack::set() };
        operator.put_store("http://127.0.0.1:7", &["--no-probe"]);
        operator
    }

    fn put_store(&self, url: &str, more: &[&str]) {
        let put = ["stores", "put", "homes", "--endpoint", url, "--access-key-id", "AKIAHOMES"];
        self.run(&[&put[..], &["--secret-file", "secret"], more].concat()).ok();
    }

    fn run(&self, args: &[&str]) -> Said {
        self.stack.operator(args)
    }

    fn inside(&self, args: &[&str]) -> Value {
        self.run(&[args, &["--in-project", "team", "-o", "json"]].concat()).json()
    }
}

/// The words before the steps, as each of them ended.
fn ends(said: &Said) -> Vec<&str> {
    let known = ["done", "was so", "failed", "not done"];
    let lines = said.err.lines().filter_map(|line| line.split_once(": "));
    lines.map(|(end, _)| end).filter(|end| known.contains(end)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_prints_its_steps_and_completes_what_was_broken_off() {
    let operator = Operator::new();
    let tried = operator.run(&[&CREATE[..], &["--dry-run"]].concat()).ok();
    assert_eq!(tried.out, STEPS);
    fails(&operator.run(&["projects", "show", "team"]), "not_found");

    // The storage is not there: the project is, and the rest is said to be missing.
    let broken = operator.run(&CREATE);
    assert_eq!((broken.code, broken.out.as_str()), (1, ""), "{broken:?}");
    says(&broken, STEPS);
    let ended = ["done", "failed", "not done", "not done", "not done", "not done", "not done"];
    assert_eq!(ends(&broken), ended, "{broken:?}");
    says(&broken, "the same command completes it");
    assert_eq!(operator.inside(&["grants", "list"]), json!([]));

    let files = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let secret = std::fs::read_to_string(operator.stack.directory.path().join("secret")).unwrap();
    let storage =
        Storage::start(listener, files.path(), "AKIAHOMES", secret.as_str().into(), "us-east-1");
    let storage = storage.await.unwrap();
    operator.put_store(&format!("http://{}", storage.address()), &[]);
    let made = operator.run(&CREATE).ok();
    assert_eq!(ends(&made), ["was so", "done", "done", "done", "done", "done", "done"]);
    let project = operator.inside(&["projects", "show", "team"]);
    assert_eq!(made.out.trim(), project[0]["id"]);
    assert_eq!(project[0]["home"], json!({ "bucket": "team-homes", "prefix": "home/${user}/" }));
    assert!(files.path().join("team-homes").is_dir(), "it is on the storage");
    let grants = operator.inside(&["grants", "list"]);
    let told = |grant: &Value| {
        let words = ["kind", "subject", "prefix", "permissions"].map(|name| &grant[name]);
        json!(words)
    };
    let grants: Vec<_> = grants.as_array().unwrap().iter().map(told).collect();
    assert_eq!(
        grants,
        [
            json!(["group", "admins", "", ["list"]]),
            json!(["authenticated", "*", "home/${user}/", ["read", "write", "delete"]]),
        ]
    );
    for (group, user) in [("admins", "ada"), ("editors", "bob")] {
        let members = operator.inside(&["groups", "members", group]);
        assert_eq!((&members[0]["user"], &members[1]), (&json!(user), &Value::Null));
    }
    // Of what it was made with, nothing is left.
    let keys = operator.inside(&["keys", "list"]);
    let keys = keys.as_array().unwrap();
    assert!(keys.iter().all(|key| !key["revoked_at"].is_null()), "{keys:?}");

    let again = operator.run(&CREATE).ok();
    assert_eq!(ends(&again), ["was so"; 7]);
    assert_eq!(again.out, made.out);
    storage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_takes_nothing_for_its_own() {
    let operator = Operator::new();
    operator.run(&["projects", "create", "team", "--store", "homes"]).ok();
    fails(
        &operator.run(&["projects", "create", "team", "--store", "main", "--template", "team"]),
        "the project team is there, on the store homes",
    );
    let registered = ["--existing-bucket", "--home-bucket", "files", "--admins-are-admins"];
    let create = [&CREATE[..], &registered].concat();
    let place = "files/home/${user}/";
    let other = ["grants", "put", "*", place, "read", "--authenticated", "--template"];
    let inside = |args: &[&str]| operator.run(&[args, &["--in-project", "team"]].concat()).ok();
    inside(&["buckets", "put", "files"]);
    inside(&other);
    let said = operator.run(&create);
    fails(&said, "there is another grant in its place: grant to authenticated *: read on files/");
    assert_eq!(ends(&said)[..4], ["was so", "was so", "failed", "not done"]);
    inside(&["grants", "delete", "*", place, "--authenticated", "--template"]);
    inside(&["projects", "set", "team", "--home", "files/own/${user}/"]);
    fails(&operator.run(&create), "users have their homes elsewhere: files/own/${user}/");
    inside(&["projects", "set", "team", "--no-home"]);
    operator.run(&create).ok();
    let admins = operator.inside(&["grants", "get", "admins", "files", "--group"]);
    assert_eq!(admins[0]["permissions"], json!(["admin", "list"]));
}

#[test]
fn a_template_is_refused_before_anything_is_done() {
    let stack = TestStack::set();
    let create = |more: &[&str]| {
        let create = ["projects", "create", "team", "--store", "main"];
        crate::test_stack::command(stack.directory.path())
            .args([&create[..], more].concat())
            .output()
            .map(|output| Said::of(&output))
            .unwrap()
    };
    let local = create(&["--template", "team"]);
    fails(&local, "a template needs a server: give --url");
    assert_eq!(create(&["--dry-run"]).code, 2);
    assert_eq!(create(&["--template", "team", "--home-bucket", "No"]).code, 2);
    assert_eq!(create(&["--template", "team", "--admin", "a\u{202e}b"]).code, 2);
    // What it would do, it says without a server.
    assert!(create(&["--template", "team", "--dry-run"]).ok().out.starts_with("1. project team"));
}

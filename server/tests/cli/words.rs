//! Messages about what is missing, has ended or still gives access; and times in the forms that
//! people type.

use serde_json::json;

#[cfg(feature = "dev")]
use crate::test_stack::{Said, command};
use crate::test_stack::{TestStack, fails, says};

#[test]
fn d20_a_grant_that_is_not_there_is_not_deleted_in_silence() {
    let stack = TestStack::set();
    stack.root(&["buckets", "put", "photos"]).ok();
    stack.root(&["grants", "put", "ada", "photos/2026/", "read"]).ok();
    let said = stack.root(&["grants", "delete", "ada", "photos"]);
    fails(&said, "ada has no grant on photos: nothing was deleted; there is ada on photos/2026/");
    fails(&stack.root(&["grants", "delete", "eve", "photos"]), "nothing was deleted [server ");
    let gone = stack.root(&["grants", "delete", "ada", "photos/2026/"]).ok();
    says(&gone, "deleted the grant of ada on photos/2026/");
    fails(&stack.root(&["groups", "remove", "crew", "ada"]), "ada is not in group crew");
}

#[test]
fn d20_a_revoked_user_s_other_ways_in_are_named() {
    let stack = TestStack::set();
    let root = |args: &[&str]| stack.root(args).ok();
    for bucket in ["photos", "open", "shared"] {
        root(&["buckets", "put", bucket]);
    }
    root(&["buckets", "put", "open", "--public", "read"]);
    root(&["grants", "put", "ada", "photos", "read,write"]);
    root(&["grants", "put", "crew", "photos/raw/", "read", "--group"]);
    root(&["grants", "put", "others", "photos", "delete", "--group"]);
    root(&["grants", "put", "staff", "photos", "write", "--token-group"]);
    root(&["grants", "put", "*", "shared", "read", "--authenticated"]);
    root(&["grants", "put", "*", "shared/x/", "write", "--public", "--not-before", "30d"]);
    root(&["grants", "put", "*", "shared", "delete", "--public", "--expires-at", "yesterday"]);
    root(&["groups", "add", "crew", "ada"]);
    let lines = [
        "ada still has access by",
        "group crew on photos/raw/: read",
        "everybody with a token on shared/: read",
        "everybody on shared/x/: write, from 20",
        "public permissions of open: read",
        "if their token names such a group",
        "token_group staff on photos/: write",
    ];
    for more in [&["--dry-run"][..], &[]] {
        let said = root(&[&["users", "revoke", "ada"], more].concat());
        for line in lines {
            says(&said, line);
        }
        assert!(!said.err.contains("others"), "a group of others: {said:?}");
        assert!(!said.err.contains("on shared/: delete"), "it is over: {said:?}");
        assert!(!said.err.contains("default"), "{said:?}");
    }
    stack.operator(&["projects", "set", "sail", "--default-permissions", "delete"]).ok();
    says(&root(&["users", "revoke", "ada"]), "the project's default permissions: delete");
    stack.operator(&["projects", "set", "sail", "--default-permissions", "none"]).ok();
    for bucket in ["photos", "open", "shared"] {
        root(&["buckets", "delete", bucket]);
    }
    says(&root(&["users", "revoke", "ada"]), "nothing else gives ada access");
}

#[test]
fn d20_what_is_over_before_it_begins_is_warned_of() {
    let stack = TestStack::set();
    stack.root(&["buckets", "put", "photos"]).ok();
    let put = ["grants", "put", "ada", "photos", "read", "--expires-at"];
    for past in ["2020-01-01", "yesterday", "1d ago"] {
        let said = stack.root(&[&put[..], &[past]].concat()).ok();
        says(&said, "warning: the grant expired at 20");
    }
    let said = stack.root(&[&put[..], &["1d"]].concat()).ok();
    assert!(!said.err.contains("warning"), "{said:?}");
    let member = ["groups", "add", "crew", "ada", "--expires-at", "2020-01-01"];
    says(&stack.root(&member).ok(), "warning: the membership expired at 2020-01-01T00:00:00Z");
    let line = json!({ "bucket": "photos", "subject": "eve", "permissions": ["read"],
        "expires_at": "2020-01-01T00:00:00Z" });
    let import = ["grants", "import", "-", "--format", "ndjson"];
    says(
        &stack.fed(&import, &line.to_string()).ok(),
        "warning: grant 1 (eve on photos/) expired at",
    );
    let key = stack.root(&["keys", "create", "sail", "--name", "k", "--expires-at", "yesterday"]);
    fails(&key, "--expires-at: ");
}

#[cfg(feature = "dev")]
#[tokio::test(flavor = "multi_thread")]
async fn d20_a_grant_on_a_bucket_that_s3_does_not_have_is_warned_of() {
    use sail_cargo_server::dev::{DevStack, Ports};

    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join(".sail-cargo");
    let stack = DevStack::start(&state, Ports::default()).await.unwrap();
    let s3 = stack.s3(stack.root().unwrap());
    s3.create_bucket().bucket("there").send().await.unwrap();
    let root = |args: &[&str]| {
        let mut command = command(&state);
        command.args(args).env("SAIL_CARGO_URL", &stack.cargo_url);
        Said::of(&command.env("SAIL_CARGO_API_KEY_FILE", "root.key").output().unwrap()).ok()
    };
    let warning = "warning: nowhere is registered here, and S3 has no such bucket";
    says(&root(&["buckets", "put", "nowhere"]), warning);
    says(&root(&["grants", "put", "dora", "nowhere", "read"]), warning);
    let said = root(&["grants", "put", "dora", "there", "read"]);
    assert!(!said.err.contains("warning"), "{said:?}");
}

#[test]
fn d23_dates_and_durations_are_taken_wherever_a_time_is() {
    let stack = TestStack::set();
    let root = |args: &[&str]| stack.root(args).ok();
    root(&["buckets", "put", "photos"]);
    let of = |args: &[&str]| {
        let put = [&["grants", "put", "ada", "photos", "read", "-o", "json"], args].concat();
        root(&put).json()[0].clone()
    };
    assert_eq!(of(&["--expires-at", "2099-01-01"])["expires_at"], "2099-01-01T00:00:00Z");
    assert_eq!(of(&["--expires-at", "2099-01-01 12:30"])["expires_at"], "2099-01-01T12:30:00Z");
    assert_eq!(
        of(&["--expires-at", "2099-01-01T12:00+02:00"])["expires_at"],
        "2099-01-01T10:00:00Z"
    );
    assert!(of(&["--expires-at", "30d", "--not-before", "tomorrow"])["not_before"].is_string());
    for at in ["now", "today", "2099-01-01"] {
        stack.root(&["grants", "list", "--at", at]);
    }
    root(&["audit", "list", "--since", "yesterday", "--until", "now"]);
    assert_eq!(root(&["audit", "list", "--until", "1h", "-o", "json"]).json(), json!([]));
    assert_ne!(root(&["audit", "list", "--since", "-1h", "-o", "json"]).json(), json!([]));
    root(&["groups", "add", "crew", "ada", "--until", "2w"]);
    root(&["keys", "create", "sail", "--name", "k", "--expires-at", "90d"]);
    let keys = root(&["keys", "list", "-o", "json"]).json();
    let id = keys.as_array().unwrap().iter().find(|key| key["name"] == "k").unwrap()["id"].clone();
    root(&["keys", "set", id.as_str().unwrap(), "--expires-at", "30 days"]);
    root(&["keys", "rotate", id.as_str().unwrap(), "--overlap", "1h"]);
    stack.operator(&["projects", "set", "sail", "--max-presign", "1h"]).ok();
    let lives = ["--max-presign-gateway", "1d", "--max-session", "2h", "--cut-streams", "true"];
    let set = [&["projects", "set", "sail", "-o", "json"][..], &lives].concat();
    let project = stack.operator(&set).json()[0].clone();
    assert_eq!(
        (&project["max_presign_gateway"], &project["max_session"]),
        (&json!(86_400), &json!(7200))
    );
    assert_eq!(project["cut_streams"], true);
    stack.operator(&["audit", "prune", "--keep", "2w", "--dry-run"]).ok();
    stack.operator(&["audit", "prune", "--before", "yesterday", "--dry-run"]).ok();
    for args in [
        &["grants", "put", "ada", "photos", "read", "--expires-at", "soon"][..],
        &["grants", "list", "--at", "2027-02-30"],
        &["buckets", "access", "photos", "--at", "30"],
        &["audit", "tail", "--since", "01.02.2027"],
        &["groups", "add", "crew", "ada", "--until", "x"],
        &["keys", "set", "x", "--expires-at", "x"],
        &["audit", "prune", "--before", "x"],
    ] {
        let said = stack.root(args);
        assert_eq!(said.code, 2, "{said:?}");
        says(&said, "2027-01-01T12:00:00Z");
        says(&said, "without a zone it is UTC");
    }
    for args in [
        &["audit", "list"][..],
        &["grants", "put"],
        &["grants", "list"],
        &["groups", "add"],
        &["keys", "create"],
        &["keys", "set"],
        &["buckets", "access"],
        &["audit", "prune"],
    ] {
        assert!(root(&[args, &["--help"]].concat()).out.contains("UTC"), "{args:?}");
    }
}

#[test]
fn d27_tables_and_messages_are_in_the_usual_words() {
    let stack = TestStack::set();
    let root = |args: &[&str]| stack.root(args).ok();
    root(&["buckets", "put", "photos"]);
    root(&["grants", "put", "ada", "photos", "read", "--expires-at", "30d"]);
    root(&["groups", "add", "crew", "bob"]);
    for (args, column) in [
        (&["grants", "list"][..], "EXPIRES"),
        (&["users", "grants", "ada"], "EXPIRES"),
        (&["users", "permissions", "ada"], "PREFIXES"),
        (&["permissions"], "PREFIXES"),
        (&["buckets", "access", "photos"], "PREFIXES"),
        (&["groups", "members", "crew"], "EXPIRES"),
        (&["keys", "list"], "EXPIRES"),
        (&["audit", "list"], "RESOURCE"),
    ] {
        let out = root(args).out;
        let heading = out.lines().next().unwrap();
        assert!(heading.contains(column), "{args:?}: {heading}");
        for odd in ["UNTIL", "BELOW", "PLACE"] {
            assert!(!heading.contains(odd), "{args:?}: {heading}");
        }
    }
    says(&root(&["users", "revoke", "ada"]), "1 deleted; 0 unchanged");
    says(&root(&["groups", "remove", "crew", "bob"]), "removed bob from group crew");
    says(&root(&["buckets", "delete", "photos"]), "unregistered bucket photos");
}

//! Each command once, with its exit code.

use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use sail_cargo_database::testing::diesel;
use serde_json::{Value, json};

use crate::test_stack::{Said, TestStack, command};

#[test]
fn a_team_is_set_up_checked_and_taken_down() {
    let stack = TestStack::set();
    let root = |args: &[&str]| stack.root(args);
    root(&["buckets", "put", "photos", "--public", "none", "--label", "team=web"]).ok();
    root(&["grants", "put", "ada", "photos", "read,write", "--reason", "on call"]).ok();
    root(&["grants", "put", "crew", "photos/raw/", "read", "--group"]).ok();
    root(&["groups", "add", "crew", "bob", "--until", "2999-01-01T00:00:00Z"]).ok();
    root(&["grants", "put", "crew", "photos/raw/", "delete", "--token-group"]).ok();

    assert_eq!(root(&["check", "ada", "write", "photos/x"]).code, 0);
    assert_eq!(root(&["check", "ada", "delete", "photos/x"]).code, 3);
    assert_eq!(root(&["check", "bob", "s3:GetObject", "photos/raw/x"]).code, 0);
    assert_eq!(root(&["check", "bob", "read", "photos/", "--below"]).code, 3);
    assert_eq!(root(&["check", "bob", "delete", "photos/raw/x"]).code, 3);
    assert_eq!(root(&["check", "eve", "delete", "photos/raw/x", "--token-group", "crew"]).code, 0);
    assert_eq!(root(&["check", "eve", "read", "photos/raw/x", "--token-group", "crew"]).code, 3);
    let until = root(&["check", "bob", "read", "photos/raw/x", "-o", "json"]).json();
    assert_eq!(until["decision"], json!(true));
    assert_eq!(root(&["check", "ada", "fly", "photos"]).code, 1);
    assert_eq!(root(&["check", "ada"]).code, 2);

    let grants = root(&["grants", "list", "--bucket", "photos", "-o", "json"]).json();
    assert_eq!(grants.as_array().unwrap().len(), 3);
    let one = |flag| root(&["grants", "list", flag, "crew", "-o", "json"]).json();
    assert_eq!(one("--group")[0]["permissions"], json!(["read"]));
    assert_eq!(one("--token-group")[0]["permissions"], json!(["delete"]));
    let lines = root(&["grants", "list", "--user", "ada", "-o", "ndjson"]).ok().out;
    let only: Value = serde_json::from_str(lines.trim()).unwrap();
    assert_eq!(only["reason"], json!("on call"));
    let access = root(&["buckets", "access", "photos", "--permission", "read"]).ok();
    assert!(access.out.contains("ada") && access.out.contains("bob"), "{access:?}");
    assert!(!access.err.contains("cannot be listed"), "{access:?}");
    let access = root(&["buckets", "access", "photos"]).ok();
    let lines = |kind| access.out.lines().filter(|line| line.starts_with(kind)).count();
    assert_eq!((lines("group "), lines("token_group ")), (1, 1), "{access:?}");
    assert!(access.err.contains("cannot be listed"), "{access:?}");
    for (whom, subjects) in [
        (&["--user", "ada"][..], &["ada"][..]),
        (&["--group", "crew"], &["crew"]),
        (&["--token-group", "crew"], &["crew"]),
        (&["--user", "crew"], &[]),
        (&["--authenticated"], &[]),
        (&["--public"], &[]),
    ] {
        let args = [&["buckets", "access", "photos", "-o", "json"], whom].concat();
        let of = |all: &Value| -> Vec<Value> {
            all.as_array().unwrap().iter().map(|one| one["subject"].clone()).collect()
        };
        assert_eq!(json!(of(&root(&args).json())), json!(subjects), "{whom:?}");
    }
    let two = root(&["buckets", "access", "photos", "--user", "ada", "--public"]);
    assert_eq!(two.code, 2, "{two:?}");
    assert_eq!(root(&["users", "list", "-o", "json"]).json().as_array().unwrap().len(), 2);
    let held = root(&["users", "permissions", "bob", "-o", "json"]).json();
    assert_eq!(held[0]["prefixes"][0]["prefix"], json!("raw/"));
    root(&["users", "grants", "ada"]).ok();
    root(&["groups", "list"]).ok();
    let members = root(&["groups", "members", "crew"]).ok();
    assert!(members.out.contains("bob") && members.err.contains("cannot be listed"), "{members:?}");
    assert_eq!(root(&["groups", "settle", "nobodys"]).code, 1);

    root(&["buckets", "set", "photos", "--ceiling", "read", "--label", "team="]).ok();
    assert_eq!(root(&["check", "ada", "write", "photos/x"]).code, 3);
    let shown = root(&["buckets", "show", "photos", "-o", "json"]).json();
    assert_eq!((&shown[0]["ceiling"], shown[0].get("labels")), (&json!(["read"]), None));
    assert_eq!(root(&["buckets", "set", "photos", "--ceiling", "read,write"]).code, 1, "frozen");
    let thaw = ["buckets", "set", "photos", "--ceiling", "read,write,delete,admin"];
    stack.operator(&[&thaw[..], &["--in-project", "sail"]].concat()).ok();

    let rehearsed = root(&["users", "revoke", "ada", "--dry-run", "-o", "json"]).json();
    assert_eq!(rehearsed["effects"][0]["loses"], json!(["read", "write"]));
    root(&["users", "revoke", "ada"]).ok();
    let gone = root(&["grants", "delete", "crew", "photos/raw/", "--group"]).ok();
    assert!(gone.err.contains("deleted the grant of group crew on photos/raw/"), "{gone:?}");
    assert_eq!(one("--group"), json!([]));
    assert_eq!(one("--token-group")[0]["permissions"], json!(["delete"]));
    root(&["groups", "remove", "crew", "bob"]).ok();
    root(&["buckets", "reconcile"]).ok();
    let events =
        root(&["audit", "list", "--bucket", "photos", "--limit", "3", "-o", "json"]).json();
    assert_eq!(events.as_array().unwrap().len(), 3);
    root(&["buckets", "delete", "photos"]).ok();
    assert_eq!(root(&["buckets", "show", "photos"]).code, 1);
}

#[test]
fn keys_and_projects_are_the_operators_and_a_denial_is_exit_code_3() {
    let stack = TestStack::set();
    let shown = stack.operator(&["projects", "show", "sail", "-o", "json"]).json();
    assert_eq!(shown[0]["status"], json!("active"));
    assert_eq!(stack.root(&["projects", "list"]).code, 3);
    stack.operator(&["projects", "set", "sail", "--default-permissions", "read"]).ok();
    let project = stack.operator(&["projects", "list", "-o", "json"]).json();
    assert_eq!(project[0]["default_permissions"], json!(["read"]));

    let made =
        stack.root(&["keys", "create", "sail", "--name", "ci", "--scopes", "keys:read,check"]);
    let made = made.ok();
    let secret = made.out.trim();
    assert!(secret.starts_with("cgok_live_") && !made.err.contains(secret), "{made:?}");
    std::fs::write(stack.directory.path().join("ci.key"), secret).unwrap();
    let listed = stack.run("ci.key", &["keys", "list", "-o", "json"], None);
    assert!(!listed.out.contains(secret));
    let keys = listed.json();
    let id = |name: &str| {
        let all = keys.as_array().unwrap().iter();
        all.clone().find(|key| key["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(stack.run("ci.key", &["keys", "revoke", &id("root")], None).code, 3);
    stack.root(&["keys", "set", &id("ci"), "--scopes", "check"]).ok();
    assert_eq!(stack.run("ci.key", &["keys", "list"], None).code, 3);
    let rotated = stack.root(&["keys", "rotate", &id("ci"), "--overlap-seconds", "60"]).ok().out;
    assert!(rotated.starts_with("cgok_live_"));
    stack.root(&["keys", "revoke", &id("ci")]).ok();
    assert_eq!(stack.run("ci.key", &["check", "-", "read", "photos"], None).code, 1, "nobody");
}

#[test]
fn access_keys_are_made_shown_once_changed_rotated_and_revoked() {
    let stack = TestStack::set();
    let create = |more: &[&str]| {
        let create = ["access-keys", "create", "--name", "laptop"];
        let made = stack.root(&[&create[..], more].concat()).ok();
        let line = |number: usize| made.out.lines().nth(number).unwrap().split_once('=').unwrap();
        let ((id_name, id), (secret_name, secret)) = (line(0), line(1));
        assert_eq!((id_name, secret_name), ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"));
        assert!(id.starts_with("CGAK") && secret.len() == 40 && !made.err.contains(secret));
        (id.to_owned(), secret.to_owned())
    };
    let limits = ["--bucket", "photos", "--prefix", "a/", "--permissions", "read,write"];
    let (id, secret) = create(&[&["--user", "ada", "--cidr", "10.0.0.0/8"], &limits[..]].concat());
    create(&[]);
    let list = |more: &[&str]| {
        let listed = stack.root(&[&["access-keys", "list", "-o", "json"], more].concat());
        assert!(!listed.out.contains(&secret));
        listed.json().as_array().unwrap().clone()
    };
    assert_eq!(list(&[]).len(), 2);
    let of_ada = &list(&["--user", "ada"])[0];
    assert_eq!(
        (&of_ada["buckets"], &of_ada["cidrs"]),
        (&json!(["photos"]), &json!(["10.0.0.0/8"]))
    );
    let set = ["access-keys", "set", &id, "--status", "disabled", "--permissions", "read"];
    stack.root(&[&set[..], &["-o", "json"]].concat()).ok();
    let of_ada = &list(&["--user", "ada"])[0];
    assert_eq!((&of_ada["status"], &of_ada["permissions"]), (&json!("disabled"), &json!(["read"])));
    let rotated = stack.root(&["access-keys", "rotate", &id, "--overlap", "1h"]).ok().out;
    assert!(rotated.starts_with("AWS_ACCESS_KEY_ID=CGAK") && !rotated.contains(&id));
    stack.root(&["access-keys", "revoke", &id]).ok();
    assert_eq!(list(&["--user", "ada"]).len(), 1, "its successor");
    stack.root(&["access-keys", "revoke", "--user", "ada"]).ok();
    assert_eq!(list(&[]).len(), 1, "the application's");
    assert_eq!(stack.root(&["access-keys", "revoke"]).code, 2);
}

/// In the local database and on a server.
#[test]
fn a_store_is_one_projects_until_it_is_put_as_shared() {
    let stack = TestStack::set();
    let local =
        |args: &[&str]| Said::of(&command(stack.directory.path()).args(args).output().unwrap());
    let put = |more: &[&str]| {
        let put = ["stores", "put", "main", "--endpoint", "http://127.0.0.1:9"];
        let keys = ["--access-key-id", "AKIA1", "--secret-file", "secret", "--no-probe"];
        local(&[&put[..], &keys, more].concat())
    };
    let create = |slug: &str| local(&["projects", "create", slug, "--store", "main"]);
    let refused = create("second");
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("`sail-cargo stores put main --shared"), "{}", refused.err);
    let remote = stack.operator(&["projects", "create", "second", "--store", "main"]);
    assert_eq!(remote.code, 1, "{remote:?}");
    put(&["--shared"]).ok();
    create("second").ok();
    assert_eq!(put(&[]).code, 1);
    let lists = || {
        ["projects", "stores"]
            .into_iter()
            .flat_map(|of| [local(&[of, "list"]).ok().err, stack.operator(&[of, "list"]).ok().err])
    };
    assert!(lists().all(|said| !said.contains("--shared")));
    let database = stack.directory.path().join("cargo.db");
    let mut database = diesel::SqliteConnection::establish(database.to_str().unwrap()).unwrap();
    database.batch_execute("UPDATE store SET shared = false").unwrap();
    let warning = "store main is not shared, but 2 projects use it (sail, second)";
    for said in lists() {
        assert!(said.contains(warning), "{said}");
    }
}

#[test]
fn a_ceiling_that_is_kept_is_listed_and_lifted() {
    let stack = TestStack::set();
    stack.root(&["buckets", "put", "photos"]).ok();
    let in_project = ["--in-project", "sail"];
    stack
        .operator(&[&["buckets", "set", "photos", "--ceiling", "read"], &in_project[..]].concat())
        .ok();
    assert_eq!(stack.root(&["buckets", "delete", "photos"]).code, 1, "frozen");
    stack.operator(&[&["buckets", "delete", "photos"], &in_project[..]].concat()).ok();
    let kept = stack.operator(&["ceilings", "list", "main", "-o", "json"]).json();
    assert_eq!(kept, json!([{ "bucket": "photos", "ceiling": ["read"] }]));
    assert_eq!(stack.root(&["ceilings", "lift", "main", "photos"]).code, 3);
    stack.operator(&["ceilings", "lift", "main", "photos"]).ok();
    assert_eq!(stack.operator(&["ceilings", "lift", "main", "photos"]).code, 1);
    stack.root(&["buckets", "put", "photos"]).ok();
    let shown = stack.root(&["buckets", "show", "photos", "-o", "json"]).json();
    assert_eq!(shown[0]["ceiling"].as_array().unwrap().len(), 4);
}

#[test]
fn what_operators_do_at_the_command_line_is_on_record() {
    let stack = TestStack::set();
    let listed = stack.operator(&["audit", "list", "-o", "json"]).json();
    let told = |event: &Value| {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        (text("actor"), text("action"), text("agent"))
    };
    let agent = concat!("sail-cargo/", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        listed.as_array().unwrap().iter().rev().map(told).collect::<Vec<_>>(),
        ["store.put", "project.create", "key.create"].map(|action| (
            "operator:cli".to_owned(),
            action.to_owned(),
            agent.to_owned()
        ))
    );
    let text = listed.to_string();
    assert!(!text.contains("a-secret-of-the-storage") && !text.contains("cgok_"), "{text}");

    // Through the API, under the name of the key and with an address.
    stack
        .operator(&[
            "stores",
            "put",
            "spare",
            "--endpoint",
            "http://127.0.0.1:1",
            "--access-key-id",
            "AKIA2",
            "--secret-file",
            "secret",
            "--no-probe",
        ])
        .ok();
    assert_eq!(stack.operator(&["stores", "test", "spare"]).code, 1, "nobody is there");
    stack.operator(&["stores", "delete", "spare"]).ok();
    let table = stack.operator(&["audit", "list", "--limit", "3"]).ok().out;
    for words in ["ADDRESS", "store.delete", "storage_unreachable", "127.0.0.1"] {
        assert!(table.contains(words), "{table}");
    }
    // In the database itself, without a server.
    let bare = Said::of(
        &command(stack.directory.path()).args(["stores", "test", "main"]).output().unwrap(),
    );
    assert_eq!(bare.code, 1, "{bare:?}");
    let events = stack.operator(&["audit", "list", "--action", "store.probe", "-o", "json"]).json();
    assert_eq!((&events[0]["actor"], &events[0]["key"]), (&json!("operator:cli"), &json!("main")));
    assert_eq!(events[0]["reason"], json!("storage_unreachable"));
}

#[test]
fn an_operator_s_key_has_a_name_and_is_rotated_beside_the_next() {
    let mut stack = TestStack::set();
    let directory = stack.directory.path().to_owned();
    let keep = |name: &str, text: &str| std::fs::write(directory.join(name), text).unwrap();
    let (old, new) = (
        stack.root(&["keys", "operator", "ada"]).ok().out,
        stack.root(&["keys", "operator", "ada-2"]).ok().out,
    );
    assert!(old.starts_with("ada:cgop_") && new.starts_with("ada-2:cgop_"));
    assert_eq!(stack.root(&["keys", "operator", "cli"]).code, 2);
    keep("operator.key", &format!("{old}\n{new}"));
    keep("ada.key", old.trim().split_once(':').unwrap().1);
    keep("ada-2.key", new.trim().split_once(':').unwrap().1);
    stack.kill_and_serve(&[]);
    keep("ada.named", &old);
    let said = stack.run("ada.named", &["whoami"], None);
    assert!(said.code == 1 && said.err.contains("the part after the colon"), "{said:?}");
    for (key, actor) in [("ada.key", "operator:ada"), ("ada-2.key", "operator:ada-2")] {
        let set = ["projects", "set", "sail", "--max-presign-seconds"];
        let seconds = if key == "ada.key" { "60" } else { "61" };
        stack.run(key, &[&set[..], &[seconds]].concat(), None).ok();
        let listed = stack.run(key, &["audit", "list", "--limit", "1", "-o", "json"], None).json();
        assert_eq!(listed[0]["actor"], json!(actor));
    }

    let weak = format!("{old}bob:cgop_1234\n");
    keep("operator.key", &weak);
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let mut start = command(&directory);
    let said = Said::of(
        &start.args(serve).env("SAIL_CARGO_OPERATOR_KEY_FILE", "operator.key").output().unwrap(),
    );
    assert_eq!(said.code, 1);
    assert!(said.err.contains("SAIL_CARGO_OPERATOR_KEY: entry 2: "), "{}", said.err);
    assert!(!said.err.contains("1234"), "{}", said.err);
}

#[test]
fn what_is_exported_is_imported_again_in_every_format() {
    let stack = TestStack::set();
    stack.root(&["buckets", "put", "photos"]).ok();
    let grants = [
        &["ada", "photos", "read,write", "--reason", "a, \"quoted\" reason"][..],
        &["=cmd|' /C calc'!A0", "photos/ä b/", "read"],
        &["*", "photos/open/", "read", "--public"],
        &["crew", "photos", "delete", "--group", "--expires-at", "2999-01-01T00:00:00Z"],
        &["crew", "photos", "write", "--token-group"],
    ];
    for grant in grants {
        stack.root(&[&["grants", "put"], grant].concat()).ok();
    }
    let all = stack.root(&["grants", "export", "--format", "json"]).json();
    for format in ["yaml", "json", "ndjson", "csv"] {
        let file = format!("grants.{format}");
        let text = stack.root(&["grants", "export", "--format", format]).ok().out;
        std::fs::write(stack.directory.path().join(&file), &text).unwrap();
        stack.root(&["buckets", "delete", "photos"]).ok();
        stack.root(&["buckets", "put", "photos"]).ok();
        let told = stack.root(&["grants", "import", &file, "--dry-run", "-o", "json"]).json();
        assert_eq!((&told["created"], &told["dry_run"]), (&json!(5), &json!(true)), "{format}");
        stack.root(&["grants", "import", &file]).ok();
        assert_eq!(stack.root(&["grants", "export", "--format", "json"]).json(), all, "{format}");
    }
    let line = |bucket: &str| json!({ "bucket": bucket, "subject": "x", "permissions": ["read"] });
    let text = format!("{}\n{}\n", line("photos"), line("nowhere"));
    let refused = stack.fed(&["grants", "import", "-", "--format", "ndjson"], &text);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("grant 2 (x on nowhere/)"), "{}", refused.err);
    assert_eq!(stack.root(&["grants", "export", "--format", "json"]).json(), all, "all or none");
    let broken = stack.fed(&["grants", "import", "-", "--format", "yaml"], "- bucket: [");
    assert_eq!(broken.code, 1);
}

#[test]
fn an_iam_policy_becomes_grants_and_comes_back() {
    let stack = TestStack::set();
    stack.root(&["buckets", "put", "photos"]).ok();
    let policy = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "s3:*",
          "Resource": ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"] },
        { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::photos/x" },
    ]});
    let told = stack.fed(&["grants", "import", "-", "--iam", "--user", "ada"], &policy.to_string());
    let told = told.ok();
    assert!(told.err.contains("statement 2, Resource `arn:aws:s3:::photos/x`"), "{}", told.err);
    let grants = stack.root(&["grants", "list", "--user", "ada", "-o", "json"]).json();
    assert_eq!(grants[0]["permissions"], json!(["read", "write", "delete"]));
    let exported = stack.root(&["grants", "export", "--iam", "--user", "ada"]).ok().out;
    let again = stack.fed(&["grants", "import", "-", "--iam", "--user", "bob"], &exported).ok();
    assert!(!again.err.contains("not expressed"), "{}", again.err);
    let bob = stack.root(&["grants", "list", "--user", "bob", "-o", "json"]).json();
    assert_eq!(bob[0]["permissions"], grants[0]["permissions"]);
    let of_tokens = ["grants", "import", "-", "--iam", "--token-group", "crew"];
    stack.fed(&of_tokens, &exported).ok();
    let crew = stack.root(&["grants", "list", "--token-group", "crew", "-o", "json"]).json();
    assert_eq!(crew[0]["permissions"], grants[0]["permissions"]);
    let written = ["grants", "export", "--iam", "--token-group", "crew"];
    assert_eq!(stack.root(&written).ok().out, exported);
    let of_the_other = stack.root(&["grants", "export", "--iam", "--group", "crew"]).json();
    assert_eq!(of_the_other["Statement"], json!([]));
    // A server without accounts has no names: a user of another auth service is called by their id.
    let uuid = "6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21";
    let home = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "s3:*",
        "Resource": "arn:aws:s3:::photos/home/${aws:username}/*" } });
    stack.fed(&["grants", "import", "-", "--iam", "--user", uuid], &home.to_string()).ok();
    let homes = stack.root(&["grants", "list", "--user", uuid, "-o", "json"]).json();
    assert_eq!(homes[0]["prefix"], json!(format!("home/{uuid}/")));
    let denies = json!({ "Version": "2012-10-17", "Statement":
        { "Effect": "Deny", "Action": "*", "Resource": "*" } });
    let refused =
        stack.fed(&["grants", "import", "-", "--iam", "--user", "eve"], &denies.to_string());
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("is a Deny"), "{}", refused.err);
}

#[test]
fn completions_and_help_need_no_server() {
    let stack = TestStack::set();
    for shell in ["bash", "zsh", "fish"] {
        assert!(stack.root(&["completions", shell]).ok().out.contains("sail-cargo"));
    }
    let help = stack.root(&["grants", "import", "--help"]).ok().out;
    assert!(help.contains("Examples:"), "{help}");
    assert_eq!(stack.root(&["grants", "fly"]).code, 2);
}

#[test]
fn a_server_answers_on_a_socket_as_well() {
    let stack = TestStack::set();
    let url = format!("unix:{}", stack.directory.path().join("cargo.sock").display());
    let on_socket = |args: &[&str]| stack.root(&[args, &["--url", &url]].concat());
    on_socket(&["buckets", "put", "photos"]).ok();
    assert!(stack.root(&["buckets", "list"]).ok().out.contains("photos"), "one server");
    let nobody = stack.root(&["buckets", "list", "--url", "unix:/nowhere/at/all.sock"]);
    assert_eq!(nobody.code, 1);
}

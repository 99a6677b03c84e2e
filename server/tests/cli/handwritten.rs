//! Handwritten files: policies, grants, cases, settings; and the messages about invalid ones.

use serde_json::{Value, json};

use crate::served::set_up;
use crate::test_stack::{Said, TestStack, command};

const IMPORT: [&str; 5] = ["grants", "import", "-", "--iam", "--user"];

fn import(stack: &TestStack, user: &str, more: &[&str], policy: &Value) -> Said {
    stack.fed(&[&IMPORT[..], &[user], more].concat(), &policy.to_string())
}

fn reads(effect: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": effect })
}

#[test]
fn an_exported_policy_takes_no_literal_for_a_pattern() {
    let stack = TestStack::set();
    stack.root(&["buckets", "put", "lake"]).ok();
    for place in ["lake/f*/", "lake/q?x/", "lake/${*}/"] {
        stack.root(&["grants", "put", "pia", place, "read,write"]).ok();
    }
    let text = stack.root(&["grants", "export", "--iam", "--user", "pia"]).ok().out;
    for written in ["lake/f${*}/*", "\"f${*}/*\"", "lake/q${?}x/*", "lake/${$}{${*}}/*"] {
        assert!(text.contains(written), "{text}");
    }
    stack.fed(&[&IMPORT[..], &["bob"]].concat(), &text).ok();
    let places = |user| {
        let grants = stack.root(&["grants", "list", "--user", user, "-o", "json"]).json();
        let grants = grants.as_array().unwrap().clone();
        grants
            .iter()
            .map(|one| (one["prefix"].clone(), one["permissions"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(places("bob"), places("pia"));
}

#[test]
fn a_policy_of_another_hand_is_read_and_what_would_help_is_said() {
    let stack = TestStack::set();
    stack.root(&["buckets", "put", "lake"]).ok();
    let whole = ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"];
    // Only reading: no grant is that narrow.
    let only = reads(&json!([{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": whole }]));
    let refused = import(&stack, "ada", &[], &only);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("--accept-wider"), "{}", refused.err);
    let given = import(&stack, "ada", &["--accept-wider"], &only).ok();
    assert!(given.err.contains("wider than the policy: `lake/*`: read"), "{}", given.err);
    assert_eq!(stack.root(&["check", "ada", "read", "lake/x"]).code, 0);
    assert_eq!(stack.root(&["check", "ada", "write", "lake/x"]).code, 3);

    // Where no option would help, none is suggested.
    let aborts =
        json!({ "Effect": "Allow", "Action": "s3:AbortMultipartUpload", "Resource": whole });
    let refused = import(&stack, "eve", &[], &reads(&aborts));
    assert!(refused.code == 1 && !refused.err.contains("--accept-wider"), "{refused:?}");

    let lists = reads(&json!({ "Effect": "Allow", "Action": "s3:ListBucket", "Resource": whole }));
    import(&stack, "eve", &["--accept-wider"], &lists).ok();
    assert_eq!(stack.root(&["check", "eve", "list", "lake/x"]).code, 0);
    assert_eq!(stack.root(&["check", "eve", "read", "lake/x"]).code, 3);

    let secure = json!({ "Bool": { "aws:SecureTransport": true } });
    let secure = reads(&json!([{ "Sid": "Tls", "Effect": "Allow", "Action": "s3:*",
        "Resource": whole, "Condition": secure }]));
    let refused = import(&stack, "bob", &[], &secure);
    let told = "left out: statement 1 (Sid `Tls`), Condition Bool aws:SecureTransport";
    assert!(refused.code == 1 && refused.err.contains(told), "{refused:?}");
    import(&stack, "bob", &["--accept-wider"], &secure).ok();

    // Without a Version, in UTF-16 with a byte order mark, as PowerShell writes it.
    let text = json!({ "Statement": { "Effect": "Allow", "Action": "s3:*", "Resource": whole } });
    let units = format!("\u{feff}{text}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let file: Vec<u8> = units;
    std::fs::write(stack.directory.path().join("policy.json"), file).unwrap();
    stack.root(&["grants", "import", "policy.json", "--iam", "--user", "pia"]).ok();
    assert_eq!(stack.root(&["check", "pia", "delete", "lake/x"]).code, 0);

    let home = reads(&json!({ "Effect": "Allow", "Action": "s3:PutObject*",
        "Resource": "arn:aws:s3:::lake/home/${aws:username}/*" }));
    import(&stack, "una", &["--accept-wider"], &home).ok();
    assert_eq!(stack.root(&["check", "una", "write", "lake/home/una/x"]).code, 0);
    assert_eq!(stack.root(&["check", "una", "write", "lake/home/ada/x"]).code, 3);
    let broken = stack.fed(&[&IMPORT[..], &["una"]].concat(), "{\n  \"Statement\": [,]\n}");
    assert!(broken.err.contains("line 2, column 17"), "{}", broken.err);
}

#[test]
fn grants_are_exported_into_a_file_in_the_format_that_its_name_says() {
    let stack = TestStack::set();
    stack.root(&["buckets", "put", "photos"]).ok();
    stack.root(&["grants", "put", "ada", "photos", "read,write"]).ok();
    let text = |name: &str| std::fs::read_to_string(stack.directory.path().join(name)).unwrap();
    for name in ["grants.yaml", "grants.json", "grants.ndjson", "grants.csv"] {
        let said = stack.root(&["grants", "export", "-o", name]).ok();
        assert_eq!((said.out.as_str(), text(name).contains("photos")), ("", true), "{said:?}");
        let again = stack.root(&["grants", "import", name, "--dry-run", "-o", "json"]).json();
        assert_eq!(again["unchanged"], json!(1), "{name}");
    }
    stack.root(&["grants", "export", "--output", "odd", "--format", "csv"]).ok();
    assert_eq!(text("odd"), text("grants.csv"));
    stack.root(&["grants", "export", "--iam", "--user", "ada", "-o", "policy.json"]).ok();
    assert!(text("policy.json").contains("arn:aws:s3:::photos/*"));
    let printed = stack.root(&["grants", "export", "-o", "-"]).ok().out;
    assert_eq!(printed.trim_end(), text("grants.yaml").trim_end());
    let refused = stack.root(&["grants", "export", "-o", "json"]);
    assert!(refused.code == 1 && refused.err.contains("--format"), "{refused:?}");
    let nowhere = stack.root(&["grants", "export", "-o", "no/such/grants.yaml"]);
    assert!(nowhere.code == 1 && nowhere.err.contains("no/such/grants.yaml"), "{nowhere:?}");
}

#[test]
fn a_grants_file_that_cannot_be_read_is_told_by_line_grant_and_field() {
    let stack = TestStack::set();
    let path = stack.directory.path().join("grants.yaml");
    let text = "- {bucket: b, subject: a, permissions: [read]}\n- bucket: b\n  subject: c\n  \
        permissions: [reed]\n";
    std::fs::write(&path, text).unwrap();
    let refused = stack.root(&["grants", "import", "grants.yaml"]);
    let told = "grants.yaml: line 4, grant 2, permissions[0]: `reed` is none of";
    assert!(refused.code == 1 && refused.err.contains(told), "{refused:?}");
}

#[test]
fn simulate_knows_stores_that_only_the_gateway_reaches() {
    let directory = tempfile::tempdir().unwrap();
    let verdict = |access: &str| {
        let case = json!({ "id": "x", "grants": { "lake/a/": ["read"] }, "expect": "deny",
            "config": { "access": access },
            "request": { "method": "GET", "url": "http://s3.local:9000/lake/a/x", "payload_hash": "UNSIGNED-PAYLOAD" } });
        std::fs::write(directory.path().join("cases.jsonl"), case.to_string()).unwrap();
        let mut command = command(directory.path());
        Said::of(&command.args(["simulate", "cases.jsonl"]).output().unwrap())
    };
    let refused = verdict("gateway").ok();
    assert!(refused.out.contains("gateway_only"), "{refused:?}");
    assert_eq!(verdict("direct").code, 1, "it is allowed");
}

#[test]
fn m2_simulate_knows_templates_and_what_the_account_of_a_user_is_called() {
    let directory = tempfile::tempdir().unwrap();
    let simulate = |extra: Value, key: &str| {
        let mut case = json!({ "id": "x", "expect": "allow",
            "request": { "method": "GET", "url": format!("http://s3.local:9000/lake/{key}"),
                "payload_hash": "UNSIGNED-PAYLOAD" } });
        case.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        std::fs::write(directory.path().join("cases.jsonl"), case.to_string()).unwrap();
        Said::of(&command(directory.path()).args(["simulate", "cases.jsonl"]).output().unwrap())
    };
    let by_name = json!({ "lake/home/${username}/": ["read"] });
    let by_id = json!({ "lake/home/${user}/": ["read"] });
    for (case, key, allowed) in [
        (json!({ "templates": by_name, "username": "Ada" }), "home/ada/x", true),
        (json!({ "templates": by_name, "username": "ada" }), "home/user/x", false),
        (json!({ "templates": by_name, "username": "ada", "user": "bob" }), "home/bob/x", false),
        (json!({ "templates": by_name, "user": "ada" }), "home/ada/x", false),
        (json!({ "templates": by_id, "user": "bob", "username": "ada" }), "home/bob/x", true),
        (json!({ "templates": by_id }), "home/user/x", true),
        (json!({ "grants": by_name, "username": "ada" }), "home/ada/x", false),
    ] {
        let said = simulate(case.clone(), key);
        assert_eq!(said.code, i32::from(!allowed), "{case} {key} {said:?}");
        assert!(said.err.contains("1 cases judged"), "{case} {key} {said:?}");
    }
    for (case, told) in [
        (json!({ "username": "a b" }), "case x: username: 1 to 63 of a-z"),
        (json!({ "user": "" }), "case x: user: "),
        (
            json!({ "templates": { "lake/home/": ["read"] } }),
            "templates.lake/home/: a template has",
        ),
    ] {
        let said = simulate(case, "x");
        assert!(said.code == 1 && said.err.contains(told), "{said:?}");
    }
}

#[test]
fn simulate_names_the_cases_that_it_cannot_read_and_judges_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let simulate = |text: &[u8], more: &[&str]| {
        std::fs::write(directory.path().join("cases.jsonl"), text).unwrap();
        let mut command = command(directory.path());
        Said::of(&command.args(["simulate", "cases.jsonl"]).args(more).output().unwrap())
    };
    let case = |id: &str, extra: Value| {
        let mut case = json!({ "id": id, "grants": { "lake/a/": ["read"] }, "expect": "allow",
            "op": "GetObject",
            "request": { "method": "GET", "url": "http://s3.local:9000/lake/a/x", "payload_hash": "UNSIGNED-PAYLOAD" } });
        case.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        case.to_string()
    };
    let lines = [
        case("good", json!({})),
        "{\"id\": \"x\"".to_owned(),
        case("2", json!({ "expect": "alow" })),
        case("3", json!({ "grnats": {} })),
        case("4", json!({ "grants": { "lake/a": ["read"] } })),
        case("5", json!({ "grants": { "lake": ["reed"] } })),
        case("6", json!({ "request": { "url": "x" } })),
        case("7", json!({ "op": "GetObjct" })),
        case("wrong", json!({ "grants": {} })),
        "5".to_owned(),
    ];
    let mut text = lines.join("\r\n").into_bytes();
    text.extend(b"\r\n\xff\r\n\r\n");
    text.extend(case("last", json!({})).bytes());
    let said = simulate(&text, &["--only-wrong"]);
    assert_eq!(said.code, 1, "{said:?}");
    for told in [
        "cases.jsonl, line 2: column 10: ",
        "line 3: expect: is allow or deny",
        "line 4: grnats: unknown field `grnats`",
        "line 5: case 4: grants.lake/a: a prefix is empty or ends in `/`",
        "line 6: grants.lake[0]: `reed` is none of `read`",
        "line 7: request: `method` is missing",
        "line 8: op: is not an S3 operation",
        "line 10: 5 is given where an object with fields is expected",
        "line 11: is not UTF-8",
        "3 cases judged, 1 not as expected, 9 could not be read",
    ] {
        assert!(said.err.contains(told), "{told}\n{}", said.err);
    }
    assert!(said.out.contains("WRONG wrong") && !said.out.contains("good"), "{}", said.out);
    let only_unread =
        simulate([&lines[0], &lines[2]].map(String::as_str).join("\n").as_bytes(), &[]);
    assert_eq!(only_unread.code, 1, "{only_unread:?}");
    assert_eq!(simulate(lines[0].as_bytes(), &[]).ok().code, 0);
    assert_eq!(simulate(b"\n", &[]).code, 1, "a file of no cases proves nothing");

    // The example in the help is a valid case.
    let help = Said::of(&command(directory.path()).args(["simulate", "--help"]).output().unwrap());
    let example = help.out.lines().find(|line| line.starts_with('{')).unwrap();
    let said = simulate(example.as_bytes(), &[]).ok();
    assert!(said.err.contains("1 cases judged, 0 not as expected"), "{said:?}");
    assert!(said.out.contains("allow GetObject"), "as it says: {said:?}");
    for field in ["grants", "payload_hash", "principal", "expires", "root_extra"] {
        assert!(help.out.contains(field), "{field}");
    }
}

#[test]
fn a_wrong_setting_is_told_where_it_was_given() {
    let directory = tempfile::tempdir().unwrap();
    set_up(directory.path(), || command(directory.path()));
    let serve = |file: &str, variables: &[(&str, &str)], flags: &[&str]| {
        std::fs::write(directory.path().join("cargo.toml"), file).unwrap();
        let mut command = command(directory.path());
        let args = ["serve", "--listen", "127.0.0.1:0", "--config", "cargo.toml"];
        command.args(args).args(flags).envs(variables.iter().copied());
        Said::of(&command.output().unwrap())
    };
    let said = serve("\n[limits]\nbody_seconds = 'long'\n", &[], &[]);
    let told = "cargo.toml: line 3, limits.body_seconds: `long` is given where a whole number";
    assert!(said.code == 1 && said.err.contains(told), "{said:?}");
    let said = serve("lisen = 'x'\n", &[], &[]);
    assert!(said.err.contains("line 1, lisen: unknown field `lisen`"), "{said:?}");
    let stale = "max_staleness_ms = 5\n";
    let said = serve(stale, &[], &[]);
    let told = "cargo.toml, line 1, max_staleness_ms (SAIL_CARGO_MAX_STALENESS_MS): must be 0,";
    assert!(said.code == 1 && said.err.contains(told), "{said:?}");
    let said = serve(stale, &[("SAIL_CARGO_MAX_STALENESS_MS", "6")], &[]);
    assert!(said.err.contains(": SAIL_CARGO_MAX_STALENESS_MS: must be 0"), "{said:?}");
    let said = serve(stale, &[], &["--max-staleness-ms", "7"]);
    assert!(said.err.contains("--max-staleness-ms (SAIL_CARGO_MAX_STALENESS_MS): "), "{said:?}");
    let said = serve("", &[("SAIL_CARGO_WORKERS", "many")], &[]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("SAIL_CARGO_WORKERS"), "{said:?}");
    let said = serve("", &[("SAIL_CARGO_WORKERS", "2")], &["--workers", "many"]);
    assert!(said.code == 2 && !said.err.contains("SAIL_CARGO_WORKERS"), "{said:?}");
}

//! The forms that policies of other hands have.

use proptest::prelude::*;
use sail_cargo_protocol::{GrantLine, Permission, SubjectKind};
use serde_json::{Value, json};

use super::super::*;
use super::policy;

/// What is said of statements that cannot be read: the others are.
fn lost(statement: &Value) -> String {
    let good = json!({ "Sid": "Good", "Effect": "Allow", "Action": "s3:DeleteObject*",
        "Resource": "arn:aws:s3:::photos/*" });
    let imported =
        read(&policy(&json!([good, statement])), SubjectKind::User, "ada", true).unwrap();
    assert_eq!(imported.lines.len(), 1, "{statement}: {imported:?}");
    imported.lost.join("\n")
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_imported() {
    let with = |extra: Value| {
        let mut statement = json!({ "Sid": "Odd", "Effect": "Allow", "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::photos/*" });
        let statement_members = statement.as_object_mut().unwrap();
        for (name, value) in extra.as_object().unwrap() {
            if value == "missing" {
                statement_members.remove(name);
            } else {
                statement_members.insert(name.clone(), value.clone());
            }
        }
        lost(&statement)
    };
    for (extra, told) in [
        (json!({ "Action": 5 }), "statement 2 (Sid `Odd`), Action: holds a number"),
        (json!({ "Action": ["s3:GetObject", {}] }), "Action: holds an object"),
        (json!({ "Action": "missing" }), "Action: is missing"),
        (json!({ "Action": null }), "Action: is missing"),
        (json!({ "Resource": [] }), "Resource: is empty"),
        (json!({ "Resource": true }), "Resource: holds a truth value"),
        (json!({ "Effect": "missing" }), "Effect: is missing"),
        (json!({ "Effect": "allow" }), "Effect: is Allow or Deny, not `allow`"),
        (json!({ "Actions": "s3:*" }), "Actions: no element is called so, Action is"),
        (json!({ "Condition": null }), "Condition: is null, not an object"),
        (json!({ "Condition": [] }), "Condition: is a list, not an object"),
        (json!({ "Condition": { "Bool": "x" } }), "Condition Bool: is a text, not an object"),
        (json!({ "Condition": { "Bool": {} } }), "Condition Bool: names no key"),
        (json!({ "Condition": { "Bool": { "a": [] } } }), "Condition Bool a: has no value"),
        (json!({ "Condition": { "Bool": { "a": [null] } } }), "Condition Bool a: holds null"),
        (json!({ "Condition": { "bool": { "a": 1 } } }), "Condition bool a: there is no such"),
        (
            json!({ "Condition": { "DateLessThan": { "aws:CurrentTime": "soon" } } }),
            "Condition DateLessThan aws:CurrentTime: `soon` is no instant",
        ),
        (json!({ "NotAction": "s3:*" }), "NotAction: it allows what it does not name"),
    ] {
        let lost = with(extra.clone());
        assert!(lost.contains(told), "{extra}: {lost}");
        assert!(lost.contains("statement 2 (Sid `Odd`), "), "{extra}: {lost}");
    }
    assert!(lost(&json!("x")).contains("statement 2, it is a text"));
    let odd = with(json!({ "Sid": "\u{1b}[2J\u{202e}", "Action": 1 }));
    assert!(odd.contains("(Sid `\\u{1b}[2J\\u{202e}`)"), "{odd}");
    let twice = r#"{ "Statement": [{ "Effect": "Allow", "Action": "s3:Put*", "Action": "s3:*",
        "Resource": "arn:aws:s3:::photos/*" }] }"#;
    let twice = read(twice, SubjectKind::User, "ada", true).unwrap();
    assert_eq!(twice.lost, ["statement 1, Action: stands there twice"]);
    for (text, told) in [
        ("", "line 1, column 0: EOF"),
        ("{\n \"Statement\": [,]}", "line 2, column 16: "),
        ("[]", "it is a list, not an object with a Statement"),
        (r#"{"Statement": [], "Statement": []}"#, "Statement: stands there twice"),
        (r#"{"statement": []}"#, "statement: no element is called so, Statement is"),
        (r#"{"PolicyVersion": {}}"#, "PolicyVersion: no element is called so"),
        (r#"{"Version": "2026-01-01", "Statement": []}"#, "Version: is 2012-10-17 or"),
        (r#"{"Version": "2012-10-17"}"#, "it has no Statement"),
    ] {
        let error = read(text, SubjectKind::User, "ada", true).unwrap_err().to_string();
        assert!(error.contains(told), "{text}: {error}");
    }
}

#[test]
fn a_policy_is_read_in_any_of_its_forms() {
    let lines = |text: &str, kind, wider| {
        let imported = read(text, kind, "ada", wider).unwrap();
        let places = imported
            .lines
            .iter()
            .map(|line| format!("{}/{} {}", line.bucket, line.prefix, line.permissions.len()));
        places.collect::<Vec<_>>()
    };
    let statement = r#"{"Effect": ["Allow"], "Action": "s3:*", "Resource":
        ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"]}"#;
    for text in [
        format!(r#"{{"Statement": {statement}}}"#),
        format!(r#"{{"Version": null, "Id": 7, "Statement": [{statement}]}}"#),
        format!(r#"{{"Version": ["2012-10-17"], "Statement": [{statement}]}}"#),
        format!("\r\n{{\r\n\"Statement\": {statement}}}\r\n"),
    ] {
        assert_eq!(lines(&text, SubjectKind::User, false), ["lake/ 3"], "{text}");
    }
    // A truth value, a number and their texts are the same; so is a list of one.
    for value in [json!(true), json!("true"), json!([true]), json!(["true"])] {
        let text = policy(&json!([{ "Effect": "Allow", "Action": "s3:*", "Resource":
            ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"],
            "Condition": { "Bool": { "aws:SecureTransport": value } } }]));
        assert_eq!(lines(&text, SubjectKind::User, true), ["lake/ 3"]);
        let strict = read(&text, SubjectKind::User, "ada", false).unwrap();
        assert!(strict.lines.is_empty() && strict.would_give_more, "{strict:?}");
        assert!(strict.wider[0].contains("Bool aws:SecureTransport"), "{strict:?}");
    }
    let home = |version: &str| {
        format!(
            r#"{{{version}"Statement": [{{"Effect": "Allow", "Action": "s3:ListBucket*",
            "Resource": "arn:aws:s3:::lake", "Condition": {{"StringLike":
            {{"s3:prefix": ["home/${{AWS:UserName}}/*"]}}}}}}, {{"Effect": "Allow", "Action": "s3:*",
            "Resource": "arn:aws:s3:::lake/home/${{aws:username}}/*"}}]}}"#
        )
    };
    let new = home(r#""Version": "2012-10-17","#);
    assert_eq!(lines(&new, SubjectKind::User, false), ["lake/home/ada/ 3"]);
    assert_eq!(lines(&new, SubjectKind::Group, true), Vec::<String>::new());
    let of_group = read(&new, SubjectKind::Group, "crew", false).unwrap();
    assert!(of_group.lost.iter().any(|what| what.contains("give --user")), "{of_group:?}");
    // Without a Version there are no variables: these are the very characters.
    assert_eq!(lines(&home(""), SubjectKind::User, true), Vec::<String>::new());
    // What a variable stands for is no pattern, and leads nowhere else.
    for user in ["*", "../bob", "a//b", "?"] {
        let imported = read(&new, SubjectKind::User, user, true).unwrap();
        let literal = imported.lines.iter().all(|line| line.prefix == format!("home/{user}/"));
        assert!(literal && (imported.lines.len() == usize::from(user.len() == 1)), "{imported:?}");
    }
}

proptest! {
    #[test]
    fn a_policy_made_of_grants_becomes_the_grants_again(
        places in proptest::collection::btree_map(
            ("[a-c]{3}", prop_oneof![Just(""), Just("x/"), Just("y/"), Just("ä b/"),
                Just("f*/"), Just("q?x/"), Just("${*}/"), Just("$/"), Just("${aws:username}/")]),
            (1_u8..8, proptest::option::of(0_i64..3), proptest::option::of(3_i64..6)),
            1..6,
        )
    ) {
        let all = [Permission::Read, Permission::Write, Permission::Delete];
        let at = |day: i64| chrono::DateTime::from_timestamp(1_800_000_000 + day * 86_400, 0);
        let lines: Vec<GrantLine> = places
            .into_iter()
            .map(|((bucket, prefix), (bits, from, until))| GrantLine {
                bucket,
                prefix: prefix.to_owned(),
                subject: "ada".to_owned(),
                permissions: all.into_iter().enumerate()
                    .filter(|(bit, _)| bits & (1 << bit) != 0)
                    .map(|(_, permission)| permission)
                    .collect(),
                not_before: from.and_then(at),
                expires_at: until.and_then(at),
                ..GrantLine::default()
            })
            .collect();
        let text = serde_json::to_string(&write(&lines).document).unwrap();
        let imported = read(&text, SubjectKind::User, "ada", false).unwrap();
        prop_assert_eq!(&imported.wider, &Vec::<String>::new());
        // What a wider grant of the same window says already may be said once: decide both.
        for bucket in ["aaa", "abc", "cab", "bbb"] {
            for key in ["k", "x/k", "y/k", "ä b/k", "f*/k", "fa/k", "q?x/k", "qyx/k",
                "${*}/k", "*/k", "$/k", "${aws:username}/k", "ada/k"] {
                for day in 0..7 {
                    let held = |lines: &[GrantLine]| -> Vec<Permission> {
                        let now = at(day).unwrap();
                        let live = lines.iter().filter(|line| line.bucket == bucket
                            && key.starts_with(&line.prefix)
                            && line.not_before.is_none_or(|from| from <= now)
                            && line.expires_at.is_none_or(|until| now < until));
                        let set: std::collections::BTreeSet<_> =
                            live.flat_map(|line| line.permissions.iter().copied()).collect();
                        set.into_iter().collect()
                    };
                    prop_assert_eq!(held(&lines), held(&imported.lines));
                }
            }
        }
    }
}

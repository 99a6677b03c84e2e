//! The forms that policies from other tools have.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::*;
use super::{group, policy, user};
use crate::account::Username;
use crate::grant_prefix::PrefixKind;
use crate::{BucketName, GrantKey, GrantPrefix, GrantState, Permissions, Prefix, Subject};

/// The report on a statement that cannot be parsed. Checks that the other statement is imported.
fn lost(statement: &Value) -> String {
    let good = json!({ "Sid": "Good", "Effect": "Allow", "Action": "s3:DeleteObject*",
        "Resource": "arn:aws:s3:::photos/*" });
    let imported = read(&policy(&json!([good, statement])), &user("ada"), None, true).unwrap();
    assert_eq!(imported.grants.len(), 1, "{statement}: {imported:?}");
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
        (json!({ "Effect": "allow" }), "Effect: must be Allow or Deny, not `allow`"),
        (json!({ "Actions": "s3:*" }), "Actions: unknown element, Action is"),
        (json!({ "Condition": null }), "Condition: is null, not an object"),
        (json!({ "Condition": [] }), "Condition: is a list, not an object"),
        (json!({ "Condition": { "Bool": "x" } }), "Condition Bool: is a text, not an object"),
        (json!({ "Condition": { "Bool": {} } }), "Condition Bool: names no key"),
        (json!({ "Condition": { "Bool": { "a": [] } } }), "Condition Bool a: has no value"),
        (json!({ "Condition": { "Bool": { "a": [null] } } }), "Condition Bool a: holds null"),
        (json!({ "Condition": { "bool": { "a": 1 } } }), "Condition bool a: unknown operator"),
        (
            json!({ "Condition": { "DateLessThan": { "aws:CurrentTime": "soon" } } }),
            "Condition DateLessThan aws:CurrentTime: `soon` is not an instant",
        ),
        (json!({ "NotAction": "s3:*" }), "NotAction: it allows everything that it does not name"),
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
    let twice = read(twice, &user("ada"), None, true).unwrap();
    assert_eq!(twice.lost, ["statement 1, Action: is given twice"]);
    for (text, told) in [
        ("", "line 1, column 0: EOF"),
        ("{\n \"Statement\": [,]}", "line 2, column 16: "),
        ("[]", "it is a list, not an object with a Statement"),
        (r#"{"Statement": [], "Statement": []}"#, "Statement: is given twice"),
        (r#"{"statement": []}"#, "statement: unknown element, Statement is"),
        (r#"{"PolicyVersion": {}}"#, "PolicyVersion: unknown element"),
        (r#"{"Version": "2026-01-01", "Statement": []}"#, "Version: is 2012-10-17 or"),
        (r#"{"Version": "2012-10-17"}"#, "it has no Statement"),
    ] {
        let error = read(text, &user("ada"), None, true).unwrap_err().to_string();
        assert!(error.contains(told), "{text}: {error}");
    }
}

#[test]
fn a_policy_is_read_in_any_of_its_forms() {
    let lines = |text: &str, subject: &Subject, wider| {
        let imported = read(text, subject, None, wider).unwrap();
        let place = |(key, state): &(GrantKey, GrantState)| {
            format!("{}/{} {}", key.bucket, key.prefix, state.permissions.iter().count())
        };
        imported.grants.iter().map(place).collect::<Vec<_>>()
    };
    let statement = r#"{"Effect": ["Allow"], "Action": "s3:*", "Resource":
        ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"]}"#;
    for text in [
        format!(r#"{{"Statement": {statement}}}"#),
        format!(r#"{{"Version": null, "Id": 7, "Statement": [{statement}]}}"#),
        format!(r#"{{"Version": ["2012-10-17"], "Statement": [{statement}]}}"#),
        format!("\r\n{{\r\n\"Statement\": {statement}}}\r\n"),
    ] {
        assert_eq!(lines(&text, &user("ada"), false), ["lake/ 3"], "{text}");
    }
    // A boolean, a number and their texts are equal, alone or as a list of one.
    for value in [json!(true), json!("true"), json!([true]), json!(["true"])] {
        let text = policy(&json!([{ "Effect": "Allow", "Action": "s3:*", "Resource":
            ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"],
            "Condition": { "Bool": { "aws:SecureTransport": value } } }]));
        assert_eq!(lines(&text, &user("ada"), true), ["lake/ 3"]);
        let strict = read(&text, &user("ada"), None, false).unwrap();
        assert!(strict.grants.is_empty() && strict.would_give_more, "{strict:?}");
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
    assert_eq!(lines(&new, &user("ada"), false), ["lake/home/ada/ 3"]);
    // The name is that of the account, where there is one; the id never is.
    let username = Username::parse("countess").unwrap();
    let by_id = new.replace("AWS:UserName", "AWS:UserID").replace("aws:username", "aws:userid");
    for (text, home) in [(&new, "home/countess/"), (&by_id, "home/ada/")] {
        let read = read(text, &user("ada"), Some(&username), false).unwrap();
        let prefixes: Vec<_> = read.grants.iter().map(|(key, _)| key.prefix.as_str()).collect();
        assert_eq!(prefixes, [home], "{text}");
    }
    // Several users have a prefix each: by the friendly name of AWS as by that of an account, by id as by id.
    for (text, template, variable) in
        [(&new, "home/${username}/", "${aws:username}"), (&by_id, "home/${user}/", "${aws:userid}")]
    {
        let of_group = read(text, &group("crew"), None, false).unwrap();
        let [(key, _)] = of_group.grants.as_slice() else { panic!("{of_group:?}") };
        assert_eq!((key.prefix.kind(), key.prefix.as_str()), (PrefixKind::Template, template));
        let written = write(&of_group.grants);
        assert_eq!(written.lost, Vec::<String>::new());
        let again = serde_json::to_string(&written.document).unwrap();
        assert!(again.contains(&format!("lake/home/{variable}/*")), "{again}");
        assert_eq!(read(&again, &group("crew"), None, false).unwrap().grants, of_group.grants);
    }
    let of_group = read(&new, &group("crew"), None, false).unwrap();
    let [(key, _)] = of_group.grants.as_slice() else { panic!("{of_group:?}") };
    // Two variables in one prefix are more than a template has.
    let both = new.replace("home/${aws:username}", "home/${aws:userid}/${aws:username}");
    let both = read(&both, &group("crew"), None, true).unwrap();
    assert!(both.grants.iter().all(|(key, _)| !key.prefix.as_str().contains("${user}/")));
    assert!(both.lost.iter().any(|what| what.contains("one variable, once")), "{both:?}");
    // What is literal is written as what it is, though it looks like a variable.
    let literal = GrantPrefix::parse(PrefixKind::Literal, "home/${user}/").unwrap();
    let grants = [(GrantKey { prefix: literal, ..key.clone() }, of_group.grants[0].1.clone())];
    let text = serde_json::to_string(&write(&grants).document).unwrap();
    assert_eq!(read(&text, &group("crew"), None, false).unwrap().grants, grants);
    // Without a Version there are no variables: `${…}` is literal text.
    assert_eq!(lines(&home(""), &user("ada"), true), Vec::<String>::new());
    // The value of a variable is not a pattern, and does not lead out of its folder.
    for name in ["*", "../bob", "a//b", "?"] {
        let imported = read(&new, &user(name), None, true).unwrap();
        let home = format!("home/{name}/");
        let literal = imported.grants.iter().all(|(key, _)| key.prefix.as_str() == home);
        assert!(literal && (imported.grants.len() == usize::from(name.len() == 1)), "{imported:?}");
    }
}

proptest! {
    #[test]
    fn a_policy_made_of_grants_becomes_the_grants_again(
        places in proptest::collection::btree_map(
            ("[a-c]{3}", prop_oneof![Just(""), Just("x/"), Just("y/"), Just("ä b/"),
                Just("f*/"), Just("q?x/"), Just("${*}/"), Just("$/"), Just("${aws:username}/")]),
            (prop_oneof![1_i16..8, (8_i16..12).prop_map(|bits| bits * 2)], proptest::option::of(0_i64..3), proptest::option::of(3_i64..6)),
            1..6,
        )
    ) {
        let at = |day: i64| chrono::DateTime::from_timestamp(1_800_000_000 + day * 86_400, 0);
        let grants: Vec<_> = places
            .into_iter()
            .map(|((bucket, prefix), (bits, from, until))| {
                let key = GrantKey {
                    bucket: BucketName::parse(&bucket).unwrap(),
                    prefix: Prefix::parse(prefix).unwrap().into(),
                    subject: user("ada"),
                };
                let permissions = Permissions::from_bits(bits).unwrap();
                let (not_before, expires_at) = (from.and_then(at), until.and_then(at));
                (key, GrantState::during(permissions, not_before, expires_at))
            })
            .collect();
        let text = serde_json::to_string(&write(&grants).document).unwrap();
        let imported = read(&text, &user("ada"), None, false).unwrap();
        prop_assert_eq!(&imported.wider, &Vec::<String>::new());
        // The import may merge grants of equal periods: compare decisions, not grants.
        for bucket in ["aaa", "abc", "cab", "bbb"] {
            for key in ["k", "x/k", "y/k", "ä b/k", "f*/k", "fa/k", "q?x/k", "qyx/k",
                "${*}/k", "*/k", "$/k", "${aws:username}/k", "ada/k"] {
                for day in 0..7 {
                    let held = |grants: &[(GrantKey, GrantState)]| -> Permissions {
                        let now = at(day).unwrap();
                        let live = grants.iter().filter(|(place, state)| {
                            place.bucket.as_str() == bucket
                                && key.starts_with(place.prefix.as_str())
                                && state.not_before.is_none_or(|from| from <= now)
                                && state.expires_at.is_none_or(|until| now < until)
                        });
                        live.flat_map(|(_, state)| state.permissions.iter()).collect()
                    };
                    prop_assert_eq!(held(&grants), held(&imported.grants));
                }
            }
        }
    }
}

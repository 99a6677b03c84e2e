use proptest::prelude::*;
use sail_cargo_protocol::{GrantLine, Permission, SubjectKind};
use serde_json::{Value, json};

use super::*;

fn policy(statements: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// What a policy becomes: `place: permissions`, then what is lost and what would be wider.
fn import(statements: &Value, accept_wider: bool) -> (Vec<String>, usize, usize) {
    let imported = read(&policy(statements), SubjectKind::User, "ada", accept_wider).unwrap();
    let lines = imported.lines.iter().map(|line| {
        let words: Vec<_> =
            line.permissions.iter().map(|one| crate::domain::permissions::word(*one)).collect();
        format!("{}/{}: {}", line.bucket, line.prefix, words.join("+"))
    });
    (lines.collect(), imported.lost.len(), imported.wider.len())
}

fn allow(actions: &Value, resources: &Value) -> Value {
    json!([{ "Effect": "Allow", "Action": actions, "Resource": resources }])
}

const WHOLE: [&str; 2] = ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"];

#[test]
fn a_policy_becomes_the_grants_that_allow_no_more_than_it_does() {
    let whole = json!(WHOLE);
    for (actions, resources, wider, expected, lost) in [
        (json!("s3:*"), whole.clone(), false, vec!["photos/: read+write+delete"], 1),
        (json!("*"), whole.clone(), false, vec!["photos/: read+write+delete"], 1),
        (json!("S3:*"), whole.clone(), false, vec!["photos/: read+write+delete"], 1),
        (json!(["s3:Get*", "s3:List*"]), whole.clone(), false, vec!["photos/: read"], 3),
        (json!(["s3:get*", "s3:list*"]), whole.clone(), false, vec!["photos/: read"], 3),
        (json!(["s3:GetObject", "s3:ListBucket"]), whole.clone(), false, vec![], 0),
        (json!(["s3:GetObject", "s3:ListBucket"]), whole.clone(), true, vec!["photos/: read"], 0),
        (json!(["s3:GetObject"]), whole.clone(), false, vec![], 0),
        (json!(["s3:GetObject"]), whole.clone(), true, vec!["photos/: read"], 0),
        (
            json!("s3:GetObject"),
            json!("arn:aws:s3:::photos/raw/*"),
            true,
            vec!["photos/raw/: read"],
            0,
        ),
        (json!("s3:AbortMultipartUpload"), whole.clone(), true, vec![], 1),
        (json!(["s3:ListBucket"]), whole.clone(), true, vec![], 1),
        (json!("s3:PutObject"), whole.clone(), false, vec![], 0),
        (json!("s3:PutObject"), whole.clone(), true, vec!["photos/: write"], 0),
        (json!("s3:PutObject*"), whole.clone(), true, vec!["photos/: write"], 1),
        (
            json!(["s3:DeleteObject", "s3:DeleteObjectVersion"]),
            whole.clone(),
            false,
            vec!["photos/: delete"],
            0,
        ),
        // Write and delete together would take tags away as well.
        (
            json!([
                "s3:PutObject*",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
                "s3:DeleteObject",
                "s3:DeleteObjectVersion"
            ]),
            whole.clone(),
            false,
            vec!["photos/: write"],
            1,
        ),
        (
            json!([
                "s3:PutObject*",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
                "s3:DeleteObject*"
            ]),
            whole.clone(),
            false,
            vec!["photos/: write+delete"],
            2,
        ),
        // What was held, or how the bucket keeps versions, is read as well.
        (
            json!([
                "s3:GetObject",
                "s3:GetObjectAttributes",
                "s3:GetObjectTagging",
                "s3:GetObjectVersion*",
                "s3:ListBucket*",
                "s3:ListObjectAnnotations",
                "s3:GetObjectAnnotation"
            ]),
            whole.clone(),
            false,
            vec![],
            2,
        ),
        (
            json!("s3:DeleteObject"),
            json!("arn:aws:s3:::photos/raw/*"),
            true,
            vec!["photos/raw/: delete"],
            0,
        ),
        (json!("s3:DeleteObject"), json!("arn:aws:s3:::photos/raw*"), true, vec![], 1),
        (json!("s3:DeleteObject"), json!("arn:aws:s3:::photos/raw/x"), true, vec![], 1),
        (json!("s3:DeleteObject"), json!("arn:aws:s3:::photos/*/x/*"), true, vec![], 1),
        (
            json!("s3:DeleteObject"),
            json!("arn:aws:s3:::photos/${aws:username}/*"),
            true,
            vec!["photos/ada/: delete"],
            0,
        ),
        (json!("s3:DeleteObject"), json!("arn:aws:s3:::photos/${aws:userid}/*"), true, vec![], 1),
        (json!("s3:DeleteObject"), json!("arn:aws:s3:::photos*"), true, vec![], 1),
        (json!("s3:DeleteObject"), json!("arn:aws:s3:::*"), true, vec![], 1),
        (json!("s3:DeleteObject"), json!("*"), true, vec![], 1),
        (json!("s3:DeleteObject"), json!("arn:aws:s3:::*/x/*"), true, vec![], 1),
        (json!("s3:DeleteObject"), json!("arn:aws:sqs:eu-west-1:1:photos/*"), true, vec![], 1),
        (
            json!("s3:DeleteObject"),
            json!("arn:aws:s3:eu-west-1:1:accesspoint/x/object/*"),
            true,
            vec![],
            1,
        ),
        (json!("s3:DeleteObject"), json!("arn:aws:s3:*:*:accesspoint/x/object/*"), true, vec![], 1),
        (json!("s3:DeleteObject"), json!("photos/*"), true, vec![], 1),
        (
            json!("s3:DeleteObject"),
            json!("arn:aws-cn:s3:::photos/*"),
            true,
            vec!["photos/: delete"],
            0,
        ),
        (json!("s3:DeleteObject"), json!("arn:aws:s3:::photos/../*"), true, vec![], 1),
        (json!("s3:DeleteObject"), json!("arn:aws:s3:::Bad!Bucket/*"), true, vec![], 1),
        (json!("s3:DeleteObject"), json!("arn:aws:s3:::photos"), true, vec![], 0),
        (json!("s3:PutBucketPolicy"), whole.clone(), true, vec![], 1),
        (json!("s3:CreateBucket"), json!("*"), true, vec![], 2),
        (json!("ec2:*"), whole.clone(), true, vec![], 1),
        (json!("s3:Delete?bject"), whole.clone(), true, vec!["photos/: delete"], 1),
        (json!("s3:DeleteObject "), whole.clone(), true, vec![], 1),
        (json!("xs3:*"), whole.clone(), true, vec![], 1),
        (json!("s3:DeleteObject"), json!("arn:aws:sqs:x:s3:::photos/*"), true, vec![], 1),
        (
            json!("s3:DeleteObject"),
            json!("arn:aws:s3:*:*:photos/**"),
            true,
            vec!["photos/: delete"],
            0,
        ),
        (json!([]), whole.clone(), true, vec![], 1),
        (json!("s3:*"), json!([]), true, vec![], 1),
    ] {
        let (lines, told, _) = import(&allow(&actions, &resources), wider);
        assert_eq!(
            (lines, told),
            (expected.iter().map(ToString::to_string).collect(), lost),
            "{actions} on {resources}"
        );
    }
    let (_, _, wider) = import(&allow(&json!("s3:PutObject"), &whole), false);
    assert_eq!(wider, 1, "what write allows besides is told");
}

#[test]
fn statements_add_up_and_conditions_narrow() {
    let list = |below: &str| {
        json!({ "Effect": "Allow", "Action": "s3:List*", "Resource": "arn:aws:s3:::photos",
            "Condition": { "StringLike": { "s3:prefix": [below, below.trim_end_matches('*')] } } })
    };
    let get = |below: &str| {
        json!({ "Effect": "Allow", "Action": ["s3:Get*", "s3:ListObjectAnnotations"],
            "Resource": format!("arn:aws:s3:::photos/{below}") })
    };
    let lines = |statements: Value| import(&statements, false).0;
    assert_eq!(lines(json!([list("raw/*"), get("raw/*")])), ["photos/raw/: read"]);
    assert_eq!(lines(json!([list("raw/*"), get("*")])), ["photos/raw/: read"]);
    assert_eq!(lines(json!([list("raw/*"), get("clean/*")])), Vec::<String>::new());
    // A listing without a prefix is none that `*` allows: the condition asks for one.
    assert_eq!(lines(json!([list("*"), get("*")])), Vec::<String>::new());
    assert_eq!(lines(json!([list("raw*"), get("*")])), Vec::<String>::new());

    let timed = |condition: Value| {
        let statement = json!([{ "Effect": "Allow", "Action": "s3:*", "Resource": WHOLE,
            "Condition": condition }]);
        read(&policy(&statement), SubjectKind::Group, "crew", false).unwrap()
    };
    let day = |text: &str| Some(text.parse().unwrap());
    let imported = timed(json!({
        "DateGreaterThanEquals": { "aws:CurrentTime": "2026-01-01T00:00:00Z" },
        "DateLessThan": { "AWS:currenttime": ["2027-01-01T00:00:00Z"] },
    }));
    let [line] = imported.lines.as_slice() else { panic!("{imported:?}") };
    assert_eq!(
        (line.not_before, line.expires_at),
        (day("2026-01-01T00:00:00Z"), day("2027-01-01T00:00:00Z"))
    );
    assert_eq!((line.kind, line.subject.as_str()), (SubjectKind::Group, "crew"));
    let after = timed(json!({ "DateGreaterThan": { "aws:CurrentTime": "2026-01-01T00:00:00Z" } }));
    assert_eq!(after.lines[0].not_before, day("2026-01-01T00:00:00.000001Z"));
    for unknown in [
        json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } }),
        json!({ "Bool": { "aws:SecureTransport": "true" } }),
        json!({ "DateLessThan": { "aws:CurrentTime": "tomorrow" } }),
        json!({ "DateLessThan": { "aws:EpochTime": "soon" } }),
        json!({ "NumericLessThan": { "aws:CurrentTime": 1_800_000_000 } }),
        json!({ "StringLike": { "aws:CurrentTime": "2026-*" } }),
        json!({ "StringNotLike": { "s3:prefix": "raw/*" } }),
        json!({ "StringLike": { "s3:prefix": "raw/" } }),
        json!({ "StringLikeIfExist": { "s3:prefix": "raw/*" } }),
        json!({ "DateEquals": { "aws:CurrentTime": "2026-01-01T00:00:00Z" } }),
    ] {
        let imported = timed(unknown.clone());
        let told = imported.lost.len() + imported.wider.len();
        assert!(imported.lines.is_empty() && told > 0, "{unknown}: {imported:?}");
    }
}

#[test]
fn what_takes_away_or_is_no_policy_is_refused_whole() {
    let refused = |text: &str| read(text, SubjectKind::User, "ada", true).unwrap_err().to_string();
    let with = |extra: Value| {
        let mut statement = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": WHOLE });
        statement.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        policy(&json!([{ "Effect": "Allow", "Action": "s3:*", "Resource": WHOLE }, statement]))
    };
    assert!(refused(&with(json!({ "Effect": "Deny" }))).contains("statement 2 denies"));
    assert!(refused(&with(json!({ "Effect": "deny" }))).contains("statement 2 denies"));
    assert!(refused(&with(json!({ "effect": ["Deny"] }))).contains("statement 2 denies"));
    assert!(refused(&with(json!({ "Effect": { "x": "Deny" } }))).contains("statement 2 denies"));
    let nested = policy(&json!([
        { "Effect": "Allow", "Action": "s3:*", "Resource": WHOLE },
        [{ "Effect": "Deny", "Action": "s3:DeleteObject", "Resource": WHOLE }]
    ]));
    assert!(refused(&nested).contains("statement 2 denies"));
    assert!(refused(&with(json!({ "Effect": "Denied" }))).contains("statement 2, Effect"));
    assert!(refused(&with(json!({ "Principal": "*" }))).contains("Principal"));
    assert!(refused("{}").contains("no IAM policy"));
    for not in [json!({ "NotAction": "s3:Get*" }), json!({ "NotResource": "*" })] {
        let imported = read(&with(not), SubjectKind::User, "ada", true).unwrap();
        assert_eq!(imported.lines.len(), 1, "the first statement's");
        assert_eq!(imported.lost.len(), 2);
    }
}

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
                kind: SubjectKind::User,
                subject: "ada".to_owned(),
                permissions: all.into_iter().enumerate()
                    .filter(|(bit, _)| bits & (1 << bit) != 0)
                    .map(|(_, permission)| permission)
                    .collect(),
                not_before: from.and_then(at),
                expires_at: until.and_then(at),
                reason: None,
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

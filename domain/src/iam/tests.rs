mod forms;

use serde_json::{Value, json};

use super::*;
use crate::permissions::word;
use crate::{Subject, SubjectId};

/// The user with this name.
fn user(name: &str) -> Subject {
    Subject::User(SubjectId::parse(name).unwrap())
}

/// The group with this name.
fn group(name: &str) -> Subject {
    Subject::Group(SubjectId::parse(name).unwrap())
}

fn policy(statements: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// The import of a policy: lines `place: permissions`, the number of losses and that of excesses.
fn import(statements: &Value, accept_wider: bool) -> (Vec<String>, usize, usize) {
    let imported = read(&policy(statements), &user("ada"), None, accept_wider).unwrap();
    let lines = imported.grants.iter().map(|(key, state)| {
        let words: Vec<_> = state.permissions.iter().map(word).collect();
        format!("{}/{}: {}", key.bucket, key.prefix, words.join("+"))
    });
    (lines.collect(), imported.lost.len(), imported.wider.len())
}

fn allow(actions: &Value, resources: &Value) -> Value {
    json!([{ "Effect": "Allow", "Action": actions, "Resource": resources }])
}

const WHOLE: [&str; 2] = ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"];

#[test]
fn what_it_becomes_is_what_the_model_gives() {
    let statement = json!([{ "Effect": "Allow", "Action": "s3:*", "Resource": WHOLE }]);
    let text = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    read(&text, &user("ada"), None, false).unwrap();
    let refused = read(&text, &user("ad\u{200b}a"), None, false).unwrap_err().to_string();
    let told = "a grant of the policy is not valid: subject: it has the invisible character U+200B";
    assert_eq!(refused, told);
}

#[test]
fn a_policy_becomes_the_grants_that_allow_no_more_than_it_does() {
    let whole = json!(WHOLE);
    for (actions, resources, wider, expected, lost) in [
        (json!("s3:*"), whole.clone(), false, vec!["photos/: read+write+delete"], 1),
        (json!("*"), whole.clone(), false, vec!["photos/: read+write+delete"], 1),
        (json!("S3:*"), whole.clone(), false, vec!["photos/: read+write+delete"], 1),
        (json!(["s3:Get*", "s3:List*"]), whole.clone(), false, vec!["photos/: read"], 2),
        (json!(["s3:get*", "s3:list*"]), whole.clone(), false, vec!["photos/: read"], 2),
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
        (json!(["s3:ListBucket"]), whole.clone(), true, vec!["photos/: list"], 0),
        (json!(["s3:ListBucket"]), whole.clone(), false, vec![], 0),
        (json!("s3:ListBucketVersions"), whole.clone(), true, vec![], 1),
        (
            json!(["s3:List*", "s3:GetBucketVersioning"]),
            whole.clone(),
            false,
            vec!["photos/: list"],
            2,
        ),
        (
            json!(["s3:List*", "s3:GetBucketVersioning", "s3:DeleteObject*"]),
            whole.clone(),
            false,
            vec!["photos/: delete+list"],
            3,
        ),
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
        // Write and delete together would also allow deleting tags.
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
        // `read` also includes old versions and the bucket's versioning.
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
        (
            json!("s3:DeleteObject"),
            json!("arn:aws:s3:::photos/${aws:userid}/*"),
            true,
            vec!["photos/ada/: delete"],
            0,
        ),
        (
            json!("s3:DeleteObject"),
            json!("arn:aws:s3:::photos/${aws:PrincipalTag/team}/*"),
            true,
            vec![],
            1,
        ),
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
        json!({ "Effect": "Allow", "Action": ["s3:Get*", "s3:ListObjectAnnotations", "s3:ListMultipartUploadParts"],
            "Resource": format!("arn:aws:s3:::photos/{below}") })
    };
    let lines = |statements: Value| import(&statements, false).0;
    assert_eq!(lines(json!([list("raw/*"), get("raw/*")])), ["photos/raw/: read"]);
    assert_eq!(lines(json!([list("raw/*"), get("*")])), ["photos/raw/: read"]);
    assert_eq!(lines(json!([list("raw/*"), get("clean/*")])), Vec::<String>::new());
    // The condition requires a prefix: a listing without one does not match `*`.
    assert_eq!(lines(json!([list("*"), get("*")])), Vec::<String>::new());
    assert_eq!(lines(json!([list("raw*"), get("*")])), Vec::<String>::new());

    let timed = |condition: Value| {
        let statement = json!([{ "Effect": "Allow", "Action": "s3:*", "Resource": WHOLE,
            "Condition": condition }]);
        read(&policy(&statement), &group("crew"), None, false).unwrap()
    };
    let day = |text: &str| Some(text.parse().unwrap());
    let imported = timed(json!({
        "DateGreaterThanEquals": { "aws:CurrentTime": "2026-01-01T00:00:00Z" },
        "DateLessThan": { "AWS:currenttime": ["2027-01-01T00:00:00Z"] },
    }));
    let [(key, state)] = imported.grants.as_slice() else { panic!("{imported:?}") };
    assert_eq!(
        (state.not_before, state.expires_at),
        (day("2026-01-01T00:00:00Z"), day("2027-01-01T00:00:00Z"))
    );
    assert_eq!(key.subject, group("crew"));
    let after = timed(json!({ "DateGreaterThan": { "aws:CurrentTime": "2026-01-01T00:00:00Z" } }));
    assert_eq!(after.grants[0].1.not_before, day("2026-01-01T00:00:00.000001Z"));
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
        assert!(imported.grants.is_empty() && told > 0, "{unknown}: {imported:?}");
    }
}

#[test]
fn what_takes_away_or_is_no_policy_is_refused_whole() {
    let refused = |text: &str| read(text, &user("ada"), None, true).unwrap_err().to_string();
    let with = |extra: Value| {
        let mut statement = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": WHOLE });
        statement.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        policy(&json!([{ "Effect": "Allow", "Action": "s3:*", "Resource": WHOLE }, statement]))
    };
    assert!(refused(&with(json!({ "Effect": "Deny" }))).contains("statement 2 is a Deny"));
    assert!(refused(&with(json!({ "Effect": "deny" }))).contains("statement 2 is a Deny"));
    assert!(refused(&with(json!({ "effect": ["Deny"] }))).contains("statement 2 is a Deny"));
    assert!(refused(&with(json!({ "Effect": { "x": "Deny" } }))).contains("statement 2 is a Deny"));
    let nested = policy(&json!([
        { "Effect": "Allow", "Action": "s3:*", "Resource": WHOLE },
        [{ "Effect": "Deny", "Action": "s3:DeleteObject", "Resource": WHOLE }]
    ]));
    assert!(refused(&nested).contains("statement 2 is a Deny"));
    assert!(refused(&with(json!({ "Effect": "Denied" }))).contains("statement 2, Effect"));
    assert!(refused(&with(json!({ "Principal": "*" }))).contains("Principal"));
    assert!(refused("{}").contains("not an IAM policy"));
    for not in [json!({ "NotAction": "s3:Get*" }), json!({ "NotResource": "*" })] {
        let imported = read(&with(not), &user("ada"), None, true).unwrap();
        assert_eq!(imported.grants.len(), 1, "the first statement's");
        assert_eq!(imported.lost.len(), 2);
    }
}

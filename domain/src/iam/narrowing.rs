//! Property test: whatever conditions a policy has, the imported grants allow no more than the
//! policy does. An evaluator that shares no code with the import judges the policy.

mod evaluator;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use self::evaluator::{Drawn, DrawnRequest, Statement, allows};
use super::read;
use crate::{GrantKey, GrantState, Permission, Subject, SubjectId};

const BASE: i64 = 1_800_000_000;

use Permission::{Delete, List, Read, Write};

/// Actions on objects, each with the permissions that a user needs on the key.
const OBJECT_ACTIONS: [(&str, &[Permission]); 19] = [
    ("s3:GetObject", &[Read]),
    ("s3:GetObjectAnnotation", &[Read]),
    ("s3:GetObjectAttributes", &[Read]),
    ("s3:GetObjectLegalHold", &[Read]),
    ("s3:GetObjectRetention", &[Read]),
    ("s3:GetObjectTagging", &[Read]),
    ("s3:GetObjectVersion", &[Read]),
    ("s3:GetObjectVersionAttributes", &[Read]),
    ("s3:GetObjectVersionTagging", &[Read]),
    ("s3:ListObjectAnnotations", &[Read]),
    ("s3:PutObject", &[Write]),
    ("s3:AbortMultipartUpload", &[Write]),
    ("s3:PutObjectAnnotation", &[Write]),
    ("s3:PutObjectTagging", &[Write]),
    ("s3:DeleteObject", &[Delete]),
    ("s3:DeleteObjectVersion", &[Delete]),
    ("s3:DeleteObjectTagging", &[Write, Delete]),
    ("s3:DeleteObjectVersionTagging", &[Write, Delete]),
    ("s3:DeleteObjectAnnotation", &[Write, Delete]),
];
/// The one action on objects that either of two permissions is enough for.
const PARTS: &str = "s3:ListMultipartUploadParts";
const LISTINGS: [&str; 3] =
    ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"];
/// An action on the whole bucket that needs a grant without a prefix.
const WHOLE: &str = "s3:GetBucketVersioning";
const PREFIXES: [&str; 6] = ["", "raw", "raw/", "raw/x/", "raw/x/y", "clean/"];
const KEYS: [&str; 5] = ["k", "raw/k", "raw/x/k", "raw/a*/k", "clean/k"];

fn ada() -> Subject {
    Subject::User(SubjectId::parse("ada").unwrap())
}

/// Whether the grants allow the request.
fn granted(grants: &[(GrantKey, GrantState)], asked: DrawnRequest) -> bool {
    let needed = OBJECT_ACTIONS.iter().find(|(action, _)| *action == asked.action);
    let needed = needed.map_or(&[List][..], |(_, permissions)| permissions);
    let place = asked.key.or(asked.prefix).unwrap_or_default();
    let now = asked.at * 1_000_000;
    let gives = |(key, state): &&(GrantKey, GrantState)| {
        key.bucket.as_str() == asked.bucket
            && place.starts_with(key.prefix.as_str())
            && state.not_before.is_none_or(|from| from.timestamp_micros() <= now)
            && state.expires_at.is_none_or(|until| now < until.timestamp_micros())
    };
    let has = |one| grants.iter().filter(gives).any(|(_, state)| state.permissions.contains(one));
    if asked.action == PARTS { has(Write) || has(List) } else { needed.iter().copied().all(has) }
}

fn requests() -> Vec<DrawnRequest> {
    let mut requests = Vec::new();
    for bucket in ["lake", "pond"] {
        for at in (0..7).map(|day| BASE + day * 86_400).flat_map(|day| [day - 1, day, day + 1]) {
            for action in OBJECT_ACTIONS.map(|(action, _)| action).into_iter().chain([PARTS]) {
                requests.extend(KEYS.map(|key| DrawnRequest {
                    action,
                    bucket,
                    key: Some(key),
                    prefix: None,
                    at,
                }));
            }
            requests.push(DrawnRequest { action: WHOLE, bucket, key: None, prefix: None, at });
            for action in LISTINGS {
                let with = PREFIXES.map(Some).into_iter().chain([None]);
                requests.extend(with.map(|prefix| DrawnRequest {
                    action,
                    bucket,
                    key: None,
                    prefix,
                    at,
                }));
            }
        }
    }
    requests
}

fn instant() -> impl Strategy<Value = Value> {
    (0_i64..7, 0_u8..3).prop_map(|(day, form)| {
        let at = BASE + day * 86_400;
        let text = chrono::DateTime::from_timestamp(at, 0).unwrap().to_rfc3339();
        match form {
            0 => json!(text),
            1 => json!(at),
            _ => json!(at.to_string()),
        }
    })
}

fn condition() -> impl Strategy<Value = Drawn> {
    let times = select(vec![
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
        "DateNotEquals",
        "DateEquals",
        "DateLessThanIfExists",
        "ForAllValues:DateLessThan",
        "ForAnyValue:DateGreaterThanEquals",
    ]);
    let keys =
        select(vec!["aws:CurrentTime", "aws:currentTime", "AWS:CURRENTTIME", "aws:EpochTime"]);
    let time = (times, keys, prop::collection::vec(instant(), 1..3))
        .prop_map(|(operator, key, values)| Drawn { operator, key, values });
    let numeric = (select(vec!["NumericLessThan", "NumericGreaterThan"]), 0_i64..7).prop_map(
        |(operator, day)| {
            let values = vec![json!(BASE + day * 86_400)];
            Drawn { operator, key: "aws:epochtime", values }
        },
    );
    let operators = select(vec![
        "StringLike",
        "StringLike",
        "StringEquals",
        "StringEqualsIgnoreCase",
        "StringNotLike",
        "StringLikeIfExists",
        "ForAllValues:StringLike",
        "ForAnyValue:StringLike",
    ]);
    let patterns = vec![
        "*", "raw*", "raw/*", "raw/x/*", "raw/", "raw", "", "clean/*", "RAW/", "r?w/*", "*/x/*",
    ];
    let keys = select(vec!["s3:prefix", "S3:Prefix", "s3:PREFIX"]);
    let prefix =
        (operators, keys, subsequence(patterns, 1..4)).prop_map(|(operator, key, values)| Drawn {
            operator,
            key,
            values: values.into_iter().map(|text| json!(text)).collect(),
        });
    let null = (select(vec!["s3:prefix", "aws:CurrentTime"]), any::<bool>(), any::<bool>());
    let null = null.prop_map(|(key, is, text)| {
        let values = vec![if text { json!(is.to_string()) } else { json!(is) }];
        Drawn { operator: "Null", key, values }
    });
    let other = select(vec![("Bool", "aws:SecureTransport"), ("StringEquals", "s3:delimiter")]);
    let other =
        other.prop_map(|(operator, key)| Drawn { operator, key, values: vec![json!(true)] });
    prop_oneof![6 => time, 2 => numeric, 4 => prefix, 1 => null, 1 => other]
}

fn statement() -> impl Strategy<Value = Statement> {
    let actions = vec![
        "s3:*",
        "s3:Get*",
        "s3:List*",
        "S3:listbucket*",
        "s3:PutObject",
        "s3:PutObject*",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
        "s3:DeleteObject*",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:GetObject*",
        "s3:GetObject",
        "*",
    ];
    let resources = vec![
        "arn:aws:s3:::lake",
        "arn:aws:s3:::lake/*",
        "arn:aws:s3:::lake/raw/*",
        "arn:aws:s3:::lake/raw/x/*",
        "arn:aws:s3:::lake/raw/a*",
        "arn:aws:s3:::pond",
        "arn:aws:s3:::pond/*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::lake/*/k",
    ];
    let conditions = prop::collection::vec(condition(), 0..4);
    (subsequence(actions, 1..6), subsequence(resources, 1..5), conditions)
        .prop_map(|(actions, resources, conditions)| Statement { actions, resources, conditions })
}

/// Writes the policy as text, member by member, because JSON values cannot hold duplicate keys.
fn written(statements: &[Statement]) -> String {
    let statements: Vec<String> = statements.iter().map(|statement| {
        let head = json!({ "Effect": "Allow", "Action": statement.actions, "Resource": statement.resources });
        let conditions: Vec<String> = statement.conditions.iter().map(|one| {
            let values = match one.values.as_slice() {
                [only] => only.clone(),
                many => json!(many),
            };
            let keys = Map::from_iter([(one.key.to_owned(), values)]);
            format!("{}:{}", json!(one.operator), Value::Object(keys))
        }).collect();
        let head = head.to_string();
        let open = head.strip_suffix('}').unwrap();
        format!("{open},\"Condition\":{{{}}}}}", conditions.join(","))
    }).collect();
    format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{}]}}", statements.join(","))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn whatever_conditions_say_grants_allow_no_more_than_the_policy(
        statements in prop::collection::vec(statement(), 1..4)
    ) {
        let text = written(&statements);
        let imported = read(&text, &ada(), None, false).unwrap();
        let places: std::collections::BTreeSet<_> =
            imported.grants.iter().map(|(key, _)| (&key.bucket, &key.prefix)).collect();
        prop_assert_eq!(places.len(), imported.grants.len(), "one grant on a prefix");
        for asked in requests() {
            prop_assert!(
                !granted(&imported.grants, asked) || allows(&statements, asked),
                "{:?} of {}\n{:?}", asked, text, imported
            );
        }
    }
}

/// Fixed cases that do import grants: they show that the property above is not vacuous.
#[test]
fn several_conditions_are_their_intersection() {
    let whole = vec!["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"];
    let held = |conditions: Value| {
        let statement = json!([{ "Effect": "Allow", "Action": "s3:*", "Resource": whole, "Condition": conditions }]);
        let text = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
        let imported = read(&text, &ada(), None, false).unwrap();
        let line = |(key, state): &(GrantKey, GrantState)| {
            let day = |at: Option<chrono::DateTime<chrono::Utc>>| {
                at.map_or_else(|| "-".to_owned(), |at| at.format("%F").to_string())
            };
            let permissions = state.permissions.iter().count();
            let (from, until) = (day(state.not_before), day(state.expires_at));
            format!("{} {permissions} {from} {until}", key.prefix)
        };
        imported.grants.iter().map(line).collect::<Vec<_>>()
    };
    for (conditions, expected) in [
        (
            json!({ "DateLessThan": { "aws:CurrentTime": "2026-12-01", "aws:currentTime": "2031-01-01" } }),
            vec![" 3 - 2026-12-01"],
        ),
        (
            json!({ "DateLessThan": { "aws:CurrentTime": "2026-12-01T00:00:00Z" }, "DateLessThanEquals": { "aws:CurrentTime": "2030-01-01T00:00:00Z" } }),
            vec![" 3 - 2026-12-01"],
        ),
        (
            json!({ "DateLessThan": { "aws:CurrentTime": ["2026-12-01", "2028-01-01"] } }),
            vec![" 3 - 2028-01-01"],
        ),
        (
            json!({ "DateGreaterThanEquals": { "aws:CurrentTime": ["2026-12-01", "2028-01-01"], "aws:EpochTime": 1_830_297_600 } }),
            vec![" 3 2028-01-01 -"],
        ),
        (
            json!({ "NumericLessThan": { "aws:EpochTime": "1830297600" }, "DateLessThan": { "AWS:CURRENTTIME": "2027" } }),
            vec![" 3 - 2027-01-01"],
        ),
        (
            json!({ "DateLessThanIfExists": { "aws:CurrentTime": "2027-01" } }),
            vec![" 3 - 2027-01-01"],
        ),
        // Numeric comparisons accept no dates, and read a year as a number of seconds.
        (json!({ "NumericLessThan": { "aws:EpochTime": "2027-12-31" } }), vec![]),
        (json!({ "NumericLessThan": { "aws:EpochTime": "2027" } }), vec![" 3 - 1970-01-01"]),
        (json!({ "DateGreaterThan": { "aws:CurrentTime": 2027 } }), vec![]),
        (json!({ "DateGreaterThan": { "aws:CurrentTime": 20_270_131 } }), vec![]),
        (json!({ "Null": { "aws:CurrentTime": false } }), vec![" 3 - -"]),
        (json!({ "Null": { "s3:prefix": "true" } }), vec![" 2 - -"]),
        (
            json!({ "DateGreaterThan": { "aws:CurrentTime": "2027" }, "DateLessThan": { "aws:CurrentTime": "2026" } }),
            vec![],
        ),
        (
            json!({ "StringLikeIfExists": { "s3:prefix": ["raw/*", "clean/*"], "S3:PREFIX": "raw/x/*" } }),
            vec![" 2 - -", "raw/x/ 3 - -"],
        ),
        (
            json!({ "StringLikeIfExists": { "s3:prefix": "raw/*" }, "ForAllValues:StringLike": { "s3:prefix": "raw*" } }),
            vec![" 2 - -", "raw/ 3 - -"],
        ),
    ] {
        assert_eq!(held(conditions.clone()), expected, "{conditions}");
    }
}

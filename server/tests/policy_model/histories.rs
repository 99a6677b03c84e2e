//! 2,000 random sequences of commands, run on both databases: every answer must be the same.

use std::fmt::Write as _;

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::effort::effort;
use crate::generate::Dice;
use crate::harness::{Actor, Kind, Setup, TestApp, TestResponse};

const SEQUENCES: usize = 2_000;
const COMMANDS: usize = 10;
/// The number of sequences in one bucket, one after another.
const IN_A_BUCKET: usize = 10;

/// A request, or a change of the clock.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    Ask {
        as_user: Option<&'static str>,
        method: Method,
        path: String,
        body: Option<Value>,
        headers: Vec<(&'static str, String)>,
    },
    Import(String),
    Wait(i64),
}

pub(crate) const USERS: [&str; 4] = ["ada", "Ada", "bob", "ad\u{e4}"];
pub(crate) const PREFIXES: [&str; 3] = ["", "a/", "a/b/"];
const SETS: [&[&str]; 6] = [
    &["read"],
    &["admin"],
    &["read", "write"],
    &["delete"],
    &["read", "admin"],
    &["write", "delete"],
];

impl Command {
    pub(crate) fn roll(dice: &mut Dice, bucket: &str, revision: i64) -> Self {
        let (user, prefix) = (*dice.one(&USERS), *dice.one(&PREFIXES));
        let as_user = dice.chance(3).then(|| *dice.one(&USERS));
        let set = *dice.one(&SETS);
        let end = |dice: &mut Dice| {
            dice.chance(3).then(|| format!("2027-01-15T0{}:30:00Z", dice.roll(10)))
        };
        let grants = format!("/v1/buckets/{bucket}/grants");
        let mut name = String::new();
        for byte in user.bytes() {
            write!(name, "%{byte:02X}").unwrap();
        }
        let at = if dice.chance(4) {
            format!("prefix={prefix}%24%7Buser%7D/&prefix_kind=template")
        } else {
            format!("prefix={prefix}")
        };
        let force = if as_user.is_none() && dice.chance(4) { "&force=true" } else { "" };
        let ask =
            |method, path, body| Self::Ask { as_user, method, path, body, headers: Vec::new() };
        match dice.roll(16) {
            0..=3 => {
                let headers = match dice.roll(4) {
                    0 => vec![("if-none-match", "*".to_owned())],
                    1 => vec![(
                        "if-match",
                        format!("\"r{}\"", revision - i64::try_from(dice.roll(3)).unwrap()),
                    )],
                    _ => Vec::new(),
                };
                let body = json!({ "permissions": set, "expires_at": end(dice) });
                let path = format!("{grants}/{name}?{at}{force}");
                Self::Ask { as_user, method: Method::PUT, path, body: Some(body), headers }
            }
            4 | 5 => ask(Method::DELETE, format!("{grants}/{name}?{at}{force}"), None),
            6 | 7 => {
                let changes: Vec<Value> = (0..=dice.roll(3))
                    .map(|number| {
                        let put = (!dice.chance(3)).then(|| json!({ "permissions": dice.one(&SETS) }));
                        let at = dice.chance(4).then(|| revision - 1);
                        json!({ "subject": USERS[number], "prefix": prefix, "put": put, "if_revision": at })
                    })
                    .collect();
                let dry = if dice.chance(2) { "true" } else { "false" };
                let path = format!("{grants}?dry_run={dry}{force}");
                ask(Method::PATCH, path, Some(json!({ "changes": changes })))
            }
            8 => {
                let body = json!({ "expires_at": end(dice) });
                ask(Method::PUT, format!("/v1/groups/crew/members/{name}"), Some(body))
            }
            9 => ask(Method::DELETE, format!("/v1/groups/crew/members/{name}"), None),
            10 => {
                let body = json!({ "permissions": set });
                let kind = *dice.one(&["group", "token_group"]);
                ask(Method::PUT, format!("{grants}/crew?kind={kind}&{at}"), Some(body))
            }
            11 => {
                let public: &[&str] = if dice.chance(2) { &["read"] } else { &[] };
                let labels = json!({ "n": dice.roll(3).to_string() });
                let body = json!({ "public_permissions": public, "labels": labels });
                ask(Method::PATCH, format!("/v1/buckets/{bucket}"), Some(body))
            }
            12 => ask(
                Method::DELETE,
                format!("/v1/users/{name}/grants?dry_run={}", dice.chance(2)),
                None,
            ),
            13 => {
                let line = json!({ "bucket": bucket, "prefix": prefix, "subject": user, "permissions": set });
                let other = json!({ "bucket": bucket, "prefix": "c/", "subject": "x", "permissions": ["read"] });
                Self::Import(format!("{line}\n{other}"))
            }
            14 => Self::Wait(dice.roll(90).try_into().unwrap()),
            _ => {
                let action = *dice.one(&["read", "list", "write", "admin", "s3:DeleteObject"]);
                let body =
                    json!({ "action": action, "bucket": bucket, "key": format!("{prefix}x") });
                ask(Method::POST, "/v1/check".to_owned(), Some(body))
            }
        }
    }

    pub(crate) async fn run(&self, app: &TestApp) -> Option<TestResponse> {
        match self {
            Self::Wait(minutes) => {
                app.clock.advance(TimeDelta::minutes(*minutes));
                None
            }
            Self::Import(text) => {
                let root = app.root();
                let request = root.request(Method::POST, "/v1/grants/import");
                let request = request.header("content-type", "application/x-ndjson");
                Some(root.send(request.body(text.clone())).await)
            }
            Self::Ask { as_user, method, path, body, headers } => {
                let actor = as_user.map_or_else(|| app.root(), |user| app.user(user));
                let mut request = actor.request(method.clone(), path);
                for (name, value) in headers {
                    request = request.header(*name, value);
                }
                if let Some(body) = body {
                    request = request.json(body);
                }
                Some(actor.send(request).await)
            }
        }
    }
}

/// The part of an answer that must be equal: without random values.
fn alike(answer: &TestResponse) -> (u16, String, Value) {
    let mut body: Value = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
    strip(&mut body);
    (answer.status, answer.header("etag").to_owned(), body)
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for random in
                ["revision", "request_id", "granted_by", "next_page_token", "hash", "actor"]
            {
                fields.remove(random);
            }
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

/// All that can be read about a bucket, page by page.
async fn look(root: &Actor, bucket: &str) -> Vec<(u16, String, Value)> {
    let mut seen = Vec::new();
    for path in [
        format!("/v1/buckets/{bucket}"),
        format!("/v1/buckets/{bucket}/grants?page_size=1000"),
        format!("/v1/buckets/{bucket}/access"),
        "/v1/groups/crew/members".to_owned(),
        "/v1/users".to_owned(),
    ] {
        seen.push(alike(&root.get(&path).await));
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn histories_are_the_same_on_both_databases() {
    let kinds = crate::harness::database::kinds();
    let [Kind::Sqlite, Kind::Postgres] = kinds else { return };
    let (one, other) = tokio::join!(
        TestApp::start(kinds[0], Setup::Usual),
        TestApp::start(kinds[1], Setup::Usual)
    );
    let mut dice = Dice::seeded(2_000);
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    let mut bucket = String::new();
    for number in 0..effort(SEQUENCES) {
        if number % IN_A_BUCKET == 0 {
            bucket = format!("bucket-{number}");
            tokio::join!(one.register(&bucket), other.register(&bucket));
        }
        // A listing that begins before a change and ends after it shows the state before.
        let first = format!("/v1/buckets/{bucket}/grants?page_size=2");
        let begun = tokio::join!(async { one.root().get(&first).await }, async {
            other.root().get(&first).await
        });
        let head = begun.0.header("revision").to_owned();
        let revision = sail_cargo_server::domain::Revision::parse(&head).unwrap().number();
        let before = tokio::join!(whole(&one, &bucket), whole(&other, &bucket));
        for _ in 0..COMMANDS {
            let command = Command::roll(&mut dice, &bucket, revision + 1);
            let (said, answered) = tokio::join!(command.run(&one), command.run(&other));
            if let (Some(said), Some(answered)) = (&said, &answered) {
                *statuses.entry(said.status).or_default() += 1;
                assert_eq!(alike(said), alike(answered), "sequence {number}: {command:?}");
                assert!(said.status < 500, "{command:?}: {}", said.body);
            }
        }
        let (root, twin) = (one.root(), other.root());
        let seen = tokio::join!(look(&root, &bucket), look(&twin, &bucket));
        assert_eq!(seen.0, seen.1, "sequence {number}");
        for (app, begun, before) in [(&one, &begun.0, before.0), (&other, &begun.1, before.1)] {
            assert_eq!(finished(app, begun, &bucket).await, before, "sequence {number}");
        }
    }
    for status in [200, 204, 403, 404, 409, 412] {
        assert!(statuses.get(&status).is_some_and(|count| *count > effort(100)), "{statuses:?}");
    }
    tokio::join!(one.stop(), other.stop());
}

async fn whole(app: &TestApp, bucket: &str) -> Vec<Value> {
    let path = format!("/v1/buckets/{bucket}/grants?page_size=1000");
    app.root().get(&path).await.json()["items"].as_array().unwrap().clone()
}

/// The listing that `first` began, to its end.
async fn finished(app: &TestApp, first: &TestResponse, bucket: &str) -> Vec<Value> {
    let mut page = first.json();
    let mut items = page["items"].as_array().unwrap().clone();
    while let Some(token) = page["next_page_token"].as_str() {
        let path = format!("/v1/buckets/{bucket}/grants?page_size=2&page_token={token}");
        page = app.root().get(&path).await.json();
        items.extend(page["items"].as_array().unwrap().clone());
    }
    items
}

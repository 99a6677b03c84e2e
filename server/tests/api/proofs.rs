//! Every combination of credentials: the answer, and the audit event.

use chrono::TimeDelta;
use sail_cargo_client::protocol::{Actor as Part, AuditEvent, AuditQuery, Whoami};

use crate::harness::{Actor, KEYS, Proof, TestApp, eventually, on_both};
use crate::strangers::with_another_secret;

/// Each line: API key and token, then the caller or the refusal's code, without `X-Project` and
/// with each of [`PROJECTS`]; or one answer if all are the same.
const ANSWERS: &str = "\
-, -: 401 missing_credentials
-, token: user ada in sail | user ada in sail | 401 project_mismatch | 401 project_mismatch
-, bad: 401 malformed_token
key, -: root in sail | root in sail | 401 project_mismatch | 401 project_mismatch
key, token: user ada in sail by key | user ada in sail by key | 401 project_mismatch | 401 project_mismatch
key, bad: 401 malformed_token
other's, -: root in other | 401 project_mismatch | root in other | 401 project_mismatch
other's, token: 401 project_mismatch
other's, bad: 401 malformed_token
wrong, -: 401 invalid_api_key
wrong, token: 401 invalid_api_key
wrong, bad: 401 invalid_api_key
odd, -: 401 invalid_api_key
odd, token: 401 invalid_api_key
odd, bad: 401 invalid_api_key
operator, -: operator operator | operator operator in sail | operator operator in other | 401 unknown_project
operator, token: 401 operator_with_token
operator, bad: 401 operator_with_token
no operator, -: 401 invalid_api_key
no operator, token: 401 invalid_api_key
no operator, bad: 401 invalid_api_key
";

const PROJECTS: [Option<&str>; 4] = [None, Some("sail"), Some("other"), Some("nowhere")];

/// Each line: how often, the reason, the refused credential, and the valid key beside it.
const RECORD: &str = "\
1 unknown_project: operator:?, -
12 key_malformed: key:?, -
12 key_secret_wrong: key:ROOT, -
12 operator_key_unknown: operator:?, -
2 project_mismatch: key:OTHER, -
2 project_mismatch: key:ROOT, -
2 project_mismatch: token, -
2 project_mismatch: token, ROOT
4 malformed_token: token, -
4 malformed_token: token, OTHER
4 malformed_token: token, ROOT
4 missing_credentials: nothing, -
4 project_mismatch: token, OTHER
8 operator_with_token: operator:?, -
";

/// The API keys by their names in the table.
async fn keys(app: &TestApp) -> [(&'static str, Option<String>); 7] {
    let other = app.make_neighbour("other").await;
    let wrong = with_another_secret(&app.secrets.root_key);
    [
        ("-", None),
        ("key", Some(app.secrets.root_key.clone())),
        ("other's", Some(other)),
        ("wrong", Some(wrong)),
        ("odd", Some("odd".to_owned())),
        ("operator", Some(app.secrets.operator_key.clone())),
        ("no operator", Some(format!("cgop_{}", "x".repeat(32)))),
    ]
}

async fn answer(actor: &Actor) -> String {
    let answer = actor.get("/v1/whoami").await;
    if answer.status != 200 {
        return format!("{} {}", answer.status, answer.problem().code);
    }
    let whoami: Whoami = answer.ok();
    let part = match whoami.actor {
        Part::User => format!("user {}", whoami.id),
        Part::Root => "root".to_owned(),
        Part::Operator => format!("operator {}", whoami.id),
    };
    let project = whoami.project.map(|slug| format!(" in {slug}")).unwrap_or_default();
    let via = whoami.via_key.map(|_| " by key").unwrap_or_default();
    format!("{part}{project}{via}")
}

/// A failure without the parts that vary between runs.
fn line(event: &AuditEvent, root: &str, other: &str) -> String {
    let named = |text: &str| text.replace(&root[10..22], "ROOT").replace(&other[10..22], "OTHER");
    let shown = named(event.key.as_deref().unwrap_or("-"));
    let via = named(event.via_key.as_deref().unwrap_or("-"));
    format!("{} {}: {shown}, {via}\n", event.count.unwrap_or(1), event.reason)
}

async fn failures(actors: &[&Actor]) -> Vec<AuditEvent> {
    let query = AuditQuery { action: Some("authenticate".to_owned()), ..AuditQuery::default() };
    let mut events = Vec::new();
    for actor in actors {
        events.extend(actor.cargo.audit_events(&query).await.unwrap().items);
    }
    events
}

#[tokio::test]
async fn every_combination_of_proofs_has_one_answer_and_one_record() {
    on_both(async |app| {
        let keys = keys(app).await;
        let good = app.token("ada").signed_by(&KEYS[0]);
        let tokens = [("-", None), ("token", Some(good)), ("bad", Some("a.b.c".to_owned()))];
        let mut answers = Vec::new();
        let mut refused = 0;
        for (key_name, key) in &keys {
            for (token_name, token) in &tokens {
                let mut row = Vec::new();
                for project in PROJECTS {
                    let project = project.map(ToOwned::to_owned);
                    let proof = Proof { token: token.clone(), key: key.clone(), project };
                    row.push(answer(&app.actor(&proof)).await);
                }
                refused += row.iter().filter(|answer| answer.starts_with("401")).count() as u64;
                if row.iter().all(|answer| *answer == row[0]) {
                    row.truncate(1);
                }
                answers.push(format!("{key_name}, {token_name}: {}\n", row.join(" | ")));
            }
        }
        assert_eq!(answers.concat(), ANSWERS);

        let (root, other) = (keys[1].1.clone().unwrap(), keys[2].1.clone().unwrap());
        let who = [&app.root(), &app.with_key(&other), &app.operator()];
        app.clock.advance(TimeDelta::minutes(1));
        eventually("all are on record", async || {
            let counts = failures(&who).await;
            counts.iter().map(|event| event.count.unwrap_or(1)).sum::<u64>() >= refused
        })
        .await;
        let mut record: Vec<_> =
            failures(&who).await.iter().map(|event| line(event, &root, &other)).collect();
        record.sort();
        assert_eq!(record.concat(), RECORD);
    })
    .await;
}

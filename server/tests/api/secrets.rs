//! Secrets appear only where they must: not in other answers, logs, audit events or files.

use reqwest::Method;
use sail_cargo_client::protocol::{CreatedAccessKey, Permission, Scope};
use serde_json::json;

use crate::harness::{
    KEYS, Proof, S3, Setup, TestApp, TestResponse, eventually, logs, on_both, on_both_with,
};

/// A text that must not be found, with a name for it.
type Secret = (&'static str, String);

/// The signature of a token, which makes it usable.
fn signature_of(token: &str) -> String {
    token.rsplit('.').next().unwrap().to_owned()
}

/// Uses most routes. Returns the answers, and the secrets that occurred.
async fn a_day_at_work(app: &TestApp) -> (Vec<TestResponse>, Vec<Secret>) {
    app.register("photos").await;
    app.grant("photos", "ada", &[Permission::Read]).await;
    let made = app.key([Scope::Sign, Scope::GrantsRead]).await;
    let access = json!({ "user": "ada", "name": "laptop" });
    let access: CreatedAccessKey = app.root().post("/v1/access-keys", &access).await.ok();
    let access_path = format!("/v1/access-keys/{}", access.stored.access_key_id);
    let token = app.token("ada").signed_by(&KEYS[0]);
    let expired = app.token("ada").claim("exp", 1).signed_by(&KEYS[0]);
    let both = Proof { token: Some(token.clone()), key: Some(made.key.clone()), project: None };
    let (ada, get) = (app.with_token(&token), S3::new("GET", "/photos/x"));
    let signature = "5167ca7e".repeat(8);
    let leaky = S3::new("GET", &format!("/photos/x?X-Amz-Signature={signature}"))
        .header("authorization", &format!("AWS4-HMAC-SHA256 Signature={signature}"));
    let signed = ada.signed(&get).await.headers["authorization"].clone();
    let answers = vec![
        ada.sign(&S3::new("PUT", "/photos/x")).await,
        ada.sign(&leaky).await,
        ada.get("/v1/whoami").await,
        ada.get("/v1/permissions").await,
        app.actor(&both).get("/v1/whoami").await,
        app.with_key(&made.key).get("/v1/buckets").await,
        app.with_token(&expired).get("/v1/whoami").await,
        app.with_key(&format!("{}x", made.key)).get("/v1/whoami").await,
        app.anon().get(&format!("/v1/whoami?key={}", made.key)).await,
        app.anon().get(&format!("/{token}")).await,
        app.root().get("/v1/api-keys").await,
        app.root().get("/v1/access-keys").await,
        app.root().get(&access_path).await,
        app.root().get("/v1/changes").await,
        app.with_key(access.secret.expose()).get("/v1/whoami").await,
        app.root().get("/v1/audit-events").await,
        app.root().get("/v1/buckets/photos/grants").await,
        app.operator().put("/v1/stores/main?no_probe=true", &app.store()).await,
        app.operator().get("/v1/stores/main").await,
        app.operator()
            .put("/v1/stores/main", &json!({ "secret_access_key": app.secrets.store }))
            .await,
        app.operator().get("/v1/projects").await,
        app.root().delete(&format!("/v1/api-keys/{}", made.stored.id)).await,
        app.anon().get("/readyz").await,
    ];
    let secret_half = |key: &str| key.rsplit('_').next().unwrap().to_owned();
    let secrets = vec![
        ("the store's secret", app.secrets.store.clone()),
        ("the master key", app.secrets.master_key.clone()),
        ("the operator key", app.secrets.operator_key.clone()),
        ("root's key", secret_half(&app.secrets.root_key)),
        ("the new key", secret_half(&made.key)),
        ("the access key's secret", access.secret.expose().to_owned()),
        ("ada's token", signature_of(&token)),
        ("the expired token", signature_of(&expired)),
        ("a signature that was given", signed.rsplit('=').next().unwrap().to_owned()),
        ("a signature that came in", signature),
    ];
    assert!(secrets.iter().all(|(what, text)| text.len() > 20 || panic!("{what}")));
    (answers, secrets)
}

#[tokio::test]
async fn no_answer_holds_a_secret_but_the_one_it_is_meant_for() {
    on_both(async |app| {
        let (answers, secrets) = a_day_at_work(app).await;
        for answer in &answers {
            let text = format!("{}\n{:?}", answer.body, answer.headers);
            for (what, secret) in &secrets {
                assert!(!text.contains(secret), "{what} in {text}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn no_metric_holds_a_secret_or_a_name() {
    on_both_with(Setup::Ops, async |app| {
        let (_, secrets) = a_day_at_work(app).await;
        let metrics = app.ops(Method::GET, "/metrics").await.body;
        assert!(metrics.contains("reason=\"ok\""), "{metrics}");
        for (what, secret) in &secrets {
            assert!(!metrics.contains(secret.as_str()), "{what} in {metrics}");
        }
        for name in ["photos", "ada", "sail\"", "/photos/x", "127.0.0.1", "s3.local"] {
            assert!(!metrics.contains(name), "{name} in {metrics}");
        }
    })
    .await;
}

#[tokio::test]
async fn no_log_line_holds_a_secret() {
    on_both(async |app| {
        let (answers, secrets) = a_day_at_work(app).await;
        let lines_of = |answer: &TestResponse| {
            logs::lines_with(&format!("request_id={}", answer.header("x-request-id")))
        };
        // A line is written after its answer is sent.
        let written = async || answers.iter().all(|answer| !lines_of(answer).is_empty());
        eventually("every answer has its line", written).await;
        for (what, secret) in secrets {
            assert_eq!(logs::lines_with(&secret), Vec::<String>::new(), "{what}");
        }
        for answer in &answers {
            let lines = lines_of(answer);
            assert_eq!(lines.len(), 1, "one line an answer, and it can be found: {lines:?}");
            assert!(lines[0].contains(&format!("status={}", answer.status)), "{lines:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_database_holds_no_secret_in_the_clear() {
    on_both(async |app| {
        let (_, secrets) = a_day_at_work(app).await;
        let dump = app.database.dump();
        let holds = |text: &str| dump.windows(text.len()).any(|bytes| bytes == text.as_bytes());
        let stored = |text: &str| holds(text) || holds(&hex::encode(text));
        assert!(stored("AKIACARGO") && stored("grant.put") && stored("subject_kind"), "is read");
        for (what, secret) in secrets {
            assert!(!stored(&secret), "{what}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_printed_for_developers_holds_no_secret() {
    on_both(async |app| {
        let made = app.key([Scope::Sign]).await;
        app.register("photos").await;
        let signed = app.root().signed(&S3::new("GET", "/photos/x")).await;
        let printed = format!("{made:?} {signed:?} {:?} {:?}", app.store(), app.root().cargo);
        let signature = signed.headers["authorization"].rsplit('=').next().unwrap();
        for secret in [made.key.as_str(), signature, &app.secrets.store, &app.secrets.root_key] {
            assert!(!printed.contains(secret), "{printed}");
        }
    })
    .await;
}

//! Failed authentications: on record once per minute and kind, for the project they concern.

use chrono::TimeDelta;
use diesel::deserialize::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use sail_cargo_client::protocol::{AuditEvent, AuditQuery, Outcome, Scope};
use sail_cargo_database::testing::diesel;
use sail_cargo_server::domain::PresentedKey;

use crate::credentials::HeldBack;
use crate::harness::{
    Actor, KEYS, Proof, S3, Setup, TestApp, TestDatabase, database, eventually, logs, on_both,
    on_both_with,
};

/// The events of failed authentications, sorted by reason.
async fn failures(actor: &Actor) -> Vec<AuditEvent> {
    let query = AuditQuery { action: Some("authenticate".to_owned()), ..AuditQuery::default() };
    let mut events = actor.cargo.audit_events(&query).await.unwrap().items;
    events.sort_by(|a, b| a.reason.cmp(&b.reason));
    events
}

/// Ends the minute, and waits until `count` events are on record.
async fn after_a_minute(app: &TestApp, actor: &Actor, count: usize) -> Vec<AuditEvent> {
    app.clock.advance(TimeDelta::minutes(1));
    eventually("they are on record", async || failures(actor).await.len() == count).await;
    failures(actor).await
}

fn told(event: &AuditEvent) -> (&str, &str, Option<u64>) {
    (&event.reason, event.key.as_deref().unwrap_or_default(), event.count)
}

/// The key of this id with a wrong secret: well-formed, checksum included.
pub(crate) fn with_another_secret(key: &str) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let signed = format!("{}{}", &key[..23], "x".repeat(43));
    let mut rest = crc32fast::hash(signed.as_bytes());
    let mut sum = [' '; 6];
    for digit in sum.iter_mut().rev() {
        *digit = char::from(DIGITS[(rest % 62) as usize]);
        rest /= 62;
    }
    let key = signed + &String::from_iter(sum);
    assert!(PresentedKey::parse(&key).is_some());
    key
}

#[tokio::test]
async fn those_who_fail_alike_are_one_event_a_minute() {
    on_both(async |app| {
        let (operator, start) = (app.operator(), app.clock.now());
        let first = app.anon().get("/v1/whoami").await;
        app.clock.advance(TimeDelta::seconds(7));
        for _ in 0..2 {
            app.anon().get("/v1/whoami").await.refused(401, "missing_credentials");
        }
        let guess = format!("cgop_{}", "guess".repeat(8));
        app.with_key(&guess).get("/v1/projects").await.refused(401, "invalid_api_key");
        app.with_token("a.b.c").get("/v1/whoami").await.refused(401, "malformed_token");
        app.with_key("cgok_typo").get("/v1/whoami").await.refused(401, "invalid_api_key");
        assert_eq!(failures(&operator).await, [], "the minute is not over");

        let events = after_a_minute(app, &operator, 4).await;
        assert_eq!(
            events.iter().map(told).collect::<Vec<_>>(),
            [
                ("key_malformed", "key:?", Some(1)),
                ("malformed_token", "token", Some(1)),
                ("missing_credentials", "nothing", Some(3)),
                ("operator_key_unknown", "operator:?", Some(1)),
            ]
        );
        let missing = &events[2];
        assert_eq!((missing.actor.as_str(), missing.outcome), ("nobody", Outcome::Deny));
        assert_eq!(missing.first_at, Some(start));
        assert_eq!(missing.at, start + TimeDelta::seconds(7));
        assert_eq!(missing.request_id, first.header("x-request-id"), "that of the first");
        assert_eq!((missing.address.as_deref(), &missing.project), (Some("127.0.0.1"), &None));
        let text = format!("{events:?}");
        assert!(!text.contains("guess") && !text.contains("a.b.c") && !text.contains("typo"));
        assert_eq!(failures(&app.root()).await, [], "they are no project's");

        app.anon().get("/v1/whoami").await.refused(401, "missing_credentials");
        let events = after_a_minute(app, &operator, 5).await;
        assert_eq!(events.iter().filter(|event| told(event).0 == "missing_credentials").count(), 2);
    })
    .await;
}

#[tokio::test]
async fn what_fails_with_a_project_s_key_is_told_to_the_project() {
    on_both(async |app| {
        app.make_store("spare").await;
        let other = app.with_key(&app.make_project("other", "spare").await);
        let made = app.key([Scope::Sign]).await;
        let id = made.stored.id.clone();
        let guess = with_another_secret(&app.secrets.root_key);
        let guessed = format!("key:{}", &guess[10..22]);
        app.with_key(&guess).get("/v1/whoami").await.refused(401, "invalid_api_key");
        app.root().delete(&format!("/v1/api-keys/{id}")).await.done();
        app.with_key(&made.key).get("/v1/whoami").await.refused(401, "invalid_api_key");
        let odd = app.token("ada").claim("exp", 1).signed_by(&KEYS[0]);
        let both =
            Proof { token: Some(odd), key: Some(app.secrets.root_key.clone()), project: None };
        app.actor(&both).get("/v1/whoami").await.refused(401, "token_expired");
        let stranger = with_another_secret(&guess.replace(&guess[10..22], "000000000000"));
        app.with_key(&stranger).get("/v1/whoami").await.refused(401, "invalid_api_key");

        let events = after_a_minute(app, &app.root(), 3).await;
        let revoked = format!("key:{id}");
        assert_eq!(
            events.iter().map(told).collect::<Vec<_>>(),
            [
                ("key_revoked", revoked.as_str(), Some(1)),
                ("key_secret_wrong", guessed.as_str(), Some(1)),
                ("token_expired", "token", Some(1)),
            ]
        );
        assert_eq!(events[2].via_key.as_deref(), Some(&guess[10..22]));
        assert_eq!(failures(&other).await, []);
        let strangers = failures(&app.operator()).await;
        assert_eq!(
            strangers.iter().map(told).collect::<Vec<_>>(),
            [("key_unknown", "key:000000000000", Some(1))]
        );

        let short = json_key(app).await;
        app.clock.advance(TimeDelta::hours(1));
        app.with_key(&short).get("/v1/whoami").await.refused(401, "invalid_api_key");
        let events = after_a_minute(app, &app.root(), 4).await;
        assert_eq!(events[0].reason, "key_expired");
    })
    .await;
}

/// A key that expires in an hour.
async fn json_key(app: &TestApp) -> String {
    let until = app.clock.now() + TimeDelta::hours(1);
    let body = serde_json::json!({ "name": "short", "expires_at": until });
    app.root().post("/v1/api-keys", &body).await.json()["key"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_that_is_revoked_before_the_body_is_there_fails_as_well() {
    on_both(async |app| {
        let made = app.key([Scope::Sign]).await;
        let body = serde_json::to_string(&S3::new("GET", "/photos/x").0).unwrap();
        let held = HeldBack::begin(app, &made.key, &body).await;
        let path = format!("/v1/api-keys/{}", made.stored.id);
        // The key is valid at the time of the request's head.
        eventually("the key is in use", async || {
            !app.root().get(&path).await.json()["last_used_at"].is_null()
        })
        .await;
        app.root().delete(&path).await.done();
        app.clock.advance(TimeDelta::seconds(2));
        assert!(held.end(&body).await.ends_with("401"));
        let events = after_a_minute(app, &app.root(), 1).await;
        assert_eq!(told(&events[0]).0, "key_withdrawn");
    })
    .await;
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The rows of failed authentications in the database.
fn rows(database: &TestDatabase) -> Vec<(String, i64)> {
    let query = "SELECT reason, count FROM audit_event WHERE action = 'authenticate'";
    database.rows::<Row>(query).into_iter().map(|row| (row.reason, row.count)).collect()
}

#[tokio::test]
async fn a_server_that_is_stopped_records_those_it_has_not_recorded() {
    for setup in [Setup::Usual, Setup::Spool] {
        for kind in database::kinds() {
            let mut app = TestApp::start(*kind, setup).await;
            for _ in 0..2 {
                app.anon().get("/v1/whoami").await.refused(401, "missing_credentials");
            }
            let database = std::mem::replace(&mut app.database, TestDatabase::create(*kind));
            assert_eq!(rows(&database), []);
            app.stop().await;
            assert_eq!(rows(&database), [("missing_credentials".to_owned(), 2)]);
        }
    }
}

#[tokio::test]
async fn those_the_database_does_not_take_are_kept_and_counted() {
    on_both(async |app| {
        app.anon().get("/v1/whoami").await.refused(401, "missing_credentials");
        app.database.execute("ALTER TABLE audit_event RENAME TO elsewhere");
        app.clock.advance(TimeDelta::minutes(1));
        let said = || logs::lines_with("counted refusals are not recorded yet").len();
        let before = said();
        eventually("it says so", async || said() > before).await;
        app.database.execute("ALTER TABLE elsewhere RENAME TO audit_event");
        app.anon().get("/v1/whoami").await.refused(401, "missing_credentials");
        let events = after_a_minute(app, &app.operator(), 2).await;
        let counts: Vec<_> = events.iter().map(|event| event.count).collect();
        assert_eq!(counts, [Some(1), Some(1)], "the first is recorded as it was tried");
    })
    .await;
}

#[tokio::test]
async fn a_flood_of_strangers_is_a_few_rows() {
    on_both_with(Setup::BehindProxy, async |app| {
        let anon = app.anon();
        for number in 0..300 {
            let from = format!("192.0.{}.{}", number / 200, number % 200);
            let request = anon.request(reqwest::Method::GET, "/v1/whoami");
            let request = request.header("x-forwarded-for", from);
            anon.send(request).await.refused(401, "missing_credentials");
        }
        app.clock.advance(TimeDelta::minutes(1));
        eventually("they are on record", async || !rows(&app.database).is_empty()).await;
        let rows = rows(&app.database);
        assert_eq!(rows.len(), 257);
        assert_eq!(rows.iter().map(|(_, count)| count).sum::<i64>(), 300);
    })
    .await;
}

#[tokio::test]
async fn the_line_of_a_401_says_why_and_from_where() {
    on_both(async |app| {
        let guess = with_another_secret(&app.secrets.root_key);
        for (actor, reason) in [
            (app.anon(), "missing_credentials"),
            (app.with_token("a.b.c"), "malformed_token"),
            (app.with_key(&guess), "key_secret_wrong"),
        ] {
            let answer = actor.get("/v1/whoami").await;
            assert_eq!(answer.status, 401);
            assert!(!answer.body.contains("key_"), "to whoever asks all bad keys are alike");
            let id = format!("request_id={}", answer.header("x-request-id"));
            eventually("it has its line", async || !logs::lines_with(&id).is_empty()).await;
            let line = &logs::lines_with(&id)[0];
            let fields = format!("status=401 caller=- reason={reason} address=127.0.0.1 {id}");
            assert!(line.contains(&fields), "{line}");
        }
        let answer = app.root().get("/v1/whoami").await;
        let id = format!("request_id={}", answer.header("x-request-id"));
        eventually("it has its line", async || !logs::lines_with(&id).is_empty()).await;
        let line = &logs::lines_with(&id)[0];
        assert!(!line.contains("reason=") && !line.contains("address="), "{line}");
    })
    .await;
}

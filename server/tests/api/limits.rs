//! Rate limits: a refusal names the limit and the time to wait, and other callers are not affected.

use reqwest::Method;
use sail_cargo_client::protocol::{Batch, Scope, Whoami};
use serde_json::json;

use crate::harness::{Actor, Proof, S3, Setup, TestApp, TestResponse, eventually, on_both_with};

/// Sends requests until one is over the limit. Returns the earlier answers, and that one.
async fn until_limited(
    times: usize,
    ask: impl AsyncFn() -> TestResponse,
) -> (Vec<u16>, TestResponse) {
    let mut before = Vec::new();
    for _ in 0..times {
        let answer = ask().await;
        if answer.status == 429 {
            return (before, answer);
        }
        before.push(answer.status);
    }
    panic!("never too often: {before:?}")
}

/// Checks a refusal's code, limit and headers.
fn limited(answer: &TestResponse, name: &str, quota: u32) {
    let problem = answer.refused(429, "rate_limited");
    assert!(problem.detail.contains(&format!("than {quota} in 2 s")), "{}", problem.detail);
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=2).contains(&seconds), "{seconds}");
    assert_eq!(answer.header("ratelimit-policy"), format!("\"{name}\";q={quota};w=2"));
    assert_eq!(answer.header("ratelimit"), format!("\"{name}\";r=0;t={seconds}"));
}

/// A request whose client has `address`, according to the proxy.
async fn from(actor: &Actor, address: &str, path: &str) -> TestResponse {
    actor.send(actor.request(Method::GET, path).header("x-forwarded-for", address)).await
}

#[tokio::test]
async fn each_key_user_and_project_has_a_limit_of_its_own() {
    on_both_with(Setup::Few, async |app| {
        app.register("photos").await;
        let (ada, bob) = (app.ada(), app.bob());
        let (before, refused) =
            until_limited(100, async || from(&ada, "192.0.2.1", "/v1/whoami").await).await;
        limited(&refused, "user", 10);
        assert!(before.len() >= 10 && before.iter().all(|status| *status == 200), "{before:?}");
        from(&bob, "192.0.2.2", "/v1/whoami").await.ok::<Whoami>();

        let key = app.with_key(&app.key([Scope::Check]).await.key);
        let (before, refused) =
            until_limited(200, async || from(&key, "192.0.2.3", "/v1/whoami").await).await;
        limited(&refused, "key", 40);
        assert!(before.len() >= 40, "{before:?}");

        let users = async || {
            let name = format!("user-{}", uuid());
            from(&app.user(&name), "192.0.2.4", "/v1/whoami").await
        };
        let (_, refused) = until_limited(200, users).await;
        limited(&refused, "project", 60);
        let other = app.operator();
        from(&other, "192.0.2.5", "/v1/projects").await.json();
    })
    .await;
}

fn uuid() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

#[tokio::test]
async fn an_address_over_its_limit_costs_nothing() {
    on_both_with(Setup::Few, async |app| {
        let anon = app.anon();
        let storm = async |address: &str| {
            until_limited(300, async || from(&anon, address, "/v1/whoami").await).await
        };
        let (before, refused) = storm("2001:db8::1").await;
        limited(&refused, "address", 80);
        assert!(before.iter().all(|status| *status == 401), "{before:?}");
        let asked = app.sees.database().queries();
        let unknown = app.with_key(&unknown_key(app).await);
        let mut statuses = Vec::new();
        for host in 0..40 {
            let address = format!("2001:db8::{host:x}");
            statuses.push(from(&unknown, &address, "/v1/whoami").await.status);
        }
        assert!(statuses.iter().filter(|status| **status == 429).count() > 20, "{statuses:?}");
        let few = statuses.iter().filter(|status| **status != 429).count() as u64;
        assert!(
            app.sees.database().queries() - asked <= few,
            "a database query for who is over the limit"
        );
        for path in ["/livez", "/readyz"] {
            for _ in 0..100 {
                assert_eq!(from(&anon, "2001:db8::1", path).await.status, 200, "{path}");
            }
        }
        from(&anon, "192.0.2.77", "/v1/whoami").await.refused(401, "missing_credentials");
    })
    .await;
}

#[tokio::test]
async fn a_batch_costs_as_many_as_it_has_items() {
    on_both_with(Setup::Few, async |app| {
        app.register("photos").await;
        let root = app.with_key(&app.key([Scope::Sign, Scope::Check]).await.key);
        let item = S3::new("GET", "/photos/x").0;
        let batch = Batch { items: vec![item; 39] };
        let checks = json!({ "items": [{ "action": "read", "bucket": "photos" }, { "action": "read", "bucket": "photos" }] });
        assert_eq!(root.post("/v1/sign/batch", &batch).await.status, 200);
        let (before, refused) =
            until_limited(40, async || root.post("/v1/check/batch", &checks).await).await;
        limited(&refused, "key", 40);
        assert!(before.len() < 20, "39 were counted: {before:?}");
    })
    .await;
}

/// A well-formed key that does not exist on this server.
async fn unknown_key(app: &TestApp) -> String {
    let elsewhere = TestApp::start(app.database.kind(), Setup::Usual).await;
    let key = elsewhere.secrets.root_key.clone();
    elsewhere.stop().await;
    key
}

#[tokio::test]
async fn a_key_that_nobody_has_is_asked_for_once_a_second_until_one_is_made() {
    on_both_with(Setup::Usual, async |app| {
        let unknown = app.with_key(&unknown_key(app).await);
        let costs = async || {
            let asked = app.sees.database().queries();
            unknown.get("/v1/whoami").await.refused(401, "invalid_api_key");
            app.sees.database().queries() - asked
        };
        costs().await;
        eventually("an unknown key costs nothing", async || costs().await == 0).await;
        let made = app.key([Scope::Check]).await;
        app.with_key(&made.key).get("/v1/whoami").await.ok::<Whoami>();
        assert!(costs().await > 0, "it might be the one that was made");
    })
    .await;
    on_both_with(Setup::NothingRemembered, async |app| {
        let unknown = app.with_key(&unknown_key(app).await);
        for _ in 0..3 {
            let asked = app.sees.database().queries();
            unknown.get("/v1/whoami").await.refused(401, "invalid_api_key");
            assert!(
                app.sees.database().queries() > asked,
                "who remembers nothing remembers no key's absence"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn who_guesses_often_is_not_looked_at_and_keeps_nobody_out() {
    on_both_with(Setup::Few, async |app| {
        let (root, unknown) = (app.root(), unknown_key(app).await);
        let signed = |name: &str| app.token(name).signed_by(&crate::harness::KEYS[0]);
        let (ada, eve, mallory) = (app.ada(), signed("eve"), signed("mallory"));
        // The claims of one token with the signature of another.
        let (said, signature) =
            (eve.rsplit_once('.').unwrap().0, mallory.rsplit('.').next().unwrap());
        let token = format!("{said}.{signature}");
        for actor in [&root, &ada] {
            from(actor, "192.0.2.9", "/v1/whoami").await.ok::<Whoami>();
        }
        let guesses = [
            (app.with_key(&unknown), "192.0.2.1"),
            (app.with_key("cgok_live_nonsense"), "192.0.2.2"),
            (app.with_key("cgop_0123456789abcdef0123456789abcdef"), "192.0.2.3"),
            (app.with_token(&token), "192.0.2.4"),
            (app.with_token("a.b.c"), "192.0.2.5"),
        ];
        for (guesser, address) in &guesses {
            let guess = async || from(guesser, address, "/v1/whoami").await;
            let (before, refused) = until_limited(60, guess).await;
            limited(&refused, "failed-proofs", 6);
            assert!(before.len() >= 6 && before.iter().all(|status| *status == 401), "{before:?}");
            // Known callers are accepted from that address, too.
            for actor in [&root, &ada] {
                from(actor, address, "/v1/whoami").await.ok::<Whoami>();
            }
        }
        // The same key from any address.
        let asked = async |number: usize| {
            let address = format!("198.51.100.{number}");
            from(&guesses[0].0, &address, "/v1/whoami").await
        };
        let number = std::cell::Cell::new(0);
        let guess = async || {
            number.set(number.get() + 1);
            asked(number.get()).await
        };
        limited(&until_limited(60, guess).await.1, "failed-key-proofs", 6);
        // A request without credentials is no guess.
        let anon = app.actor(&Proof::default());
        for _ in 0..20 {
            from(&anon, "192.0.2.6", "/v1/whoami").await.refused(401, "missing_credentials");
        }
    })
    .await;
}

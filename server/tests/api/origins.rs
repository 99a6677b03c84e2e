//! The origin of requests: on every event, and taken from trusted proxies only.

use reqwest::{Method, RequestBuilder};
use sail_cargo_client::protocol::{ApiKey, AuditEvent, AuditQuery, Page, Permission};
use serde_json::json;

use crate::harness::{Actor, S3, Setup, TestApp, eventually, logs, on_both, on_both_with};

async fn events(actor: &Actor) -> Vec<AuditEvent> {
    actor.cargo.audit_events(&AuditQuery::default()).await.unwrap().items
}

fn sign(actor: &Actor, key: &str) -> RequestBuilder {
    let ask = S3::new("GET", &format!("/photos/{key}")).0;
    actor.request(Method::POST, "/v1/sign").json(&ask)
}

async fn photos(app: &TestApp) {
    app.register("photos").await;
    app.grant("photos", "ada", &[Permission::Read]).await;
}

#[tokio::test]
async fn every_event_names_the_address_and_the_agent() {
    for setup in [Setup::Usual, Setup::Spool] {
        on_both_with(setup, async |app| {
            photos(app).await;
            let (root, ada) = (app.root(), app.ada());
            let agent =
                |request: RequestBuilder| request.header("user-agent", "lens/1 \u{fc}\u{202e}");
            assert_eq!(ada.send(agent(sign(&ada, "x"))).await.status, 200);
            let put = root.request(Method::PUT, "/v1/buckets/photos/grants/bob");
            root.send(agent(put.json(&json!({ "permissions": ["read"] }))))
                .await
                .ok::<serde_json::Value>();
            let items =
                json!({ "items": [S3::new("GET", "/photos/a").0, S3::new("PATCH", "/b").0] });
            root.send(agent(root.request(Method::POST, "/v1/sign/batch").json(&items))).await;

            let all = events(&root).await;
            assert!(
                all.iter().all(|event| event.address.as_deref() == Some("127.0.0.1")),
                "{all:?}"
            );
            let lens = all.iter().filter(|event| event.agent.is_some()).collect::<Vec<_>>();
            assert_eq!(lens.len(), 4, "{lens:?}");
            assert!(lens.iter().all(|event| event.agent.as_deref() == Some("lens/1 ü\\u{202e}")));
        })
        .await;
    }
}

#[tokio::test]
async fn without_a_trusted_proxy_nobody_chooses_their_address() {
    on_both(async |app| {
        photos(app).await;
        let ada = app.ada();
        for header in ["x-forwarded-for", "forwarded", "x-real-ip"] {
            let request = sign(&ada, header).header(header, "for=192.0.2.1, 192.0.2.1");
            assert_eq!(ada.send(request).await.status, 200);
        }
        let all = events(&app.root()).await;
        assert!(all.iter().all(|event| event.address.as_deref() == Some("127.0.0.1")), "{all:?}");
    })
    .await;
}

#[tokio::test]
async fn a_trusted_proxy_says_whom_it_speaks_for() {
    on_both_with(Setup::BehindProxy, async |app| {
        photos(app).await;
        let root = app.root();
        let request = sign(&root, "x").header("x-forwarded-for", "6.6.6.6, 192.0.2.7");
        assert_eq!(root.send(request.header("forwarded", "for=6.6.6.6")).await.status, 200);
        assert_eq!(events(&root).await[0].address.as_deref(), Some("192.0.2.7"));

        // The key's last use has the same address.
        app.clock.advance(chrono::TimeDelta::minutes(2));
        let request = root.request(Method::GET, "/v1/whoami");
        root.send(request.header("x-forwarded-for", "2001:db8::7")).await.ok::<serde_json::Value>();
        eventually("it is noted", async || {
            let keys: Page<ApiKey> = root.get("/v1/api-keys").await.ok();
            keys.items.iter().any(|key| key.last_used_ip.as_deref() == Some("2001:db8::7"))
        })
        .await;
        let nobody = app.anon();
        let request =
            nobody.request(Method::GET, "/v1/whoami").header("x-forwarded-for", "192.0.2.8");
        let answer = nobody.send(request).await;
        let id = format!("request_id={}", answer.header("x-request-id"));
        eventually("it has its line", async || !logs::lines_with(&id).is_empty()).await;
        assert!(logs::lines_with(&id)[0].contains(" address=192.0.2.8 "));
    })
    .await;
}

#[tokio::test]
async fn the_id_a_caller_gives_a_request_stands_beside_ours() {
    on_both(async |app| {
        photos(app).await;
        let root = app.root();
        let theirs = "order 66 status=200 \"x\"";
        let answer = root.send(sign(&root, "x").header("x-request-id", theirs)).await;
        let ours = answer.header("x-request-id").to_owned();
        assert!(ours.len() == 32 && ours.bytes().all(|byte| byte.is_ascii_hexdigit()), "{ours}");
        let refused = root.send(sign(&root, "..").header("x-request-id", theirs)).await.problem();
        assert_ne!(refused.request_id, theirs);

        let query =
            AuditQuery { caller_request_id: Some(theirs.to_owned()), ..AuditQuery::default() };
        let found = root.cargo.audit_events(&query).await.unwrap().items;
        let ids: Vec<_> = found.iter().map(|event| event.request_id.as_str()).collect();
        assert_eq!(ids, [refused.request_id.as_str(), ours.as_str()]);
        assert!(found.iter().all(|event| event.caller_request_id.as_deref() == Some(theirs)));
        let line = format!("request_id={ours} caller_request_id={theirs}");
        eventually("it has its line", async || !logs::lines_with(&line).is_empty()).await;
    })
    .await;
}

#[tokio::test]
async fn an_id_that_is_no_plain_one_is_left_out() {
    on_both(async |app| {
        photos(app).await;
        let root = app.root();
        let (long, other) = ("x".repeat(129), "\u{fc}".to_owned());
        for odd in [String::new(), long, other] {
            let answer = root.send(sign(&root, "x").header("x-request-id", odd.as_bytes())).await;
            assert_eq!(answer.status, 200, "it is no reason to refuse anything");
            assert_eq!(events(&root).await[0].caller_request_id, None, "{odd}");
        }
    })
    .await;
}

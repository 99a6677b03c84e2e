//! Where an issuer's keys are is in its document of discovery, and in no other.

use sail_cargo_client::protocol::IssuerSettings;
use serde_json::{Value, json};

use super::{bearer, issuer, server, who};
use crate::harness::{KEYS, Replica, TestApp, on_both};

const DOCUMENT: &str = "/realms/acme/.well-known/openid-configuration";

/// An issuer on this machine, whose keys are discovered.
fn discovered(app: &TestApp) -> IssuerSettings {
    IssuerSettings {
        issuer: format!("{}/realms/acme", app.auth.base()),
        keys: None,
        ..issuer(app, "acme", &[KEYS[1].jwk()])
    }
}

fn publish(app: &TestApp, changes: &Value) {
    let mut document = json!({
        "issuer": format!("{}/realms/acme", app.auth.base()),
        "jwks_uri": format!("{}/keys/acme", app.auth.base()),
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    for (member, value) in changes.as_object().unwrap() {
        document[member] = value.clone();
    }
    app.auth.answer_at(DOCUMENT, document.to_string());
}

/// Why the keys cannot be fetched now.
async fn flaw(app: &TestApp, here: &Replica) -> String {
    format!("{:?}", app.operator().at(here).cargo.refresh_auth_keys().await.unwrap().check)
}

#[tokio::test]
async fn keys_are_discovered_at_the_issuer() {
    on_both(async |app| {
        publish(app, &json!({}));
        let here = server(app, vec![discovered(app)]).await;
        let theirs = app.token("ada").claim("iss", discovered(app).issuer).signed_by(&KEYS[1]);
        assert_eq!(who(app, &here, &theirs).await.id, "acme:ada");
        here.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_document_of_discovery_that_is_not_the_issuers_gives_no_keys() {
    on_both(async |app| {
        publish(app, &json!({ "issuer": "https://evil.example" }));
        let here = server(app, vec![discovered(app)]).await;
        let theirs = app.token("ada").claim("iss", discovered(app).issuer).signed_by(&KEYS[1]);
        let answer = bearer(app, &here, &theirs).get("/v1/whoami").await;
        answer.refused(503, "keys_unavailable");
        let named = |keys: &str| json!({ "jwks_uri": keys });
        for (changes, said) in [
            (json!({ "issuer": discovered(app).issuer + "/" }), "of another issuer"),
            (named("http://keys.example/jwks"), "`jwks_uri`"),
            (named("file:///etc/passwd"), "`jwks_uri`"),
            (json!({ "jwks_uri": null }), "does not name"),
        ] {
            publish(app, &changes);
            let flaw = flaw(app, &here).await;
            assert!(flaw.contains("Failed") && flaw.contains(said), "{changes}: {flaw}");
        }
        // Redirects could lead anywhere.
        app.auth.redirect(DOCUMENT, "/elsewhere");
        app.auth.answer_at("/elsewhere", "{}");
        assert!(flaw(app, &here).await.contains("302"));
        publish(app, &named(&format!("{}/moved", app.auth.base())));
        app.auth.redirect("/moved", "/keys/acme");
        assert!(flaw(app, &here).await.contains("302"));
        app.auth.answer_at(DOCUMENT, " ".repeat(256 * 1024 + 1));
        assert!(flaw(app, &here).await.contains("256 KiB"));
        here.stop().await;
    })
    .await;
}

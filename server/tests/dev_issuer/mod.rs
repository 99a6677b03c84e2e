//! An auth service that a stack of `dev` believes beside its own. It vouches for anybody.

#[path = "../api/harness/signing_key.rs"]
#[allow(dead_code, reason = "what the other tests need of it")]
mod signing_key;

use std::path::PathBuf;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sail_cargo_client::{Client, Credentials, StaticToken};
use sail_cargo_server::clock::Clock;
use sail_cargo_server::dev::{DevStack, PROJECT};
use sail_cargo_server::domain::{Issuer, IssuerSet, IssuerSettings};
use serde_json::{Value, json};
use signing_key::KEYS;
use tempfile::TempDir;

/// The `iss` of its tokens.
pub(crate) const ISSUER: &str = "https://auth.example";

/// The directory of its published key. It is there as long as the tests run.
static PUBLISHED: LazyLock<TempDir> = LazyLock::new(|| {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("public-key.pem"), KEYS[0].pem()).unwrap();
    directory
});

/// The file of its public key.
pub(crate) fn public_key() -> PathBuf {
    PUBLISHED.path().join("public-key.pem")
}

/// The auth services of a stack: this one, whose users have no alias.
pub(crate) fn issuers() -> IssuerSet {
    let settings = IssuerSettings {
        issuer: ISSUER.to_owned(),
        keys: Some(format!("file:{}", public_key().display())),
        any_audience: true,
        user_claims: vec!["id".to_owned()],
        project_claim: Some("projectId".to_owned()),
        ..IssuerSettings::default()
    };
    IssuerSet::of([Issuer::parse(settings).unwrap()]).unwrap()
}

/// A token of a user of the demo project, for an hour.
pub(crate) fn token(user: &str) -> String {
    token_in(PROJECT, user)
}

/// A token of a user of a project, for an hour, with the claims of the SAIL auth service.
pub(crate) fn token_in(project: &str, user: &str) -> String {
    let iat = Clock::system().now().timestamp();
    let claims = json!({
        "id": user, "projectId": project, "role": 0, "iss": ISSUER, "iat": iat, "exp": iat + 3600,
    });
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let header = json!({ "alg": "RS256", "typ": "JWT" });
    let message = format!("{}.{}", encode(&header), encode(&claims));
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(KEYS[0].sign(&message)))
}

/// A client of a stack for a user.
pub(crate) fn client(stack: &DevStack, user: &str) -> Client {
    let credentials = Credentials::user(StaticToken::new(token(user)));
    Client::builder(&stack.cargo_url).credentials(credentials).build().unwrap()
}

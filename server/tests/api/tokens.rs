//! A token is believed when the auth service signed it, for here and for now; else never.

use chrono::TimeDelta;
use sail_cargo_client::protocol::{Actor, Whoami};
use serde_json::json;

use crate::harness::{ISSUER, KEYS, Setup, Token, on_both, on_both_with};

/// When the tests' clock starts.
const NOW: i64 = 1_800_000_000;

/// How a token that is not to be believed is made, and what is said of it.
type Flaw = (&'static str, fn(Token) -> String, &'static str);

const FLAWS: &[Flaw] = &[
    ("not signed", Token::unsigned, "malformed_token"),
    ("no algorithm", |token| token.header("alg", "none").signed_by(&KEYS[0]), "wrong_algorithm"),
    (
        "the public key as a secret",
        |token| token.hs256(KEYS[0].pem().as_bytes()),
        "wrong_algorithm",
    ),
    ("RS512", |token| token.header("alg", "RS512").signed_by(&KEYS[0]), "wrong_algorithm"),
    ("rs256", |token| token.header("alg", "rs256").signed_by(&KEYS[0]), "wrong_algorithm"),
    (
        "critical extensions",
        |token| token.header("crit", json!(["x"])).signed_by(&KEYS[0]),
        "malformed_token",
    ),
    (
        "another type",
        |token| token.header("typ", "dpop+jwt").signed_by(&KEYS[0]),
        "malformed_token",
    ),
    ("a stranger's key", |token| token.signed_by(&KEYS[2]), "unknown_key"),
    (
        "a stranger's key under our kid",
        |token| token.header("kid", "first").signed_without_kid(&KEYS[2]),
        "bad_signature",
    ),
    ("a stranger's key without kid", |token| token.signed_without_kid(&KEYS[2]), "bad_signature"),
    (
        "a key brought along",
        |token| token.header("jwk", KEYS[2].jwk()).signed_without_kid(&KEYS[2]),
        "bad_signature",
    ),
    ("expired", |token| at(token, "exp", -30), "token_expired"),
    ("no expiry", |token| token.claim("exp", json!(null)).signed_by(&KEYS[0]), "invalid_claim"),
    (
        "expiry as text",
        |token| token.claim("exp", "1900000000").signed_by(&KEYS[0]),
        "invalid_claim",
    ),
    ("not valid yet", |token| at(token, "nbf", 31), "token_not_yet_valid"),
    ("issued in the future", |token| at(token, "iat", 31), "token_not_yet_valid"),
    ("lives for days", |token| at(token, "exp", 90_000), "token_lives_too_long"),
    (
        "another issuer",
        |token| token.claim("iss", "https://evil.example").signed_by(&KEYS[0]),
        "wrong_issuer",
    ),
    (
        "an issuer that starts alike",
        |token| token.claim("iss", format!("{ISSUER}/")).signed_by(&KEYS[0]),
        "wrong_issuer",
    ),
    ("no issuer", |token| token.claim("iss", json!(null)).signed_by(&KEYS[0]), "wrong_issuer"),
    ("another audience", |token| token.claim("aud", "else").signed_by(&KEYS[0]), "wrong_audience"),
    ("no audience", |token| token.claim("aud", json!(null)).signed_by(&KEYS[0]), "wrong_audience"),
    ("nobody", |token| token.claim("sub", json!(null)).signed_by(&KEYS[0]), "invalid_claim"),
    ("two users", |token| token.claim("id", "root").signed_by(&KEYS[0]), "ambiguous_user"),
    (
        "an unknown project",
        |token| token.claim("projectId", "none").signed_by(&KEYS[0]),
        "unknown_project",
    ),
    (
        "no project",
        |token| token.claim("projectId", json!(null)).signed_by(&KEYS[0]),
        "project_required",
    ),
    ("too long", |token| token.claim("x", "x".repeat(8192)).signed_by(&KEYS[0]), "token_too_long"),
    ("cut off", |token| token.signed_by(&KEYS[0])[..200].to_owned(), "malformed_token"),
    ("garbage", |_| "garbage".to_owned(), "malformed_token"),
    ("three empty parts", |_| "..".to_owned(), "malformed_token"),
    ("five parts, as encrypted ones have", |_| "a.b.c.d.e".to_owned(), "malformed_token"),
];

/// A token whose `claim` is so many seconds from now.
fn at(token: Token, claim: &str, seconds: i64) -> String {
    token.claim(claim, NOW + seconds).signed_by(&KEYS[0])
}

#[tokio::test]
async fn a_token_with_any_flaw_lets_nobody_in() {
    on_both(async |app| {
        assert_eq!(app.clock.now().timestamp(), NOW);
        for (flaw, spoil, code) in FLAWS {
            let answer = app.with_token(&spoil(app.token("ada"))).get("/v1/whoami").await;
            assert_eq!((answer.status, answer.problem().code.as_str()), (401, *code), "{flaw}");
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"sail-cargo\"", "{flaw}");
        }
        assert_eq!(app.ada().get("/v1/whoami").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_token_is_good_until_its_last_second_and_the_leeway() {
    on_both(async |app| {
        let ada = app.ada();
        app.clock.advance(TimeDelta::seconds(3600 + 29));
        assert_eq!(ada.get("/v1/whoami").await.status, 200);
        app.clock.advance(TimeDelta::seconds(1));
        ada.get("/v1/whoami").await.refused(401, "token_expired");
    })
    .await;
}

#[tokio::test]
async fn plain_oidc_and_the_sail_auth_service_are_both_understood() {
    on_both_with(Setup::AnyAudience, async |app| {
        let now = app.clock.now();
        let sail = Token::sail("6532f1", 1, now).signed_by(&KEYS[0]);
        let bot: Whoami = app.with_token(&sail).get("/v1/whoami").await.ok();
        assert_eq!((bot.actor, bot.id.as_str()), (Actor::User, "6532f1"));
        assert_eq!((bot.project.as_deref(), bot.service_account), (Some("sail"), true));
        assert_eq!(bot.expires_at.unwrap(), now + TimeDelta::hours(1));

        let oidc = app.token("ada").claim("groups", json!(["staff", "crew"])).signed_by(&KEYS[0]);
        let ada: Whoami = app.with_token(&oidc).get("/v1/whoami").await.ok();
        assert_eq!((ada.id.as_str(), ada.service_account), ("ada", false));
        assert_eq!(ada.groups, ["crew", "staff"]);
    })
    .await;
}

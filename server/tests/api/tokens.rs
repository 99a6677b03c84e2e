//! Tokens are accepted only if the auth service signed them, for this server and the current time.

use chrono::TimeDelta;
use sail_cargo_client::protocol::{Actor, Permission, Whoami};
use serde_json::json;

use crate::harness::database::kinds;
use crate::harness::{ISSUER, KEYS, S3, Setup, Token, logs, on_both, on_both_with};

/// The time at which the tests' clock starts.
const NOW: i64 = 1_800_000_000;

/// The page for operators of the auth service.
const PAGE: &str = include_str!("../../../docs/tokens.md");

/// A flaw: its name, how to make the token, and the code of its refusal.
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
    (
        "a list of issuers",
        |token| token.claim("iss", json!([ISSUER])).signed_by(&KEYS[0]),
        "wrong_issuer",
    ),
    (
        "no audience in a list",
        |token| token.claim("aud", json!([])).signed_by(&KEYS[0]),
        "invalid_claim",
    ),
    ("another audience", |token| token.claim("aud", "else").signed_by(&KEYS[0]), "wrong_audience"),
    ("no audience", |token| token.claim("aud", json!(null)).signed_by(&KEYS[0]), "invalid_claim"),
    ("an odd start", |token| token.claim("nbf", "today").signed_by(&KEYS[0]), "invalid_claim"),
    ("an odd project", |token| token.claim("projectId", 7).signed_by(&KEYS[0]), "invalid_claim"),
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
    (
        "too long",
        |token| token.claim("x", "x".repeat(16_384)).signed_by(&KEYS[0]),
        "token_too_long",
    ),
    ("cut off", |token| token.signed_by(&KEYS[0])[..200].to_owned(), "malformed_token"),
    ("garbage", |_| "garbage".to_owned(), "malformed_token"),
    ("three empty parts", |_| "..".to_owned(), "malformed_token"),
    ("five parts, as encrypted ones have", |_| "a.b.c.d.e".to_owned(), "malformed_token"),
];

/// A token whose `claim` is this many seconds from now.
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
            let detail = answer.problem().detail;
            assert!(detail.contains("docs/tokens.md says what"), "{flaw}: {detail}");
            assert!(
                PAGE.contains(&format!("`{code}`")),
                "{flaw}: the page does not say what helps"
            );
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

#[tokio::test]
async fn times_with_fractions_are_good_and_floats_are_times() {
    on_both(async |app| {
        for (claim, value) in
            [("exp", 1_800_003_600.5), ("iat", 1.8e9), ("nbf", 1_799_999_999.25), ("exp", 1.8e9)]
        {
            let token = app.token("ada").claim(claim, value).signed_by(&KEYS[0]);
            let answer = app.with_token(&token).get("/v1/whoami").await;
            assert_eq!(answer.status, 200, "{claim} {value}: {}", answer.body);
        }
    })
    .await;
}

#[tokio::test]
async fn an_optional_claim_that_cannot_be_read_is_said_once_and_refuses_nobody() {
    on_both(async |app| {
        // A value of every JSON type.
        let values = || {
            [json!(true), json!(-1), json!(1.5), json!(""), json!([[]]), json!({ "x": [] })]
                .into_iter()
        };
        for claim in ["iat", "groups", "role", "id", "jti", "hasgroups", "_claim_names"] {
            for value in values().filter(|value| (claim, value) != ("iat", &json!(1.5))) {
                let token = app.token("ada").claim(claim, value.clone()).signed_by(&KEYS[0]);
                let ada: Whoami = app.with_token(&token).get("/v1/whoami").await.ok();
                assert_eq!((ada.id.as_str(), ada.groups.len()), ("ada", 0), "{claim}: {value}");
            }
        }
    })
    .await;
    let said = logs::lines_with("a token's claim `iat` cannot be read");
    assert_eq!(said.len(), kinds().len(), "each server says it once: {said:#?}");
}

#[tokio::test]
async fn groups_are_read_as_far_as_they_are_names() {
    on_both(async |app| {
        let ids: Vec<String> = (0..150).map(|_| uuid::Uuid::new_v4().to_string()).collect();
        for (groups, count) in [
            (json!("staff"), 1),
            (json!(["staff", ""]), 1),
            (json!(["staff", null, 7, "x".repeat(257)]), 1),
            (json!(ids), 150),
        ] {
            let token = app.token("ada").claim("groups", groups.clone()).signed_by(&KEYS[0]);
            let ada: Whoami = app.with_token(&token).get("/v1/whoami").await.ok();
            assert_eq!(ada.groups.len(), count, "{groups}");
        }
    })
    .await;
}

#[tokio::test]
async fn groups_are_found_within_another_claim() {
    on_both_with(Setup::NestedGroups, async |app| {
        let roles = json!({ "roles": ["staff", "crew"] });
        let token = app.token("ada").claim("realm_access", roles).signed_by(&KEYS[0]);
        let ada: Whoami = app.with_token(&token).get("/v1/whoami").await.ok();
        assert_eq!(ada.groups, ["crew", "staff"]);
        let exact = json!(["exact"]);
        let token = app.token("ada").claim("realm_access.roles", exact).signed_by(&KEYS[0]);
        let ada: Whoami = app.with_token(&token).get("/v1/whoami").await.ok();
        assert_eq!(ada.groups, ["exact"]);
    })
    .await;
}

#[tokio::test]
async fn too_many_groups_for_a_token_are_said_to_be() {
    on_both(async |app| {
        let names = json!({ "groups": "src1" });
        let token = app.token("ada").claim("_claim_names", names).signed_by(&KEYS[0]);
        assert_eq!(app.with_token(&token).get("/v1/whoami").await.status, 200);
        assert!(!logs::lines_with("--auth-groups-claim roles").is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_types_of_tokens_are_known_in_any_case() {
    on_both(async |app| {
        for typ in [
            "JOSE",
            "jose",
            "JWT",
            "jwt",
            "at+jwt",
            "AT+JWT",
            "application/at+jwt",
            "Application/JWT",
        ] {
            let token = app.token("ada").header("typ", typ).signed_by(&KEYS[0]);
            assert_eq!(app.with_token(&token).get("/v1/whoami").await.status, 200, "{typ}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_missing_audience_reads_as_missing() {
    on_both(async |app| {
        let token = app.token("ada").claim("aud", json!(null)).signed_by(&KEYS[0]);
        let problem = app.with_token(&token).get("/v1/whoami").await.problem();
        assert!(problem.detail.contains("`aud` is missing"), "{}", problem.detail);
    })
    .await;
}

#[tokio::test]
async fn a_token_of_sixteen_kibibytes_gets_through_every_way() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        // The longest permitted token. The padding is encoded in base64: four characters for three
        // bytes.
        let padded = |bytes: usize| {
            let token = app.token("ada").claim("x", "x".repeat(bytes)).signed_by(&KEYS[0]);
            (token.len() <= 16_384).then_some(token)
        };
        let longest = (11_000..12_288).rev().find_map(padded).unwrap();
        assert!(longest.len() > 16_380);
        let ada = app.with_token(&longest);
        assert_eq!(ada.cargo.whoami().await.unwrap().id, "ada");
        let get = S3::new("GET", "/photos/x");
        // The client's own path, and plain HTTP.
        ada.cargo.sign(&get.0).await.unwrap();
        ada.signed(&get).await;
    })
    .await;
}

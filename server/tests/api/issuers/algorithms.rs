//! A token is signed with an algorithm of its issuer, whatever its header says.

use sail_cargo_client::protocol::{IssuerSettings, TokenAlgorithm};
use serde_json::json;

use super::{bearer, issuer, refused, server, token, who};
use crate::harness::{KEYS, OTHER_KEYS, on_both};

#[tokio::test]
async fn each_algorithm_that_an_issuer_names_is_accepted_of_it_alone() {
    on_both(async |app| {
        let [p256, ed25519, pss] = &*OTHER_KEYS;
        let by = |alias: &str, keys, algorithm| IssuerSettings {
            algorithms: [algorithm].into(),
            ..issuer(app, alias, keys)
        };
        let here = server(
            app,
            vec![
                by("es", &[p256.jwk(), KEYS[0].jwk()], TokenAlgorithm::Es256),
                by("ed", &[ed25519.jwk(), KEYS[0].jwk()], TokenAlgorithm::EdDsa),
                by("ps", &[pss.jwk(), KEYS[0].jwk()], TokenAlgorithm::Ps256),
                issuer(app, "rs", &[p256.jwk(), ed25519.jwk(), KEYS[0].jwk()]),
            ],
        )
        .await;
        for (alias, key) in [("es", p256), ("ed", ed25519), ("ps", pss)] {
            let signed = token(app, alias, "ada").signed_as(key);
            assert_eq!(who(app, &here, &signed).await.id, format!("{alias}:ada"));
            let cut = format!("{}AAAA", &signed[..signed.len() - 4]);
            assert_eq!(refused(app, &here, &cut).await, "bad_signature", "{alias}");
        }
        for alias in ["es", "ed", "ps", "rs"] {
            for key in OTHER_KEYS.iter().filter(|key| !key.alg().to_lowercase().starts_with(alias))
            {
                let other = token(app, alias, "ada").signed_as(key);
                assert_eq!(refused(app, &here, &other).await, "wrong_algorithm", "{alias}");
            }
            let rs256 = token(app, alias, "ada").signed_by(&KEYS[0]);
            match alias {
                "rs" => assert_eq!(who(app, &here, &rs256).await.id, "rs:ada"),
                _ => assert_eq!(refused(app, &here, &rs256).await, "wrong_algorithm", "{alias}"),
            }
            for secret in [KEYS[0].pem(), p256.jwk().to_string(), String::new()] {
                let shared = token(app, alias, "ada").hs256(secret.as_bytes());
                assert_eq!(refused(app, &here, &shared).await, "wrong_algorithm", "{alias}");
            }
        }
        here.stop().await;
    })
    .await;
}

/// An issuer may name several algorithms. A key verifies those of its kind that it was published for.
#[tokio::test]
async fn a_key_verifies_nothing_but_what_it_was_published_for() {
    on_both(async |app| {
        let [p256, _, pss] = &*OTHER_KEYS;
        let mut for_any = pss.jwk();
        for_any.as_object_mut().unwrap().remove("alg");
        for_any["kid"] = json!("any");
        let all = IssuerSettings {
            algorithms: [TokenAlgorithm::Rs256, TokenAlgorithm::Ps256, TokenAlgorithm::Es256]
                .into(),
            ..issuer(app, "all", &[p256.jwk(), pss.jwk(), for_any])
        };
        let here = server(app, vec![all]).await;
        let signed = |kid: &str| token(app, "all", "ada").header("kid", kid);
        // RS256 by an RSA key that was published for PS256; ES256 by its id; the key for any of the two.
        let as_rs256 = signed(pss.kid()).signed_without_kid(&KEYS[2]);
        let code = bearer(app, &here, &as_rs256).get("/v1/whoami").await.problem().code;
        assert!(["unknown_key", "keys_unavailable"].contains(&&*code), "{code}");
        let of_p256 = signed(p256.kid()).signed_without_kid(&KEYS[2]);
        let code = bearer(app, &here, &of_p256).get("/v1/whoami").await.problem().code;
        assert!(["unknown_key", "keys_unavailable"].contains(&&*code), "{code}");
        let by_any = signed("any").signed_without_kid(&KEYS[2]);
        assert_eq!(who(app, &here, &by_any).await.id, "all:ada");
        here.stop().await;
    })
    .await;
}

//! Parses an issuer's keys: a JWK Set, one PEM, or a JSON array of PEMs. Pure.

use std::collections::BTreeMap;

use jsonwebtoken::DecodingKey;
use serde_json::Value;
use serde_json::value::RawValue;

use super::verifying_key::VerifyingKey;
use crate::domain::issuer::{Algorithms, TokenAlgorithm};
use crate::domain::limits::{MAX_KEY_GUESSES, MAX_KEY_SET};

/// The longest part of a key id in a message, in characters.
const MAX_NAME: usize = 64;
/// How many skipped members a report lists.
const MAX_TOLD: usize = 16;

/// Public keys, each with an id.
#[derive(Clone, Default, PartialEq)]
pub struct KeySet(Vec<VerifyingKey>);

/// A parsed key document.
#[derive(Debug)]
pub struct Published {
    /// The usable keys. Empty only for the document `{"keys":[]}`.
    pub keys: KeySet,
    /// The unusable members, each with its name and the reason; at most 16, then the number of
    /// further ones. Valid keys of other types or uses are not listed.
    pub skipped: Vec<String>,
}

/// A document that is not a key set, or holds no usable key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidKeySet(String);

/// One member: a usable key, `None` for a valid key of another type or use, or an error that begins
/// with the member's name.
type Member = Result<Option<VerifyingKey>, String>;

impl Published {
    /// Parses a document of an issuer that signs with the `accepted` algorithms. Valid keys of other types or
    /// uses are ignored. Unreadable or weak
    /// members, and usable keys after the first 16, are skipped and reported: one bad member must
    /// not stop every user from logging in.
    ///
    /// # Errors
    /// The document has none of the three forms, or holds no usable key.
    pub fn parse(document: &str, accepted: &Algorithms) -> Result<Self, InvalidKeySet> {
        let text = document.trim();
        if text.starts_with('{') {
            jwks(text, accepted)
        } else if text.starts_with('[') {
            let pems: Vec<&RawValue> = serde_json::from_str(text)
                .map_err(|_| invalid("the text is not a JSON array of PEMs"))?;
            let member = |(index, pem)| array_member(index, pem, accepted);
            Self::of(pems.into_iter().enumerate().map(member), accepted)
        } else {
            Self::of([VerifyingKey::from_pem(text, accepted)].into_iter(), accepted)
        }
    }

    fn of(
        members: impl Iterator<Item = Member>,
        accepted: &Algorithms,
    ) -> Result<Self, InvalidKeySet> {
        let (mut keys, mut skipped) = (Vec::new(), Vec::new());
        for member in members {
            match member {
                Ok(Some(key)) if keys.len() == MAX_KEY_SET => {
                    skipped.push(format!("{}: {MAX_KEY_SET} keys are used at most", name(&key.id)));
                }
                Ok(Some(key)) => keys.push(key),
                Ok(None) => {}
                Err(flaw) => skipped.push(flaw),
            }
        }
        if skipped.len() > MAX_TOLD {
            let more = skipped.split_off(MAX_TOLD).len();
            skipped.push(format!("and {more} more"));
        }
        if keys.is_empty() {
            let told = skipped.iter().map(|flaw| format!("; {flaw}"));
            let told: String = told.collect();
            return Err(invalid(&format!("there is no usable key for {accepted} in it{told}")));
        }
        Ok(Self { keys: KeySet(keys), skipped })
    }
}

impl KeySet {
    /// The keys that may have signed a token with this `kid` by `algorithm`: all keys with that id. The first
    /// four keys if the token has no `kid`, or if no key was published with an id.
    pub fn candidates(&self, kid: Option<&str>, algorithm: TokenAlgorithm) -> Vec<DecodingKey> {
        let fitting = || self.0.iter().filter(|key| key.verifies(algorithm));
        let verifier = |key: &VerifyingKey| key.verifier.clone();
        let guesses = || fitting().take(MAX_KEY_GUESSES).map(verifier).collect();
        let Some(kid) = kid else { return guesses() };
        let named: Vec<_> = fitting().filter(|key| key.id == kid).map(verifier).collect();
        if named.is_empty() && self.0.iter().all(|key| !key.named) { guesses() } else { named }
    }

    /// The ids of the keys.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| key.id.as_str())
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the set is empty: then no token is valid.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

fn invalid(text: &str) -> InvalidKeySet {
    InvalidKeySet(text.to_owned())
}

/// Parses a JWK Set (RFC 7517 §5).
fn jwks(text: &str, accepted: &Algorithms) -> Result<Published, InvalidKeySet> {
    let wrong = || invalid("the JSON object is not a JWK Set");
    let object: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(|_| wrong())?;
    let keys = object.get("keys").ok_or_else(wrong)?;
    let keys: Vec<&RawValue> = serde_json::from_str(keys.get()).map_err(|_| wrong())?;
    if keys.is_empty() && object.len() == 1 {
        return Ok(Published { keys: KeySet::default(), skipped: Vec::new() });
    }
    let member = |(index, jwk)| jwks_member(index, jwk, accepted);
    Published::of(keys.into_iter().enumerate().map(member), accepted)
}

fn jwks_member(index: usize, jwk: &RawValue, accepted: &Algorithms) -> Member {
    let jwk: Value = serde_json::from_str(jwk.get()).map_err(|error| flaw(index, None, &error))?;
    let kid = jwk.get("kid").and_then(Value::as_str);
    VerifyingKey::from_jwk(&jwk, accepted).map_err(|why| flaw(index, kid, why))
}

fn array_member(index: usize, pem: &RawValue, accepted: &Algorithms) -> Member {
    let pem: String = serde_json::from_str(pem.get()).map_err(|error| flaw(index, None, error))?;
    VerifyingKey::from_pem(&pem, accepted).map_err(|why| flaw(index, None, why))
}

fn flaw(index: usize, kid: Option<&str>, why: impl std::fmt::Display) -> String {
    match kid {
        Some(kid) => format!("{}: {why}", name(kid)),
        None => format!("member {}: {why}", index + 1),
    }
}

/// The key id in quotes, shortened, safe for a log line.
fn name(kid: &str) -> String {
    format!("kid {:?}", kid.chars().take(MAX_NAME).collect::<String>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The example of RFC 7638 §3.1.
    const N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

    /// A good JWK with changed members; null removes a member.
    fn jwk(changes: &Value) -> Value {
        let mut jwk = json!({ "kty": "RSA", "kid": "k", "n": N, "e": "AQAB" });
        for (name, value) in changes.as_object().unwrap() {
            if value.is_null() {
                jwk.as_object_mut().unwrap().remove(name);
            } else {
                jwk[name] = value.clone();
            }
        }
        jwk
    }

    fn parse(keys: &[Value]) -> Result<Published, InvalidKeySet> {
        published(&json!({ "keys": keys }).to_string())
    }

    /// The keys of an issuer that signs with RS256.
    fn published(document: &str) -> Result<Published, InvalidKeySet> {
        Published::parse(document, &Algorithms::default())
    }

    /// The candidates for a token by RS256.
    fn candidates(keys: &KeySet, kid: Option<&str>) -> usize {
        keys.candidates(kid, TokenAlgorithm::Rs256).len()
    }

    /// An RSA modulus of `bits` bits, in base64url.
    fn modulus(bits: usize) -> String {
        use base64::Engine as _;
        let mut bytes = vec![0xff; bits.div_ceil(8)];
        bytes[0] = 0xff >> (bytes.len() * 8 - bits);
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
    }

    #[test]
    fn a_key_without_id_gets_its_thumbprint() {
        let set = parse(&[jwk(&json!({ "kid": null }))]).unwrap().keys;
        assert_eq!(set.0[0].id, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn a_member_that_cannot_be_used_costs_nobody_the_others() {
        let k1 = || jwk(&json!({ "kid": "k1" }));
        for (bad, why) in [
            (jwk(&json!({ "n": modulus(1024) })), "1024 bits"),
            (jwk(&json!({ "n": modulus(2047) })), "2047 bits"),
            (jwk(&json!({ "n": modulus(4097) })), "4097 bits"),
            (jwk(&json!({ "n": null, "e": null, "x5c": ["MIIB"] })), "`n` is missing"),
            (jwk(&json!({ "n": N.replace('_', "/") })), "base64url"),
            (jwk(&json!({ "n": 7 })), "n: invalid type"),
            (jwk(&json!({ "kty": null })), "`kty` is missing"),
            (jwk(&json!({ "kty": 7 })), "`kty` is missing or not a text"),
            (jwk(&json!({ "kid": 7 })), "kid: invalid type"),
            (jwk(&json!({ "e": "Aw" })), "exponent"),
            (jwk(&json!({ "e": "AQAA" })), "exponent"),
            (jwk(&json!({ "e": "AQAAAAE" })), "exponent"),
            (jwk(&json!({ "key_ops": "verify" })), "key_ops: invalid type"),
            (jwk(&json!({ "d": "AQAB" })), "private half"),
            (json!("text"), "`kty` is missing"),
            (json!(null), "`kty` is missing"),
        ] {
            for members in [[k1(), bad.clone()], [bad.clone(), k1()]] {
                let published = parse(&members).unwrap();
                assert_eq!(candidates(&published.keys, Some("k1")), 1, "{bad}");
                assert_eq!(published.keys.len(), 1, "{bad}");
                let [skipped] = &published.skipped[..] else { panic!("{published:?}") };
                assert!(skipped.contains(why), "{skipped}");
            }
            assert!(parse(&[bad]).unwrap_err().to_string().contains(why));
        }
        // JSON that serde cannot turn into a value.
        for odd in [r#"{"kid":"\ud800"}"#, "1e999"] {
            let published = published(&format!(r#"{{"keys":[{odd},{}]}}"#, k1())).unwrap();
            assert_eq!((published.keys.len(), published.skipped.len()), (1, 1), "{odd}");
        }
    }

    #[test]
    fn sound_keys_for_something_else_are_passed_over_without_a_word() {
        for other in [
            json!({ "kty": "EC", "kid": "ec", "crv": "P-256", "key_ops": 7 }),
            json!({ "kty": "AKP", "kid": "pq", "alg": "ML-DSA-44" }),
            json!({ "kty": "oct", "k": "AQAB" }),
            jwk(&json!({ "use": "enc" })),
            jwk(&json!({ "key_ops": ["encrypt", "wrapKey"] })),
            jwk(&json!({ "key_ops": [] })),
            jwk(&json!({ "use": "sig", "key_ops": ["sign"] })),
            jwk(&json!({ "alg": "RS512" })),
        ] {
            let published = parse(&[jwk(&json!({ "kid": "k1" })), other.clone()]).unwrap();
            assert_eq!((published.keys.len(), published.skipped.len()), (1, 0), "{other}");
            assert!(parse(std::slice::from_ref(&other)).is_err(), "{other}");
        }
        for meant in [
            json!({ "use": "sig" }),
            json!({ "key_ops": ["sign", "verify"] }),
            json!({ "alg": "RS256" }),
            json!({ "n": modulus(4096) }),
            json!({ "n": format!("{N}==") }),
        ] {
            assert_eq!(parse(&[jwk(&meant)]).unwrap().keys.len(), 1, "{meant}");
        }
    }

    #[test]
    fn one_bad_pem_costs_nobody_the_others() {
        let good = include_str!("../../tests/data/rsa-2048.pem");
        let published = published(&json!([7, good, "no PEM"]).to_string()).unwrap();
        assert_eq!((published.keys.len(), published.skipped.len()), (1, 2));
        assert!(published.skipped[1].starts_with("member 3: "), "{published:?}");
    }

    #[test]
    fn what_names_no_usable_key_is_an_error_and_an_empty_set_is_not() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"keys":[],"more":1}"#,
            r#"{"keys":{}}"#,
            r#"{"keys":null}"#,
            r#"{"keys":[{}]}"#,
            "<html>",
            "[1]",
            "[\"-----BEGIN PRIVATE KEY-----\"]",
        ] {
            assert!(published(text).is_err(), "{text}");
        }
        for text in [r#"{"keys":[]}"#, " { \"keys\" : [ ] }\n"] {
            assert!(published(text).unwrap().keys.is_empty(), "{text}");
        }
    }

    #[test]
    fn beyond_sixteen_usable_keys_the_rest_is_skipped() {
        let numbered = |number: usize| jwk(&json!({ "kid": format!("k{number}") }));
        let mut members: Vec<_> = (0..18).map(numbered).collect();
        members.insert(3, jwk(&json!({ "use": "enc" })));
        let published = parse(&members).unwrap();
        assert_eq!(published.keys.len(), 16);
        assert_eq!(candidates(&published.keys, Some("k15")), 1);
        assert_eq!(candidates(&published.keys, Some("k16")), 0);
        assert_eq!(published.skipped.len(), 2);
        assert!(published.skipped[0].starts_with("kid \"k16\": 16 keys"), "{published:?}");
    }

    #[test]
    fn a_kid_names_all_keys_under_it_or_none() {
        let twins = parse(&[jwk(&json!({})), jwk(&json!({})), jwk(&json!({ "kid": "other" }))]);
        let twins = twins.unwrap().keys;
        assert_eq!(candidates(&twins, Some("k")), 2);
        assert_eq!(candidates(&twins, Some("b")), 0);
        assert_eq!(candidates(&twins, None), 3);
        let nameless = parse(&vec![jwk(&json!({ "kid": null })); 6]).unwrap().keys;
        assert_eq!(candidates(&nameless, None), 4);
        assert_eq!(candidates(&nameless, Some("any")), 4);
        let thumbprint = nameless.0[0].id.clone();
        assert_eq!(candidates(&nameless, Some(&thumbprint)), 6);
    }
}

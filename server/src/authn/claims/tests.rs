//! Claims of every JSON type, and how each is read.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::authn::Refusal as _;
use crate::domain::limits;

const NOW: i64 = 1_800_000_000;

/// A value of every JSON type, and JSON that serde cannot turn into a value.
const EVERY_TYPE: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1.5",
    "1e300",
    "1e999",
    "\"\"",
    "\"ada\"",
    "\"2027\"",
    r#""\ud800""#,
    "[]",
    "[7]",
    "[\"ada\"]",
    "[[]]",
    "{}",
    r#"{"ada":"ada"}"#,
];

fn rules() -> ClaimRules {
    ClaimRules {
        max_bytes: limits::DEFAULT_MAX_TOKEN,
        issuer: "https://auth.example".to_owned(),
        audience: Some("cargo".to_owned()),
        leeway: TimeDelta::seconds(30),
        max_lifetime: TimeDelta::hours(24),
        user_claims: vec!["id".to_owned(), "sub".to_owned()],
        project_claim: "projectId".to_owned(),
        project_from_header: false,
        groups_claim: "groups".to_owned(),
        role_claim: "role".to_owned(),
    }
}

fn good() -> Value {
    json!({
        "sub": "ada", "iss": "https://auth.example", "aud": ["x", "cargo"],
        "iat": NOW, "exp": NOW + 3600, "groups": ["staff"], "role": 1,
    })
}

fn judge(rules: &ClaimRules, claims: &str) -> Result<CheckedClaims, &'static str> {
    let claims: SignedClaims = serde_json::from_str(claims).unwrap();
    let now = DateTime::from_timestamp(NOW, 0).unwrap();
    rules.read(&claims, now).map_err(|error| error.code())
}

fn read_by(rules: &ClaimRules, changes: &Value) -> Result<CheckedClaims, &'static str> {
    let mut claims = good();
    for (claim, value) in changes.as_object().unwrap() {
        claims[claim] = value.clone();
    }
    judge(rules, &claims.to_string())
}

fn read(changes: &Value) -> Result<TokenClaims, &'static str> {
    read_by(&rules(), changes).map(|reading| reading.claims)
}

/// A good token in which one claim has the JSON text `written`.
fn with(claim: &str, written: &str) -> Result<CheckedClaims, &'static str> {
    let mut claims = good();
    claims.as_object_mut().unwrap().remove(claim);
    let rest = claims.to_string();
    judge(&rules(), &format!("{{\"{claim}\":{written},{}", &rest[1..]))
}

fn groups(reading: &CheckedClaims) -> Vec<&str> {
    reading.claims.groups.iter().map(SubjectId::as_str).collect()
}

#[test]
fn a_good_token_says_who_and_until_when() {
    let claims = read(&json!({})).unwrap();
    assert_eq!(claims.user.as_str(), "ada");
    assert_eq!(claims.expires_at.timestamp(), NOW + 3600);
    assert!(claims.service_account);
    assert_eq!(claims.groups.first().unwrap().as_str(), "staff");
    assert!(read(&json!({ "id": "ada", "aud": "cargo" })).is_ok(), "both claims agree");
    assert!(read_by(&rules(), &json!({})).unwrap().remarks.is_empty());
}

#[test]
fn a_token_says_when_its_user_signed_in_and_nothing_else_says_it() {
    let at = |changes: Value| {
        let read = read_by(&rules(), &changes).unwrap();
        (read.claims.signed_in_at.map(|at| at.timestamp() - NOW), read.remarks.len())
    };
    for (said, told) in [
        (json!({}), (None, 0)),
        (json!({ "auth_time": null }), (None, 0)),
        (json!({ "auth_time": NOW - 900 }), (Some(-900), 0)),
        (json!({ "auth_time": NOW + 30 }), (Some(30), 0)),
        (json!({ "auth_time": NOW + 31 }), (None, 1)),
        (json!({ "auth_time": NOW.to_string() }), (None, 1)),
        (json!({ "auth_time": [NOW] }), (None, 1)),
    ] {
        assert_eq!(at(said.clone()), told, "{said}");
    }
}

#[test]
fn each_flaw_has_its_code() {
    for (changes, code) in [
        (json!({ "exp": NOW - 30 }), "token_expired"),
        (json!({ "exp": 1_799_999_969.5 }), "token_expired"),
        (json!({ "exp": null }), "invalid_claim"),
        (json!({ "exp": (NOW + 60).to_string() }), "invalid_claim"),
        (json!({ "exp": 1e300 }), "invalid_claim"),
        (json!({ "exp": i64::MAX }), "invalid_claim"),
        (json!({ "exp": NOW + 90_000 }), "token_lives_too_long"),
        (json!({ "exp": NOW + 90_000, "iat": "long ago" }), "token_lives_too_long"),
        (json!({ "iat": NOW + 31 }), "token_not_yet_valid"),
        (json!({ "nbf": NOW + 31 }), "token_not_yet_valid"),
        (json!({ "nbf": 1_800_000_030.5 }), "token_not_yet_valid"),
        (json!({ "iss": "https://evil.example" }), "wrong_issuer"),
        (json!({ "iss": ["https://auth.example"] }), "wrong_issuer"),
        (json!({ "aud": "other" }), "wrong_audience"),
        (json!({ "aud": ["other", 7] }), "wrong_audience"),
        (json!({ "aud": null }), "invalid_claim"),
        (json!({ "aud": [] }), "invalid_claim"),
        (json!({ "sub": null }), "invalid_claim"),
        (json!({ "sub": "" }), "invalid_claim"),
        (json!({ "sub": 7 }), "invalid_claim"),
        (json!({ "sub": 7, "id": 7 }), "invalid_claim"),
        (json!({ "sub": "a\nb" }), "invalid_claim"),
        (json!({ "id": "eve" }), "ambiguous_user"),
        (json!({ "projectId": 7 }), "invalid_claim"),
    ] {
        assert_eq!(read(&changes).err(), Some(code), "{changes}");
    }
    assert!(read(&json!({ "exp": NOW - 29 })).is_ok(), "leeway");
}

#[test]
fn times_may_have_fractions() {
    let exp = read(&json!({ "exp": 1_800_003_600.5 })).unwrap().expires_at;
    assert_eq!(exp.timestamp_millis(), NOW * 1000 + 3_600_500);
    assert!(with("iat", "1.800000000e9").is_ok());
    assert!(with("nbf", "1800000000.25").is_ok());
}

#[test]
fn an_optional_claim_of_any_type_is_never_a_refusal() {
    for claim in ["iat", "groups", "role", "id", "hasgroups", "_claim_names", "jti", "aud2"] {
        for written in EVERY_TYPE {
            let refused = with(claim, written).err();
            // These values are readable, so they have their usual effect.
            let meant = match (claim, *written) {
                ("iat", "0" | "1.5") => Some("token_lives_too_long"),
                ("id", "\"2027\"") => Some("ambiguous_user"),
                _ => None,
            };
            assert_eq!(refused, meant, "{claim}: {written}");
        }
    }
    for (claim, written) in
        [("iat", "true"), ("groups", "7"), ("groups", "{}"), ("role", "[]"), ("id", "1e999")]
    {
        let remarks = with(claim, written).unwrap().remarks;
        assert_eq!(remarks, [Remark::Ignored(claim.to_owned())].into(), "{claim}: {written}");
    }
    let any = ClaimRules { audience: None, ..rules() };
    assert!(read_by(&any, &json!({ "aud": 7 })).is_ok(), "nobody asks for whom it is");
}

#[test]
fn a_restricting_claim_that_cannot_be_read_is_a_refusal() {
    for claim in ["nbf", "projectId", "aud"] {
        let good = |written: &str| match claim {
            "nbf" => matches!(written, "null" | "0" | "1.5"),
            "projectId" => matches!(written, "null" | "\"ada\"" | "\"2027\""),
            _ => false,
        };
        for written in EVERY_TYPE {
            assert_eq!(with(claim, written).is_ok(), good(written), "{claim}: {written}");
        }
    }
}

#[test]
fn groups_are_one_name_or_those_of_a_list_that_are_names() {
    let long = "x".repeat(257);
    for (named, groups, left_out) in [
        (json!("staff"), &["staff"][..], false),
        (json!(["staff", ""]), &["staff"], true),
        (json!(["staff", null, 7, long, "crew", {}]), &["crew", "staff"], true),
        (json!(""), &[], true),
        (json!([]), &[], false),
        (json!(null), &[], false),
    ] {
        let reading = read_by(&rules(), &json!({ "groups": named })).unwrap();
        assert_eq!(self::groups(&reading), groups, "{named}");
        let remark = left_out.then(|| Remark::GroupsLeftOut("groups".to_owned()));
        assert_eq!(reading.remarks, remark.into_iter().collect(), "{named}");
    }
}

#[test]
fn groups_may_be_within_another_claim() {
    for (claim, changes) in [
        ("realm_access.roles", json!({ "realm_access": { "roles": ["crew"] } })),
        ("https://example.com/groups", json!({ "https://example.com/groups": ["crew"] })),
    ] {
        let rules = ClaimRules { groups_claim: claim.to_owned(), ..rules() };
        assert_eq!(groups(&read_by(&rules, &changes).unwrap()), ["crew"], "{claim}");
    }
}

#[test]
fn groups_that_are_elsewhere_are_remarked_on() {
    for says in [
        json!({ "_claim_names": { "groups": "src1" }, "_claim_sources": { "src1": {} } }),
        json!({ "hasgroups": true }),
    ] {
        let mut changes = says.clone();
        changes["groups"] = Value::Null;
        let reading = read_by(&rules(), &changes).unwrap();
        assert!(reading.claims.groups.is_empty());
        assert_eq!(reading.remarks, [Remark::GroupsElsewhere].into(), "{says}");
        assert!(read_by(&rules(), &says).unwrap().remarks.is_empty(), "they are here");
    }
    assert!(Remark::GroupsElsewhere.to_string().contains("--auth-groups-claim"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,300}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z.]{0,6}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    /// The token stays valid and keeps its user, whatever the claim's value.
    #[test]
    fn any_value_of_an_optional_claim_leaves_the_token_good(
        claim in prop_oneof![Just("groups"), Just("role"), Just("hasgroups"), Just("_claim_names")],
        value in any_json(),
    ) {
        let mut changes = json!({});
        changes[claim] = value;
        let reading = read_by(&rules(), &changes).unwrap();
        prop_assert_eq!(reading.claims.user.as_str(), "ada");
        prop_assert_eq!(reading.claims.expires_at.timestamp(), NOW + 3600);
        prop_assert!(reading.claims.groups.iter().all(|group| group.as_str().len() <= 256));
    }
}

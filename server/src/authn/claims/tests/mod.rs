//! Claims of every JSON type, and how each is read.

mod providers;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::authn::Refusal as _;
use crate::authn::examination::Silent;
use crate::domain::IssuerSettings;

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

/// The settings of the default issuer, as flags make them.
fn rules() -> IssuerSettings {
    IssuerSettings {
        issuer: "https://auth.example".to_owned(),
        audiences: ["cargo".to_owned()].into(),
        user_claims: vec!["id".to_owned(), "sub".to_owned()],
        project_claim: Some("projectId".to_owned()),
        ..IssuerSettings::default()
    }
}

/// The settings of an issuer with an alias.
fn okta() -> IssuerSettings {
    let issuer = "https://okta.example".to_owned();
    IssuerSettings { alias: Some("okta".to_owned()), issuer, ..rules() }
}

fn good() -> Value {
    json!({
        "sub": "ada", "iss": "https://auth.example", "aud": ["x", "cargo"],
        "iat": NOW, "exp": NOW + 3600, "groups": ["staff"], "role": 1,
    })
}

/// Reads the claims of a token of the issuer with these settings, which is on a server with `okta` as well.
fn judge(rules: &IssuerSettings, claims: &str) -> Result<CheckedClaims, TokenError> {
    let claims: SignedClaims = serde_json::from_str(claims).unwrap();
    let now = DateTime::from_timestamp(NOW, 0).unwrap();
    let issuer = Issuer::parse(rules.clone()).unwrap();
    let others = [self::rules(), okta()].into_iter().filter(|other| other.alias != rules.alias);
    let others = others.filter(|other| other.issuer != rules.issuer);
    let all = others.map(|settings| Issuer::parse(settings).unwrap()).chain([issuer.clone()]);
    let all = IssuerSet::of(all).unwrap();
    super::read(&issuer, &all, &claims, now, &mut Silent)
}

fn read_by(rules: &IssuerSettings, changes: &Value) -> Result<CheckedClaims, &'static str> {
    let mut claims = good();
    for (claim, value) in changes.as_object().unwrap() {
        claims[claim] = value.clone();
    }
    judge(rules, &claims.to_string()).map_err(|error| error.code())
}

fn read(changes: &Value) -> Result<TokenClaims, &'static str> {
    read_by(&rules(), changes).map(|reading| reading.claims)
}

/// A good token in which one claim has the JSON text `written`.
fn with(claim: &str, written: &str) -> Result<CheckedClaims, &'static str> {
    let mut claims = good();
    claims.as_object_mut().unwrap().remove(claim);
    let rest = claims.to_string();
    let claims = format!("{{\"{claim}\":{written},{}", &rest[1..]);
    judge(&rules(), &claims).map_err(|error| error.code())
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
}

#[test]
fn a_restricting_claim_that_cannot_be_read_is_a_refusal() {
    for claim in ["nbf", "projectId"] {
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
        (
            json!([{ "name": "staff" }, { "id": 7, "name": "crew" }, { "id": 8 }]),
            &["crew", "staff"],
            true,
        ),
        (json!({ "staff": { "org": "a.example" }, "crew": {} }), &["crew", "staff"], false),
        (json!("sales, north"), &["sales, north"], false),
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
        let rules = IssuerSettings { groups_claim: Some(claim.to_owned()), ..rules() };
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

#[test]
fn groups_that_an_issuer_must_name_are_missing_only_if_none_can_be_read() {
    let required = IssuerSettings { groups_required: true, ..rules() };
    for (changes, refused) in [
        (json!({}), false),
        (json!({ "groups": [] }), false),
        (json!({ "groups": null }), true),
        (json!({ "groups": 7 }), true),
        (json!({ "groups": null, "_claim_names": { "groups": "src1" } }), true),
    ] {
        let code = read_by(&required, &changes).err();
        assert_eq!(code, refused.then_some("groups_missing"), "{changes}");
    }
}

#[test]
fn users_and_groups_of_an_issuer_with_alias_are_named_after_it() {
    let changes = json!({ "sub": "1", "groups": ["admins", "dex:crew", "", "x".repeat(252)] });
    let reading = read_by(&okta(), &changes).unwrap();
    assert_eq!(reading.claims.user.as_str(), "okta:1");
    assert_eq!(groups(&reading), ["okta:admins", "okta:dex:crew"]);
    assert_eq!(reading.remarks, [Remark::GroupsLeftOut("groups".to_owned())].into());
    let long = json!({ "sub": "x".repeat(252) });
    assert_eq!(read_by(&okta(), &long).err(), Some("invalid_claim"), "too long with its alias");
}

/// `sub = "okta:1"` of the default issuer is not Okta's 1.
#[test]
fn the_default_issuer_names_nobody_as_another_issuer_does() {
    for changes in [
        json!({ "sub": "okta:1" }),
        json!({ "groups": ["staff", "okta:admins"] }),
        json!({ "groups": "okta:admins" }),
        json!({ "groups": [{ "name": "okta:admins" }] }),
    ] {
        assert_eq!(read_by(&rules(), &changes).err(), Some("foreign_name"), "{changes}");
    }
    for changes in [json!({ "sub": "dex:1" }), json!({ "sub": "okta" }), json!({ "sub": "Okta:1" })]
    {
        assert!(read_by(&rules(), &changes).is_ok(), "{changes} is no name of an issuer");
    }
    // An issuer whose users are those of the default issuer names them no other way either.
    let merged = IssuerSettings {
        alias: Some("new".to_owned()),
        issuer: "https://new.example".to_owned(),
        merge_identities: Some("default".to_owned()),
        ..rules()
    };
    let reading = read_by(&merged, &json!({})).unwrap();
    assert_eq!(reading.claims.user.as_str(), "ada");
    assert_eq!(read_by(&merged, &json!({ "sub": "okta:1" })).err(), Some("foreign_name"));
    assert_eq!(read_by(&merged, &json!({ "sub": "new:1" })).err(), Some("foreign_name"));
}

#[test]
fn a_condition_is_met_by_one_of_its_values_and_by_nothing_else() {
    let claims = [("owner", "acme"), ("verified", "true"), ("id", "7"), ("a.b", "deep")];
    for (claim, value) in claims {
        let conditions = [(claim.to_owned(), [value.to_owned(), "other".to_owned()].into())].into();
        let rules = IssuerSettings { conditions, user_claims: vec!["sub".to_owned()], ..rules() };
        let said = |value: Value| match claim {
            "a.b" => json!({ "a": { "b": value } }),
            _ => json!({ claim: value }),
        };
        let typed: Value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
        for met in [json!(value), typed, json!(["x", value])] {
            assert!(read_by(&rules, &said(met.clone())).is_ok(), "{claim}: {met}");
        }
        for unmet in [json!(null), json!(""), json!("ACME"), json!([]), json!({}), json!(["x"])] {
            let code = read_by(&rules, &said(unmet.clone())).err();
            assert_eq!(code, Some("condition_not_met"), "{claim}: {unmet}");
        }
    }
}

#[test]
fn an_issuer_speaks_for_its_projects_only() {
    let read = |change: fn(&mut IssuerSettings), claims: Value| {
        let mut settings = IssuerSettings { project_claim: None, ..rules() };
        change(&mut settings);
        let claims = read_by(&settings, &claims).unwrap().claims;
        (claims.project, claims.may_choose_project)
    };
    let named = || json!({ "projectId": "vault" });
    let one = |it: &mut IssuerSettings| it.project = Some("photos".to_owned());
    assert_eq!(read(one, named()), (Some("photos".to_owned()), false), "whatever the token says");
    let header = |it: &mut IssuerSettings| it.project_from_header = true;
    assert_eq!(read(header, named()), (None, true));
    let either = |it: &mut IssuerSettings| {
        it.project_claim = Some("projectId".to_owned());
        it.project_from_header = true;
    };
    assert_eq!(read(either, named()), (Some("vault".to_owned()), true));
    assert_eq!(read(either, json!({})), (None, true));
}

#[test]
fn the_time_of_issue_is_that_of_the_sign_in_only_where_the_settings_say_so() {
    let counts = IssuerSettings { issued_at_is_sign_in: true, ..rules() };
    for (rules, claims, at) in [
        (&rules(), json!({}), None),
        (&counts, json!({}), Some(NOW)),
        (&counts, json!({ "auth_time": NOW - 900 }), Some(NOW - 900)),
        (&counts, json!({ "iat": null }), None),
    ] {
        let read = read_by(rules, &claims).unwrap().claims.signed_in_at;
        assert_eq!(read.map(|at| at.timestamp()), at, "{claims}");
    }
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

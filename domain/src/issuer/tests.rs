//! Which settings of issuers are accepted, and which issuers go together.

use std::collections::BTreeSet;

use super::*;
use crate::flaw::Flaw;

fn texts(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The settings of an issuer with this alias; `""` for the default issuer.
fn settings(alias: &str) -> IssuerSettings {
    IssuerSettings {
        alias: (!alias.is_empty()).then(|| alias.to_owned()),
        issuer: format!("https://{alias}.auth.example"),
        audiences: texts(&["cargo"]),
        project: Some("photos".to_owned()),
        ..IssuerSettings::default()
    }
}

fn issuer(alias: &str) -> Issuer {
    Issuer::parse(settings(alias)).unwrap()
}

/// The setting that breaks a rule after `change`, and the rule.
fn flaw(change: impl FnOnce(&mut IssuerSettings)) -> String {
    let mut settings = settings("okta");
    change(&mut settings);
    let said = |flaw: Flaw| format!("{}: {flaw}", flaw.field());
    Issuer::parse(settings).map_or_else(said, |_| String::new())
}

#[test]
fn an_issuer_has_defaults_for_what_is_not_said() {
    let issuer = issuer("okta");
    assert_eq!(issuer.algorithms().to_string(), "RS256");
    assert_eq!(issuer.claims().user, ["sub"]);
    assert_eq!((&*issuer.claims().groups, &*issuer.claims().role), ("groups", "role"));
    assert_eq!(issuer.life().token, chrono::TimeDelta::hours(24));
    let KeyPlace::Discovered(url) = issuer.keys() else { panic!("{issuer:?}") };
    assert_eq!(url.as_str(), "https://okta.auth.example/.well-known/openid-configuration");
}

#[test]
fn each_setting_has_its_rule() {
    type Change = fn(&mut IssuerSettings);
    let cases: &[(Change, &str)] = &[
        (|_| (), ""),
        (|it| it.alias = Some("Okta".into()), "alias: 1 to 31"),
        (|it| it.alias = Some("1a".into()), "alias: 1 to 31"),
        (|it| it.alias = Some("a:b".into()), "alias: 1 to 31"),
        (|it| it.alias = Some("a".repeat(31)), ""),
        (|it| it.alias = Some("a".repeat(32)), "alias: 1 to 31"),
        (|it| it.alias = Some("default".into()), "alias: `default` is"),
        // Databases may have this one: what is stored must be readable.
        (|it| it.alias = Some("user".into()), ""),
        (|it| it.issuer.clear(), "issuer: 1 to 1024"),
        (
            |it| it.issuer = "kubernetes/serviceaccount".to_owned(),
            "keys: `kubernetes/serviceaccount`",
        ),
        (
            |it| it.issuer = "https://a.example/?tenant=1".to_owned(),
            "keys: `https://a.example/?tenant=1`",
        ),
        (|it| it.issuer = "http://a.example".to_owned(), "keys: `http://a.example`"),
        (|it| it.issuer = "http://127.0.0.1:8080".to_owned(), ""),
        (|it| it.issuer = "http://localhost:80@a.example".to_owned(), "keys: `http://localhost"),
        (|it| it.keys = Some("http://a.example/keys".into()), "keys: keys are fetched over https"),
        (|it| it.keys = Some("https://me:pw@a.example/keys".into()), "keys: a URL of keys holds"),
        (|it| it.keys = Some("keys.json".into()), "keys: "),
        (|it| it.keys = Some("file:/run/keys.json".into()), ""),
        (|it| it.audiences.clear(), "audiences: names no audience"),
        (|it| it.any_audience = true, "any_audience: contradicts"),
        (
            |it| {
                it.any_audience = true;
                it.audiences.clear();
            },
            "",
        ),
        (|it| it.user_claims = vec![String::new()], "user_claims: "),
        (|it| it.groups_claim = Some(String::new()), "groups_claim: "),
        (|it| it.groups_separator = Some(String::new()), "groups_separator: "),
        (|it| it.groups_separator = Some("x".into()), "groups_separator: no letters"),
        (|it| it.groups_separator = Some(", ".into()), ""),
        (|it| it.project = None, "project: the issuer speaks for no project"),
        (|it| it.project = Some("No Project".into()), "project: is neither"),
        (|it| it.project_claim = Some("p".into()), "project: is the only project"),
        (|it| it.project_from_header = true, "project: is the only project"),
        (
            |it| drop(it.conditions.insert("hd".to_owned(), texts(&[]))),
            "conditions: `hd` has no value",
        ),
        (|it| it.max_session_seconds = Some(899), "max_session_seconds: 900"),
        (|it| it.max_token_seconds = Some(0), "max_token_seconds: "),
        (|it| it.merge_identities = Some("okta".into()), ""),
        (|it| it.merge_identities = Some("Other".into()), "merge_identities: 1 to 31"),
        (|it| it.display_name = Some("a\nb".into()), "display_name: "),
        (|it| it.sign_in_url = Some("https://a.example/login?lang=de".into()), ""),
        (|it| it.sign_in_url = Some("http://localhost:3000/#/login".into()), ""),
        (|it| it.sign_in_url = Some("/login".into()), "sign_in_url: no URL"),
        (|it| it.sign_in_url = Some("http://a.example".into()), "sign_in_url: users sign in over"),
        (
            |it| it.sign_in_url = Some("javascript:alert(1)".into()),
            "sign_in_url: users sign in over",
        ),
        (|it| it.sign_in_url = Some("https://me@a.example".into()), "sign_in_url: holds no user"),
    ];
    for (index, (change, said)) in cases.iter().enumerate() {
        let flaw = flaw(change);
        assert_eq!(flaw.is_empty(), said.is_empty(), "{index}, {said}: {flaw}");
        assert!(flaw.starts_with(said), "{index}, {said}: {flaw}");
    }
    let default = IssuerSettings { merge_identities: Some("okta".into()), ..settings("") };
    assert!(Issuer::parse(default).is_err(), "the default issuer is nobody else's");
}

/// Everybody on GitHub would be `authenticated` otherwise.
#[test]
fn an_issuer_that_serves_the_whole_world_needs_a_condition_that_says_whose_tokens() {
    for (name, claim) in [
        ("https://token.actions.githubusercontent.com", "repository_owner"),
        ("https://token.actions.githubusercontent.com/", "repository_id"),
        ("https://gitlab.com", "namespace_path"),
        ("https://gitlab.com:443", "namespace_path"),
        ("https://login.microsoftonline.com:443/common/v2.0/", "tid"),
        ("https://accounts.google.com", "hd"),
        ("accounts.google.com", "hd"),
        ("https://login.microsoftonline.com/common/v2.0", "tid"),
        ("https://login.microsoftonline.com/organizations/v2.0", "tid"),
        ("https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", "oid"),
    ] {
        let mut settings = settings("world");
        settings.issuer = name.to_owned();
        settings.keys = Some("https://keys.example".into());
        let refused = |settings: &IssuerSettings| Issuer::parse(settings.clone()).err();
        assert!(refused(&settings).unwrap().to_string().contains(claim), "{name}");
        // A claim that everybody has.
        settings.conditions = [("email_verified".to_owned(), texts(&["true"]))].into();
        assert!(refused(&settings).is_some(), "{name}");
        settings.conditions = [(claim.to_owned(), texts(&["ours"]))].into();
        assert_eq!(refused(&settings), None, "{name}");
    }
    for one in [
        "https://token.actions.githubusercontent.com/acme",
        "https://gitlab.acme.example",
        "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0",
    ] {
        assert_eq!(flaw(|it| it.issuer = one.to_owned()), "", "{one} serves one company");
    }
}

#[test]
fn no_token_is_for_two_issuers_and_no_two_share_their_keys() {
    let with = |alias: &str, change: fn(&mut IssuerSettings)| {
        let mut settings = settings(alias);
        change(&mut settings);
        Issuer::parse(settings).unwrap()
    };
    let same = |it: &mut IssuerSettings| it.issuer = "https://one.example".to_owned();
    let code = |issuers: Vec<Issuer>| IssuerSet::of(issuers).map_err(|flaw| flaw.code()).err();
    assert_eq!(code(vec![issuer(""), issuer("a"), issuer("b")]), None);
    assert_eq!(code(vec![issuer("a"), with("a", same)]), Some("issuer_exists"));
    assert_eq!(code(vec![issuer(""), with("", same)]), Some("issuer_exists"));
    assert_eq!(code(vec![with("a", same), with("b", same)]), Some("issuer_overlaps"));
    let other_audience = with("b", |it| {
        it.issuer = "https://one.example".to_owned();
        it.audiences = texts(&["else"]);
    });
    assert_eq!(code(vec![with("a", same), other_audience.clone()]), None);
    let any = with("c", |it| {
        it.issuer = "https://one.example".to_owned();
        it.audiences.clear();
        it.any_audience = true;
    });
    assert_eq!(code(vec![any, other_audience]), Some("issuer_overlaps"));
    let keys = |it: &mut IssuerSettings| it.keys = Some("https://keys.example/all".into());
    assert_eq!(code(vec![with("a", keys), with("b", keys)]), Some("issuer_keys_shared"));
}

#[test]
fn users_are_merged_only_into_an_issuer_with_users_of_its_own() {
    let merged = |alias: &str, into: &str| {
        Issuer::parse(IssuerSettings { merge_identities: Some(into.into()), ..settings(alias) })
            .unwrap()
    };
    let code = |issuers: Vec<Issuer>| IssuerSet::of(issuers).map_err(|flaw| flaw.code()).err();
    assert_eq!(code(vec![issuer("old"), merged("new", "old")]), None);
    assert_eq!(code(vec![merged("new", "old"), issuer("old")]), None);
    assert_eq!(code(vec![issuer(""), merged("new", "default")]), None);
    let nothing = Some("issuer_merge_unknown");
    assert_eq!(code(vec![merged("new", "old")]), nothing);
    assert_eq!(code(vec![issuer("old"), merged("new", "default")]), nothing);
    assert_eq!(code(vec![issuer(""), merged("b", "default"), merged("c", "b")]), nothing);
    assert_eq!(merged("new", "old").names_under().unwrap().as_str(), "old");
    assert_eq!(merged("new", "default").names_under(), None);
    assert!(merged("new", "new").takes_over() && !merged("new", "old").takes_over());
    assert_eq!(code(vec![merged("new", "new")]), None, "the issuer that had its alias before");
}

#[test]
fn issuers_that_contradict_others_are_left_out_and_take_nobody_with_them() {
    let merged = IssuerSettings { merge_identities: Some("old".into()), ..settings("new") };
    let merged = Issuer::parse(merged).unwrap();
    let set = IssuerSet::of([issuer(""), issuer("okta")]).unwrap();
    let (all, left_out) = set.with(vec![merged.clone(), issuer("okta"), issuer("old")]);
    let called: Vec<_> = all.iter().map(|issuer| issuer.called()).collect();
    assert_eq!(called, ["default", "okta", "old", "new"]);
    assert_eq!(left_out, [(issuer("okta"), SetFlaw::SameAlias("okta".to_owned()))]);
    let (all, left_out) = set.with(vec![merged]);
    assert_eq!((all.iter().len(), left_out[0].1.code()), (2, "issuer_merge_unknown"));
}

#[test]
fn a_token_finds_its_issuer_by_name_and_audience_byte_for_byte() {
    let set = IssuerSet::of([issuer("a"), issuer("b")]).unwrap();
    let cargo = ["else".to_owned(), "cargo".to_owned()];
    assert_eq!(set.find("https://b.auth.example", &cargo), Ok(1));
    for alike in ["https://b.auth.example/", "https://B.auth.example", "https://b.auth.exampl", ""]
    {
        assert_eq!(set.find(alike, &cargo), Err(NoIssuer::Issuer), "{alike}");
    }
    for audiences in [&["Cargo".to_owned()][..], &[]] {
        assert_eq!(set.find("https://b.auth.example", audiences), Err(NoIssuer::Audience));
    }
}

#[test]
fn names_of_an_alias_are_told_from_names_that_start_alike() {
    let set = IssuerSet::of([issuer(""), issuer("okta"), issuer("ok")]).unwrap();
    let before = |name: &str| set.alias_before(name).map(|alias| alias.as_str().to_owned());
    assert_eq!(before("okta:1"), Some("okta".into()));
    assert_eq!(before("ok:okta:1"), Some("ok".into()));
    for plain in ["okta", "okta1:1", "Okta:1", "1:okta:1", "other:1"] {
        assert_eq!(before(plain), None, "{plain}");
    }
    let alias = IssuerAlias::parse("okta").unwrap();
    assert_eq!(alias.name("1").unwrap().as_str(), "okta:1");
    assert_eq!(alias.name(&"x".repeat(251)).unwrap().as_str().len(), 256);
    for invalid in ["", "a\nb", &*"x".repeat(252)] {
        assert!(alias.name(invalid).is_err(), "{invalid}");
    }
}

#[test]
fn a_text_is_one_group_unless_the_settings_name_a_separator() {
    let shape = |separator: Option<&str>| {
        let groups_separator = separator.map(str::to_owned);
        let settings = IssuerSettings { groups_separator, ..settings("a") };
        Issuer::parse(settings).unwrap().groups().clone()
    };
    assert_eq!(shape(None).split("Sales, North"), ["Sales, North"]);
    assert_eq!(shape(Some(",")).split("sales, crew,,"), ["sales", "crew"]);
    assert_eq!(shape(Some(" ")).split("sales  crew"), ["sales", "crew"]);
}

#[test]
fn sessions_are_limited_by_the_issuer_of_their_user() {
    let limited = |alias: &str, seconds| {
        let settings = IssuerSettings { max_session_seconds: Some(seconds), ..settings(alias) };
        Issuer::parse(settings).unwrap()
    };
    let set = IssuerSet::of([limited("", 3600), limited("okta", 900), issuer("dex")]).unwrap();
    for (user, seconds) in
        [("ada", Some(3600)), ("okta:ada", Some(900)), ("dex:ada", None), ("none:ada", Some(3600))]
    {
        assert_eq!(set.session_terms(user).longest, seconds, "{user}");
    }
}

#[test]
fn keys_that_a_document_names_are_fetched_over_tls_too() {
    let over_tls = url::Url::parse("https://a.example/doc").unwrap();
    let here = url::Url::parse("http://127.0.0.1:8080/doc").unwrap();
    assert!(KeyPlace::named_by(&over_tls, "https://keys.example/jwks").is_ok());
    assert!(KeyPlace::named_by(&here, "http://127.0.0.1:8080/jwks").is_ok());
    for place in ["http://keys.example/jwks", "http://127.0.0.1/jwks", "file:/etc/passwd", "jwks"] {
        assert!(KeyPlace::named_by(&over_tls, place).is_err(), "{place}");
    }
}

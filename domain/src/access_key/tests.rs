//! Limits never widen, in whatever way they are asked.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use sail_cargo_protocol::{CreateAccessKey, PatchAccessKey};

use super::*;
use crate::account::Username;
use crate::authority::{Authority, BucketRules, GrantScope, ProjectRules};
use crate::caller::{Caller, KeyHolder, Scope, User};
use crate::check::{Action, check};
use crate::conflict::Conflict;
use crate::denied::Denied;
use crate::grant::{Grant, Subject};
use crate::grant_prefix::{GrantPrefix, PrefixKind};
use crate::holdings::holdings;
use crate::names::{BucketName, KeyId, Prefix, ProjectId, SubjectId};
use crate::new_key::KeyRefusal;
use crate::permissions::{Permission, Permissions};
use crate::secret::Secret;

const BUCKETS: [&str; 2] = ["aaa", "aab"];
const PREFIXES: [&str; 5] = ["", "a/", "a/b/", "ab/", "a/bc/"];
const SCOPES: [&str; 11] =
    ["", "a", "a/", "a/b", "a/b/", "a/b/c", "ab/", "a/bc/d", "b", "a/ada/", "a/ada/x"];
const EACH: [Permission; 5] =
    [Permission::Read, Permission::Write, Permission::Delete, Permission::Admin, Permission::List];

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn project() -> ProjectId {
    ProjectId::parse("6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21").unwrap()
}

fn bucket(name: &str) -> BucketName {
    BucketName::parse(name).unwrap()
}

fn ada() -> User {
    User {
        project: project(),
        id: SubjectId::parse("ada").unwrap(),
        groups: BTreeSet::new(),
        service_account: false,
        expires_at: now() + TimeDelta::hours(1),
        signed_in_at: Some(now()),
        epoch: None,
        via: None,
    }
}

fn stored(user: Option<&str>, limits: KeyLimits) -> StoredAccessKey {
    let id = AccessKeyId::parse("CGAKJ4ZQ2M5T7VB3KX6N").unwrap();
    StoredAccessKey {
        family: id.to_string(),
        id,
        kind: AccessKeyKind::S3,
        owner: AccessKeyOwner::of(user.map(|user| SubjectId::parse(user).unwrap())),
        name: "laptop".to_owned(),
        status: AccessKeyStatus::Active,
        disabled_by: None,
        limits,
        created_at: now(),
        created_by: "operator".to_owned(),
        expires_at: now() + TimeDelta::days(1),
        last_used_at: None,
        last_used_ip: None,
        last_used_agent: None,
    }
}

fn by_key(user: Option<&str>, limits: &KeyLimits) -> Caller {
    Caller::AccessKey(stored(user, limits.clone()).holder(&project()))
}

/// Ada by a personal API key.
fn personal(limits: &KeyLimits) -> Caller {
    let stored = stored(Some("ada"), limits.clone());
    let stored = StoredAccessKey { kind: AccessKeyKind::Token, ..stored };
    Caller::AccessKey(stored.holder(&project()))
}

fn root() -> Caller {
    Caller::Root(KeyHolder {
        project: project(),
        id: KeyId::parse("8fK2mQ0ZtYb1").unwrap(),
        scopes: Scope::ALL.into(),
        expires_at: None,
    })
}

fn permissions() -> impl Strategy<Value = Permissions> {
    (0..32_i16).prop_map(|bits| Permissions::from_bits(bits).unwrap())
}

fn grants() -> impl Strategy<Value = Vec<Grant>> {
    let subject = prop::sample::select(vec![
        Subject::User(SubjectId::parse("ada").unwrap()),
        Subject::User(SubjectId::parse("bob").unwrap()),
        Subject::Authenticated,
        Subject::Public,
    ]);
    let grant = (
        prop::sample::select(&BUCKETS[..]),
        prop::sample::select([&PREFIXES[..], &["by id", "by name"]].concat()),
        subject,
        permissions(),
        prop::option::of(prop::sample::select(vec![-1_i64, 1, 2])),
    );
    let grant = grant.prop_map(|(name, prefix, subject, permissions, end)| Grant {
        bucket: bucket(name),
        prefix: match prefix {
            "by id" => GrantPrefix::parse(PrefixKind::Template, "a/${user}/").unwrap(),
            "by name" => GrantPrefix::parse(PrefixKind::Template, "a/${username}/").unwrap(),
            text => Prefix::parse(text).unwrap().into(),
        },
        subject,
        permissions,
        not_before: None,
        expires_at: end.map(|end| now() + TimeDelta::hours(end)),
    });
    prop::collection::vec(grant, 0..6)
}

fn rules() -> impl Strategy<Value = BucketRules> {
    let both = (permissions(), permissions());
    both.prop_map(|(public, ceiling)| BucketRules { public, ceiling })
}

fn authority() -> impl Strategy<Value = Authority> {
    let flags = (prop::bool::weighted(0.9), prop::bool::weighted(0.8));
    (grants(), permissions(), rules(), rules(), flags).prop_map(
        |(grants, default, one, other, (active, named))| Authority {
            project: ProjectRules {
                active,
                default_permissions: default,
                ..ProjectRules::default()
            },
            buckets: BTreeMap::from([(bucket("aaa"), one), (bucket("aab"), other)]),
            grants,
            groups: Vec::new(),
            username: named.then(|| Username::parse("b").unwrap()),
            revision: 1,
        },
    )
}

fn limits() -> impl Strategy<Value = KeyLimits> {
    let buckets = prop::collection::btree_set(prop::sample::select(&BUCKETS[..]), 1..3);
    let prefixes = prop::collection::btree_set(prop::sample::select(&PREFIXES[..]), 1..4);
    let some = permissions().prop_filter("none", |permissions| !permissions.is_empty());
    (prop::option::of(buckets), prop::option::of(prefixes), prop::option::of(some)).prop_map(
        |(buckets, prefixes, permissions)| KeyLimits {
            buckets: buckets.map(|names| names.into_iter().map(bucket).collect()),
            prefixes: prefixes.map(|prefixes| {
                prefixes.into_iter().map(|prefix| Prefix::parse(prefix).unwrap()).collect()
            }),
            permissions,
            ..KeyLimits::default()
        },
    )
}

/// Every place and every permission there is here.
fn questions() -> impl Iterator<Item = (BucketName, &'static str, Permission)> {
    BUCKETS.into_iter().flat_map(|name| {
        SCOPES.into_iter().flat_map(move |scope| {
            EACH.into_iter().map(move |permission| (bucket(name), scope, permission))
        })
    })
}

proptest! {
    /// The decision by a key is that of its user and that of its limits, for as long as the user's is.
    #[test]
    fn a_key_of_a_user_allows_what_both_allow(authority in authority(), limits in limits()) {
        let (user, key) = (Caller::User(ada()), by_key(Some("ada"), &limits));
        for (name, scope, permission) in questions() {
            let ask = |caller| {
                check(caller, Action::Permission(permission), &name, scope, &authority, now())
            };
            let (whole, cut) = (ask(&user), ask(&key));
            if limits.cover(permission, &name, scope) {
                prop_assert_eq!(cut, whole, "{} {}", name, scope);
            } else {
                prop_assert!(cut.is_err(), "{} {}", name, scope);
                let by_limits = matches!(cut, Err(Denied::KeyLimits(_)));
                prop_assert_eq!(by_limits, whole.is_ok(), "{} {}", name, scope);
            }
        }
    }

    #[test]
    fn a_key_of_the_application_allows_what_both_allow(
        authority in authority(),
        limits in limits(),
    ) {
        let key = by_key(None, &limits);
        for (name, scope, permission) in questions() {
            let ask = |caller: &Caller| {
                check(caller, Action::Permission(permission), &name, scope, &authority, now())
            };
            let both = ask(&root()).is_ok() && limits.cover(permission, &name, scope);
            prop_assert_eq!(ask(&key).is_ok(), both, "{} {}", name, scope);
        }
    }

    /// Listings of what somebody holds say of each place what a question about it says.
    #[test]
    fn holdings_agree_with_questions(
        authority in authority(),
        limits in limits(),
        of_user: bool,
    ) {
        let key = by_key(of_user.then_some("ada"), &limits);
        for name in BUCKETS.map(bucket) {
            let held = holdings(&authority, &key, &name, now());
            for scope in SCOPES {
                let below = held.below.iter().filter(|(prefix, _)| scope.starts_with(prefix.as_str()));
                let listed = below.fold(held.whole, |all, (_, more)| all.union(*more));
                for permission in EACH {
                    // Frozen administration is still the application's to have.
                    if permission == Permission::Admin && !of_user {
                        continue;
                    }
                    let action = Action::Permission(permission);
                    let asked = check(&key, action, &name, scope, &authority, now()).is_ok();
                    prop_assert_eq!(listed.contains(permission), asked, "{} {}", name, scope);
                }
            }
            // What takes any permission takes one that both allow, in a place where both do.
            if let Caller::AccessKey(AccessKeyHolder { user: Some(user), limits, .. }) = &key {
                let any = limits.cut(user, &authority).permissions(user, &name, GrantScope::Anywhere, now());
                prop_assert_eq!(any.is_empty(), held.is_empty(), "{}", name);
            }
        }
    }

    #[test]
    fn an_edit_that_is_made_never_widens(before in limits(), edit in limits()) {
        let key = stored(Some("ada"), before.clone());
        let wire = sail_cargo_protocol::KeyLimits::from(&edit);
        let patch = PatchAccessKey {
            buckets: wire.buckets,
            prefixes: wire.prefixes,
            permissions: wire.permissions,
            ..PatchAccessKey::default()
        };
        match AccessKeyEdit::parse(patch, now()).unwrap().apply(&key, &root()) {
            Ok(after) => for (name, scope, permission) in questions() {
                prop_assert!(
                    !after.limits.cover(permission, &name, scope)
                        || before.cover(permission, &name, scope)
                );
            },
            Err(refused) => prop_assert_eq!(refused, Conflict::KeyWidened),
        }
    }
}

#[test]
fn a_network_holds_its_addresses_and_no_others() {
    let limits = |texts: &[&str]| KeyLimits {
        cidrs: Some(texts.iter().map(|text| Cidr::parse(text).unwrap()).collect()),
        ..KeyLimits::default()
    };
    let office = limits(&["10.1.0.0/16", "2001:db8::/32", "192.0.2.7"]);
    for (address, allowed) in [
        ("10.1.255.255", true),
        ("10.2.0.0", false),
        ("::ffff:10.1.2.3", true),
        ("192.0.2.7", true),
        ("192.0.2.8", false),
        ("2001:db8:ffff::1", true),
        ("2001:db9::1", false),
        ("::1", false),
    ] {
        assert_eq!(office.allows(Some(address.parse().unwrap())), allowed, "{address}");
    }
    assert!(!office.allows(None), "who has no address is in no network");
    assert!(KeyLimits::default().allows(None));
    for wrong in ["10.1.0.1/16", "10.1.0.0/33", "10.1", "", "all", "10.1.0.0/16 "] {
        assert!(Cidr::parse(wrong).is_err(), "{wrong}");
    }
    let narrow = limits(&["10.1.2.0/24"]);
    assert!(narrow.are_within(&office) && !office.are_within(&narrow));
    assert!(office.are_within(&KeyLimits::default()) && !KeyLimits::default().are_within(&office));
}

#[test]
fn a_limit_names_something_or_is_left_out() {
    let ask = |asked: CreateAccessKey| {
        let asked = CreateAccessKey { name: "n".to_owned(), ..asked };
        match NewAccessKey::parse(asked, &root(), now()) {
            Err(KeyRefusal::Flaw(flaw)) => flaw.field().to_string(),
            other => panic!("{other:?}"),
        }
    };
    let some = |text: &str| Some(BTreeSet::from([text.to_owned()]));
    let default = CreateAccessKey::default;
    for (asked, field) in [
        (CreateAccessKey { buckets: Some(BTreeSet::new()), ..default() }, "buckets"),
        (CreateAccessKey { buckets: some("No"), ..default() }, "buckets"),
        (CreateAccessKey { prefixes: some("a"), ..default() }, "prefixes"),
        (CreateAccessKey { prefixes: some("a//"), ..default() }, "prefixes"),
        (CreateAccessKey { permissions: Some(BTreeSet::new()), ..default() }, "permissions"),
        (CreateAccessKey { cidrs: some("10.0.0.1/8"), ..default() }, "cidrs"),
        (CreateAccessKey { user: Some(String::new()), ..default() }, "user"),
        (CreateAccessKey { expires_at: Some(now()), ..default() }, "expires_at"),
    ] {
        assert_eq!(ask(asked), field);
    }
    let many = (0..101).map(|number| format!("bucket-{number}")).collect();
    assert_eq!(ask(CreateAccessKey { buckets: Some(many), ..default() }), "buckets");
}

#[test]
fn whose_a_key_is_depends_on_who_asks() {
    let ask = |user: Option<&str>, maker: &Caller| {
        let asked = CreateAccessKey {
            user: user.map(ToOwned::to_owned),
            name: "n".to_owned(),
            ..CreateAccessKey::default()
        };
        NewAccessKey::parse(asked, maker, now()).map(|new| new.owner().clone())
    };
    let id = |text: &str| AccessKeyOwner::User(SubjectId::parse(text).unwrap());
    let user = Caller::User(ada());
    assert_eq!(ask(None, &root()), Ok(AccessKeyOwner::Root));
    assert_eq!(ask(Some("bob"), &root()), Ok(id("bob")));
    assert_eq!(ask(None, &user), Ok(id("ada")));
    assert_eq!(ask(Some("ada"), &user), Ok(id("ada")));
    assert_eq!(ask(Some("bob"), &user), Err(KeyRefusal::NotYours));
    for owner in [None, Some("ada")] {
        for key in [by_key(owner, &KeyLimits::default()), personal(&KeyLimits::default())] {
            assert_eq!(ask(owner, &key), Err(KeyRefusal::NotYours), "keys never make keys");
        }
    }
    let Caller::Root(mut narrow) = root() else { unreachable!() };
    narrow.scopes.remove(&Scope::Sign);
    assert_eq!(ask(Some("bob"), &Caller::Root(narrow)), Err(KeyRefusal::Wider(Scope::Sign)));
}

#[test]
fn a_personal_key_is_a_user_s_and_whoever_makes_it_may_do_what_it_may() {
    let ask = |user: Option<&str>, maker: &Caller| {
        let (kind, user) = (AccessKeyKind::Token, user.map(ToOwned::to_owned));
        let asked =
            CreateAccessKey { kind, user, name: "n".to_owned(), ..CreateAccessKey::default() };
        NewAccessKey::parse(asked, maker, now()).map(|new| (new.kind(), new.owner().clone()))
    };
    let of = |text: &str| AccessKeyOwner::User(SubjectId::parse(text).unwrap());
    assert_eq!(ask(None, &Caller::User(ada())), Ok((AccessKeyKind::Token, of("ada"))));
    assert_eq!(ask(Some("bob"), &root()), Ok((AccessKeyKind::Token, of("bob"))));
    let Err(KeyRefusal::Flaw(flaw)) = ask(None, &root()) else { panic!() };
    assert_eq!(flaw.field().to_string(), "user");
    for scope in [Scope::Sign, Scope::Check, Scope::GrantsRead, Scope::GrantsWrite] {
        let Caller::Root(mut narrow) = root() else { unreachable!() };
        narrow.scopes.remove(&scope);
        assert_eq!(ask(Some("bob"), &Caller::Root(narrow)), Err(KeyRefusal::Wider(scope)));
    }
}

#[test]
fn a_personal_key_is_good_for_buckets_and_grants_and_for_no_keys_and_no_accounts() {
    let key = personal(&KeyLimits::default());
    let good = Scope::ALL.into_iter().filter(|scope| key.has_scope(*scope));
    let all = [Scope::Sign, Scope::GrantsRead, Scope::GrantsWrite, Scope::Check];
    assert_eq!(good.collect::<BTreeSet<_>>(), all.into());
    assert!(!key.is_fresh(now()) && !key.is_application());
    assert_eq!(
        (key.to_string().as_str(), key.via_key()),
        ("user:ada", Some("CGAKJ4ZQ2M5T7VB3KX6N"))
    );
    assert!(
        key.administrator().is_some_and(|(user, limits)| user.id == ada().id && limits.is_some())
    );
    assert!(by_key(Some("ada"), &KeyLimits::default()).administrator().is_none());
}

#[test]
fn neither_kind_of_key_takes_the_proof_of_the_other() {
    let id = AccessKeyId::parse("CGAKJ4ZQ2M5T7VB3KX6N").unwrap();
    let shown = PersonalKey::compose(&id, &"x".repeat(PersonalKey::SECRET));
    let presented = PersonalKey::parse(shown.expose()).unwrap();
    let key = |kind: AccessKeyKind, secret: NewKeySecret| {
        let stored = StoredAccessKey { kind, ..stored(Some("ada"), KeyLimits::default()) };
        let proof = match secret {
            NewKeySecret::S3(secret) => KeyProof::Signature(secret),
            NewKeySecret::Token(_) => KeyProof::Shown(secret.hash().unwrap()),
        };
        AccessKey { holder: stored.holder(&project()), proof }
    };
    let secret = |kind, text: &str| NewKeySecret::of(kind, Secret::new(text.to_owned())).unwrap();
    let token = key(AccessKeyKind::Token, secret(AccessKeyKind::Token, shown.expose()));
    assert!(token.is(&presented) && token.secret().is_none());
    let s3 = key(AccessKeyKind::S3, secret(AccessKeyKind::S3, &"a1B2".repeat(10)));
    assert!(!s3.is(&presented) && s3.secret().is_some());
    let other = PersonalKey::compose(&id, &"y".repeat(PersonalKey::SECRET));
    assert!(!token.is(&PersonalKey::parse(other.expose()).unwrap()));
    assert!(!format!("{token:?} {s3:?}").contains("a1B2"));
}

#[test]
fn a_sign_in_is_fresh_for_a_quarter_of_an_hour() {
    let at = |seconds: Option<i64>| {
        let signed_in_at = seconds.map(|seconds| now() - TimeDelta::seconds(seconds));
        Caller::User(User { signed_in_at, ..ada() }).is_fresh(now())
    };
    assert!(at(Some(0)) && at(Some(900)));
    assert!(!at(Some(901)) && !at(None));
    assert!(!by_key(Some("ada"), &KeyLimits::default()).is_fresh(now()));
}

#[test]
fn an_access_key_is_good_for_s3_and_nothing_else() {
    let key = by_key(None, &KeyLimits::default());
    for scope in Scope::ALL {
        assert_eq!(key.has_scope(scope), scope == Scope::Sign, "{scope:?}");
    }
    assert_eq!(key.to_string(), "key:CGAKJ4ZQ2M5T7VB3KX6N");
    let user = by_key(Some("ada"), &KeyLimits::default());
    assert_eq!(
        (user.to_string().as_str(), user.via_key()),
        ("user:ada", Some("CGAKJ4ZQ2M5T7VB3KX6N"))
    );
}

#[test]
fn an_id_and_a_secret_look_like_what_they_are() {
    let made = AccessKeyId::from_random([0, 31, 32, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    assert_eq!(made.as_str(), "CGAKA7A7BCDEFGHIJKLM");
    assert_eq!(AccessKeyId::parse(made.as_str()), Ok(made));
    for wrong in
        ["CGAK", "CGASJ4ZQ2M5T7VB3KX6N", "CGAKJ4ZQ2M5T7VB3KX61", "cgakj4zq2m5t7vb3kx6n", ""]
    {
        assert!(AccessKeyId::parse(wrong).is_err(), "{wrong}");
    }
    let secret = |text: &str| SecretAccessKey::parse(Secret::new(text.to_owned()));
    let text = "a1B2".repeat(10);
    assert_eq!(secret(&text).unwrap().expose(), text);
    assert!(!format!("{:?}", secret(&text).unwrap()).contains("a1B2"));
    for wrong in [&text[1..], &format!("{text}a"), &text.replace('a', "/")] {
        assert!(secret(wrong).is_err());
    }
}

//! Sessions: their claims, their policy, their end.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::form::InvalidForm;
use super::*;
use crate::access_key::{
    AccessKey, AccessKeyHolder, AccessKeyId, AccessKeyKind, KeyLimits, KeyProof, SecretAccessKey,
};
use crate::account::Username;
use crate::authority::{Authority, BucketRules, ProjectRules};
use crate::caller::{Caller, KeyHolder, Scope, User};
use crate::check::{Action, check};
use crate::denied::Denied;
use crate::grant::{Grant, Subject};
use crate::holdings::holdings;
use crate::names::{BucketName, KeyId, OperatorName, Prefix, ProjectId, SubjectId};
use crate::permissions::{Permission, Permissions};
use crate::secret::Secret;

mod api_keys;

const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*",
    "Resource":["arn:aws:s3:::photos","arn:aws:s3:::photos/*"]}]}"#;
const OWN_FOLDER: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*",
    "Resource":"arn:aws:s3:::photos/home/${aws:username}/*"},{"Effect":"Allow","Action":"s3:ListBucket*",
    "Resource":"arn:aws:s3:::photos","Condition":{"StringLike":{"s3:prefix":"home/${aws:username}/*"}}}]}"#;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 123_000_000).unwrap()
}

fn project() -> ProjectId {
    ProjectId::parse("6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21").unwrap()
}

fn name(text: &str) -> SubjectId {
    SubjectId::parse(text).unwrap()
}

fn bucket(text: &str) -> BucketName {
    BucketName::parse(text).unwrap()
}

fn id() -> SessionId {
    SessionId::parse("CGASJ4ZQ2M5T7VB3KX6N").unwrap()
}

fn key_id() -> AccessKeyId {
    AccessKeyId::parse("CGAKJ4ZQ2M5T7VB3KX6N").unwrap()
}

fn ada() -> User {
    User {
        project: project(),
        id: name("ada"),
        groups: BTreeSet::from([name("staff")]),
        service_account: false,
        expires_at: now() + TimeDelta::minutes(5),
        signed_in_at: Some(now()),
        epoch: None,
        via: None,
    }
}

fn application(scopes: BTreeSet<Scope>) -> KeyHolder {
    let id = KeyId::parse("8fK2mQ0ZtYb1").unwrap();
    KeyHolder { project: project(), id, scopes, expires_at: None }
}

/// An access key of ada's, or of the application, which ends so many minutes from now.
fn key(of_user: bool, minutes: i64, limits: KeyLimits) -> AccessKey {
    let expires_at = now() + TimeDelta::minutes(minutes);
    let user = of_user.then(|| User { groups: BTreeSet::new(), expires_at, ..ada() });
    let limits = Arc::new(limits);
    let secret = SecretAccessKey::parse(Secret::new("a1B2".repeat(10))).unwrap();
    let (id, kind) = (key_id(), AccessKeyKind::S3);
    let holder = AccessKeyHolder { project: project(), id, kind, user, limits, expires_at };
    AccessKey { holder, proof: KeyProof::Signature(secret) }
}

fn by_key(key: &AccessKey) -> Caller {
    Caller::AccessKey(key.holder.clone())
}

fn open(caller: &Caller, policy: Option<&str>, seconds: &str) -> Arc<SessionClaims> {
    let life = SessionLife::parse(Some(seconds)).unwrap();
    let new = NewSession::of(caller, None, policy, life, now()).unwrap();
    Arc::new(new.claims(id(), SessionEpoch::default()))
}

fn admit(claims: &Arc<SessionClaims>, parent: Option<&AccessKey>) -> SessionHolder {
    let parent = parent.map(ParentKey::AccessKey);
    let facts = SessionFacts { is_active: true, epoch: SessionEpoch::default(), parent };
    claims.admit(&facts, now()).unwrap()
}

fn limited(permissions: &[Permission]) -> KeyLimits {
    KeyLimits { permissions: Some(permissions.iter().copied().collect()), ..KeyLimits::default() }
}

#[test]
fn g28_a_session_lives_from_a_quarter_of_an_hour_to_half_a_day() {
    let end = |text: Option<&str>| {
        SessionLife::parse(text).map(|life| (life.end(now(), None) - now()).num_seconds() + 1)
    };
    assert_eq!(end(None), Some(3600));
    for (text, lives) in [("900", Some(900)), ("43200", Some(43_200)), ("3600", Some(3600))] {
        assert_eq!(end(Some(text)), lives);
    }
    for text in ["899", "43201", "-900", "+900", "900.5", "", "1e3", " 900", "99999999999"] {
        assert_eq!(end(Some(text)), None, "{text}");
    }
    let latest = now() + TimeDelta::seconds(60);
    assert!(SessionLife::default().end(now(), Some(latest)) <= latest);
}

#[test]
fn g28_a_session_is_of_a_token_a_key_or_a_session() {
    let of = |caller: &Caller| NewSession::of(caller, None, None, SessionLife::default(), now());
    let of_token = open(&Caller::User(ada()), None, "43200");
    assert_eq!(of_token.expires_at, DateTime::from_timestamp(1_800_043_200, 0).unwrap());
    assert_eq!((&of_token.parent, of_token.user.as_ref().unwrap().groups.len()), (&None, 1));
    let operator = Caller::Operator { name: OperatorName::server(), project: Some(project()) };
    assert!(matches!(of(&operator), Err(SessionRefusal::NotForYou)));
}

#[test]
fn g28_a_session_lives_no_longer_than_its_project_allows() {
    for (asked, allowed, lives) in [(3600, 900, 900), (900, 3600, 900), (43_200, 43_200, 43_200)] {
        let life = SessionLife::of_seconds(asked).unwrap();
        let new = NewSession::of(&Caller::User(ada()), None, None, life, now()).unwrap();
        let claims = new.at_most(allowed).claims(id(), SessionEpoch::default());
        assert_eq!(
            (claims.expires_at - claims.issued_at).num_seconds(),
            lives,
            "{asked} {allowed}"
        );
    }
    let short = key(true, 10, KeyLimits::default());
    let new = NewSession::of(&by_key(&short), None, None, SessionLife::default(), now()).unwrap();
    let claims = new.at_most(900).claims(id(), SessionEpoch::default());
    assert!(claims.expires_at <= short.holder.expires_at);
}

#[test]
fn g28_a_session_never_outlives_what_opened_it() {
    let short = key(true, 20, KeyLimits::default());
    let one = open(&by_key(&short), None, "43200");
    assert!(one.expires_at <= short.holder.expires_at);
    assert_eq!(one.parent, Some(SessionParent::AccessKey(key_id())));
    let parent = admit(&open(&by_key(&short), None, "900"), Some(&short));
    let child = open(&Caller::Session(parent.clone()), None, "43200");
    assert!(child.expires_at <= parent.expires_at());
    assert_eq!((&child.parent, child.epoch), (&one.parent, parent.claims.epoch));
    // Sessions were ended after the parent was proved: the child is of the parent's epoch all the same.
    let life = SessionLife::default();
    let late = NewSession::of(&Caller::Session(parent), None, None, life, now()).unwrap();
    assert_eq!(late.claims(id(), SessionEpoch::of(now())).epoch, SessionEpoch::default());
}

#[test]
fn g28_a_session_ends_with_its_time_its_epoch_its_key_and_its_project() {
    let parent = key(true, 60, KeyLimits::default());
    let claims = open(&by_key(&parent), None, "900");
    let by = |key| Some(ParentKey::AccessKey(key));
    let facts =
        SessionFacts { is_active: true, epoch: SessionEpoch::default(), parent: by(&parent) };
    let end = claims.expires_at;
    let application = key(false, 60, KeyLimits::default());
    let mut other = key(true, 60, KeyLimits::default());
    other.holder.id = AccessKeyId::parse("CGAKAAAAAAAAAAAAAAAA").unwrap();
    let ended = SessionEpoch::of(now());
    for (facts, at, flaw) in [
        (facts, now(), None),
        (facts, end - TimeDelta::microseconds(1), None),
        (facts, end, Some(SessionFlaw::Expired)),
        (SessionFacts { is_active: false, ..facts }, now(), Some(SessionFlaw::ProjectInactive)),
        (SessionFacts { epoch: ended, ..facts }, now(), Some(SessionFlaw::Ended)),
        (SessionFacts { parent: None, ..facts }, now(), Some(SessionFlaw::ParentGone)),
        (SessionFacts { parent: by(&other), ..facts }, now(), Some(SessionFlaw::ParentGone)),
        (SessionFacts { parent: by(&application), ..facts }, now(), Some(SessionFlaw::ParentGone)),
    ] {
        assert_eq!(claims.admit(&facts, at).err(), flaw, "{facts:?} {at}");
    }
    let life = SessionLife::default();
    let later =
        NewSession::of(&by_key(&parent), None, None, life, now()).unwrap().claims(id(), ended);
    assert!(Arc::new(later).admit(&SessionFacts { epoch: ended, ..facts }, now()).is_ok());
}

#[test]
fn g28_sessions_that_were_ended_stay_ended_whatever_the_clock_says() {
    let first = SessionsEnd::of(name("ada"), None, now());
    let back = SessionsEnd::of(name("ada"), Some(&first), now() - TimeDelta::hours(1));
    assert!(first.epoch() < back.epoch() && SessionEpoch::default() < first.epoch());
}

fn authority() -> Authority {
    let all = Permissions::ALL;
    let rules = BucketRules { public: Permissions::NONE, ceiling: all };
    let grant = |name: &str| Grant {
        bucket: bucket(name),
        prefix: Prefix::whole_bucket().into(),
        subject: Subject::TokenGroup(self::name("staff")),
        permissions: all,
        not_before: None,
        expires_at: None,
    };
    Authority {
        project: ProjectRules { active: true, ..ProjectRules::default() },
        buckets: ["photos", "other"].map(|name| (bucket(name), rules)).into(),
        grants: ["photos", "other"].map(grant).into(),
        groups: Vec::new(),
        username: None,
        revision: 1,
    }
}

fn may(caller: &Caller, permission: Permission, name: &str, scope: &str) -> Result<(), Denied> {
    let action = Action::Permission(permission);
    check(caller, action, &bucket(name), scope, &authority(), now()).map(drop)
}

#[test]
fn g28_a_session_has_what_its_user_has_with_the_groups_of_the_token() {
    let session = Caller::Session(admit(&open(&Caller::User(ada()), None, "900"), None));
    assert_eq!(may(&session, Permission::Write, "other", "x"), Ok(()));
    assert_eq!(
        (session.to_string().as_str(), session.via_key()),
        ("user:ada", Some(id().as_str()))
    );
    assert!(session.has_scope(Scope::Sign) && !session.has_scope(Scope::KeysWrite));
    let parent = key(false, 60, KeyLimits::default());
    let root = Caller::Session(admit(&open(&by_key(&parent), None, "900"), Some(&parent)));
    assert_eq!(may(&root, Permission::Admin, "other", ""), Ok(()));
    assert!(root.is_application() && root.to_string() == "key:CGASJ4ZQ2M5T7VB3KX6N");
}

#[test]
fn g28_the_policy_of_a_session_only_takes_away() {
    let limited_by =
        |policy| Caller::Session(admit(&open(&Caller::User(ada()), Some(policy), "900"), None));
    let photos = limited_by(EVERYTHING);
    assert_eq!(may(&photos, Permission::Delete, "photos", "x"), Ok(()));
    assert!(matches!(may(&photos, Permission::Read, "other", "x"), Err(Denied::KeyLimits(_))));
    assert!(may(&photos, Permission::Admin, "photos", "").is_err(), "no policy gives it");
    let own = limited_by(OWN_FOLDER);
    assert_eq!(may(&own, Permission::Write, "photos", "home/ada/x"), Ok(()));
    for elsewhere in ["home/bob/x", "home/ada", "home/", ""] {
        assert!(may(&own, Permission::Write, "photos", elsewhere).is_err(), "{elsewhere}");
    }
    let held = holdings(&authority(), &own, &bucket("photos"), now());
    assert!(
        held.whole.is_empty()
            && held.below.iter().all(|(prefix, _)| prefix.as_str() == "home/ada/")
    );
    assert!(!held.below.is_empty());
}

#[test]
fn g28_the_variables_of_a_policy_are_the_account_s_name_and_the_user_s_id() {
    let username = Username::parse("countess").unwrap();
    let by_id = OWN_FOLDER.replace("aws:username", "aws:userid");
    for (username, policy, folder) in [
        (Some(&username), OWN_FOLDER, "home/countess/"),
        (None, OWN_FOLDER, "home/ada/"),
        (Some(&username), by_id.as_str(), "home/ada/"),
    ] {
        let (caller, life) = (Caller::User(ada()), SessionLife::default());
        let new = NewSession::of(&caller, username, Some(policy), life, now()).unwrap();
        let claims = Arc::new(new.claims(id(), SessionEpoch::default()));
        let own = Caller::Session(admit(&claims, None));
        for one in ["home/ada/", "home/countess/"] {
            let key = format!("{one}x");
            let may = may(&own, Permission::Write, "photos", &key).is_ok();
            assert_eq!(may, one == folder, "{username:?} {policy} {one}");
        }
    }
}

#[test]
fn g28_a_policy_that_denies_or_gives_nothing_opens_no_session() {
    for policy in [
        "",
        "{}",
        "[]",
        r#"{"Version":"2012-10-17","Statement":[]}"#,
        r#"{"Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}"#,
        r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}"#,
        r#"{"Statement":{"Effect":"Allow","NotAction":"s3:GetObject","Resource":"*"}}"#,
    ] {
        let life = SessionLife::default();
        let refused = NewSession::of(&Caller::User(ada()), None, Some(policy), life, now());
        assert!(matches!(refused, Err(SessionRefusal::Policy(_))), "{policy}: {refused:?}");
    }
}

#[test]
fn g28_the_times_of_a_policy_are_looked_at_when_the_session_is_used() {
    let soon = (now() + TimeDelta::seconds(60)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let policy = format!(
        r#"{{"Statement":{{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::photos",
        "arn:aws:s3:::photos/*"],"Condition":{{"DateLessThan":{{"aws:CurrentTime":"{soon}"}}}}}}}}"#
    );
    let claims = open(&Caller::User(ada()), Some(&policy), "900");
    let facts = SessionFacts { is_active: true, epoch: SessionEpoch::default(), parent: None };
    for (seconds, places) in [(0, 1), (58, 1), (61, 0)] {
        let holder = claims.admit(&facts, now() + TimeDelta::seconds(seconds)).unwrap();
        let limits = &holder.limits.places.as_ref().unwrap();
        assert_eq!(limits.len().min(1), places, "{seconds}");
    }
}

/// A session of a session, and one of an access key with limits: what all of them allow.
#[test]
fn g28_limits_add_up() {
    let parent = key(true, 60, limited(&[Permission::Read, Permission::Delete]));
    let session = admit(&open(&by_key(&parent), Some(EVERYTHING), "900"), Some(&parent));
    let child = open(&Caller::Session(session), Some(OWN_FOLDER), "900");
    let child = Caller::Session(admit(&child, Some(&parent)));
    let public = Authority {
        grants: vec![Grant { subject: Subject::Public, ..authority().grants[0].clone() }],
        ..authority()
    };
    let may = |permission, scope: &str| {
        let action = Action::Permission(permission);
        check(&child, action, &bucket("photos"), scope, &public, now()).is_ok()
    };
    assert!(may(Permission::Read, "home/ada/x") && may(Permission::Delete, "home/ada/x"));
    assert!(!may(Permission::Write, "home/ada/x"), "the access key does not");
    assert!(!may(Permission::Read, "x"), "the child's policy does not");
    // The access key is made less: so are the sessions that it opened.
    let less = key(true, 60, limited(&[Permission::Delete]));
    let Caller::Session(holder) = &child else { unreachable!() };
    let child = Caller::Session(admit(&holder.claims, Some(&less)));
    let action = Action::Permission(Permission::Read);
    assert!(check(&child, action, &bucket("photos"), "home/ada/x", &public, now()).is_err());
    // Without a policy of its own, a session of a session keeps the other's.
    let parent = admit(&open(&Caller::User(ada()), Some(OWN_FOLDER), "900"), None);
    let heir = open(&Caller::Session(parent.clone()), None, "900");
    assert_eq!(heir.policy, parent.claims.policy);
}

fn claims() -> impl Strategy<Value = SessionClaims> {
    let id = "[A-Z2-7]{16}";
    let subject = || "[a-z]{1,20}".prop_map(|text| name(&text));
    let user = (subject(), prop::collection::btree_set(subject(), 0..5), any::<bool>());
    let user =
        user.prop_map(|(id, groups, service_account)| SessionUser { id, groups, service_account });
    let instant = 0..4_000_000_000_i64;
    let policy = prop::option::of(prop::sample::select(vec![EVERYTHING, OWN_FOLDER]));
    let times = (instant.clone(), instant.clone(), instant);
    (id, prop::option::of(user), prop::option::of(id), "[a-z]{0,8}", times, policy).prop_map(
        |(id, user, parent, issuer, (epoch, issued, expires), policy)| SessionClaims {
            id: SessionId::parse(&format!("CGAS{id}")).unwrap(),
            project: project(),
            parent: parent
                .or_else(|| user.is_none().then(|| "A".repeat(16)))
                .map(|id| AccessKeyId::parse(&format!("CGAK{id}")).unwrap())
                .map(SessionParent::AccessKey),
            user,
            issuer,
            epoch: SessionEpoch::from_micros(epoch * 1_000_003),
            issued_at: DateTime::from_timestamp(issued, 0).unwrap(),
            expires_at: DateTime::from_timestamp(expires, 0).unwrap(),
            policy: policy.map(|text| SessionPolicy::read(text, Some(&name("ada")), None).unwrap()),
        },
    )
}

proptest! {
    #[test]
    fn g28_claims_are_read_as_they_were_written(claims in claims()) {
        let bytes = claims.to_bytes().unwrap();
        prop_assert_eq!(SessionClaims::from_bytes(&bytes).unwrap(), claims);
        for end in 0..bytes.len() {
            prop_assert_eq!(SessionClaims::from_bytes(&bytes[..end]), Err(InvalidForm));
        }
        let longer = [&bytes[..], &[0]].concat();
        prop_assert_eq!(SessionClaims::from_bytes(&longer), Err(InvalidForm));
        let newer = [&[2], &bytes[1..]].concat();
        prop_assert_eq!(SessionClaims::from_bytes(&newer), Err(InvalidForm));
    }

    #[test]
    fn g28_any_bytes_are_claims_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = SessionClaims::from_bytes(&bytes);
        let _ = SessionClaims::from_bytes(&[&[1], &bytes[..]].concat());
    }
}

/// Written by the first release that had sessions: each later one reads it while such a session may live.
#[test]
fn g28_claims_of_version_1_are_read() {
    let bytes = hex::decode(VERSION_1).unwrap();
    let claims = SessionClaims::from_bytes(&bytes).unwrap();
    assert_eq!(claims.to_bytes().unwrap(), bytes);
    let user = claims.user.unwrap();
    assert_eq!((user.id.as_str(), user.groups.len()), ("ada", 1));
    assert_eq!(claims.id, id());
    assert_eq!(claims.policy, Some(SessionPolicy::read(EVERYTHING, None, None).unwrap()));
    assert_eq!(
        (claims.issued_at.timestamp(), claims.expires_at.timestamp()),
        (1_800_000_000, 1_800_000_900)
    );
}

const VERSION_1: &str = "\
    010014434741534a345a51324d3554375642334b58364e002436663263316437652d336235612d346330652d\
    396134342d306437643361316635623231010003616461000100057374616666000000000000000000000000\
    000000006b49d200000000006b49d584010001000670686f746f73000000070000";

#[test]
fn g28_an_id_is_branded() {
    let made = SessionId::from_random([0, 31, 32, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    assert_eq!(made.as_str(), "CGASA7A7BCDEFGHIJKLM");
    assert_eq!(SessionId::parse(made.as_str()), Ok(made));
    for wrong in
        ["CGAS", "CGAKJ4ZQ2M5T7VB3KX6N", "CGASJ4ZQ2M5T7VB3KX61", "cgasj4zq2m5t7vb3kx6n", ""]
    {
        assert!(SessionId::parse(wrong).is_err(), "{wrong}");
    }
}

//! Sessions that an API key opened.

use super::*;

/// The application's own sessions, and those it opens on behalf of a user, stand on its API key.
#[test]
fn g28_a_session_of_an_api_key_ends_with_the_key_and_with_its_right_to_sign() {
    let key = KeyHolder {
        expires_at: Some(now() + TimeDelta::minutes(20)),
        ..application([Scope::Sign].into())
    };
    let of_root = open(&Caller::Root(key.clone()), None, "43200");
    let of_user = open(&Caller::User(User { via: Some(key.clone()), ..ada() }), None, "43200");
    assert!(of_root.user.is_none() && of_user.user.is_some());
    let access_key = self::key(false, 60, KeyLimits::default());
    let blunt = application([Scope::KeysWrite].into());
    let id = KeyId::parse("aaaaaaaaaaaa").unwrap();
    let other = KeyHolder { id, ..key.clone() };
    let ended = KeyHolder { expires_at: Some(now()), ..key.clone() };
    let gone = Some(SessionFlaw::ParentGone);
    for claims in [of_root, of_user] {
        assert!(claims.expires_at <= key.expires_at.unwrap());
        assert_eq!(claims.parent, Some(SessionParent::ApiKey(key.id.clone())));
        assert_eq!(SessionClaims::from_bytes(&claims.to_bytes().unwrap()).unwrap(), *claims);
        for (parent, flaw) in [
            (Some(ParentKey::ApiKey(&key)), None),
            (Some(ParentKey::ApiKey(&blunt)), gone),
            (Some(ParentKey::ApiKey(&other)), gone),
            (Some(ParentKey::ApiKey(&ended)), gone),
            (Some(ParentKey::AccessKey(&access_key)), gone),
            (None, gone),
        ] {
            let epoch = SessionEpoch::default();
            let facts = SessionFacts { is_active: true, epoch, parent };
            assert_eq!(claims.admit(&facts, now()).err(), flaw, "{parent:?}");
        }
    }
}

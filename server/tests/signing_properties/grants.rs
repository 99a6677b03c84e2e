//! Grants only add permissions.

use chrono::TimeDelta;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sail_cargo_server::domain::s3::S3Request;
use sail_cargo_server::domain::{
    BucketName, BucketRules, Caller, Grant, Permissions, Prefix, Subject, SubjectId, decide,
};

use crate::byte_source::ByteSource;
use crate::generate;
use crate::policy_fixture::{BUCKETS, PolicyFixture, ada, authority, now};

fn grant() -> impl Strategy<Value = Grant> {
    let ada = || ada().id;
    let group = |name| Subject::Group(SubjectId::parse(name).unwrap());
    let token_group = |name| Subject::TokenGroup(SubjectId::parse(name).unwrap());
    let subjects = vec![
        Subject::User(ada()),
        Subject::User(SubjectId::parse("Ada").unwrap()),
        group("crew"),
        group("staff"),
        token_group("crew"),
        token_group("staff"),
        Subject::Authenticated,
        Subject::Public,
    ];
    let prefixes = vec!["", "team/", "team/a/", "x/", "é/", "folder/"];
    let hours = proptest::option::of(-2..=2_i64);
    (select(&BUCKETS[..]), select(prefixes), select(subjects), 0..32_i16, hours.clone(), hours)
        .prop_map(|(bucket, prefix, subject, bits, starts, ends)| Grant {
            bucket: BucketName::parse(bucket).unwrap(),
            prefix: Prefix::parse(prefix).unwrap().into(),
            subject,
            permissions: Permissions::from_bits(bits).unwrap(),
            not_before: starts.map(|hours| now() + TimeDelta::hours(hours)),
            expires_at: ends.map(|hours| now() + TimeDelta::hours(hours)),
        })
}

/// A request that parses, generated as users send them.
fn request() -> impl Strategy<Value = S3Request> {
    vec(any::<u8>(), 0..64).prop_filter_map("it is refused by every judge", |bytes| {
        let sent = generate::plain(&mut ByteSource::new(&bytes));
        S3Request::parse(sent.raw(), &PolicyFixture::new().endpoints).ok()
    })
}

fn allows(grants: &[Grant], ceiling: Permissions, request: &S3Request) -> bool {
    let mut user = ada();
    user.groups.insert(SubjectId::parse("staff").unwrap());
    let mut authority = authority(grants.to_vec());
    authority.groups.push(SubjectId::parse("crew").unwrap());
    let rules = BucketRules { public: Permissions::NONE, ceiling };
    authority.buckets.values_mut().for_each(|bucket| *bucket = rules);
    decide(&Caller::User(user), request, &authority, now()).is_ok()
}

/// Whether the grant is to a group or token group that the user is not in. The user is in the group
/// `crew` and the token group `staff`: each name counts for its own kind only.
fn is_one_of_the_others(grant: &Grant) -> bool {
    match &grant.subject {
        Subject::Group(id) => id.as_str() != "crew",
        Subject::TokenGroup(id) => id.as_str() != "staff",
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn one_more_never_takes_access_away(
        grants in vec(grant(), 0..6),
        more in grant(),
        request in request(),
        bits in 0..32_i16,
    ) {
        let ceiling = Permissions::from_bits(bits).unwrap();
        let with: Vec<_> = grants.iter().cloned().chain([more]).collect();
        let (before, after) =
            (allows(&grants, ceiling, &request), allows(&with, ceiling, &request));
        prop_assert!(after || !before, "{:?} was allowed without it", request.url());
    }

    #[test]
    fn one_less_never_gives_access(
        grants in vec(grant(), 1..6),
        at in any::<prop::sample::Index>(),
        request in request(),
    ) {
        let mut without = grants.clone();
        without.remove(at.index(grants.len()));
        let (before, after) = (
            allows(&grants, Permissions::ALL, &request),
            allows(&without, Permissions::ALL, &request),
        );
        prop_assert!(before || !after, "{:?} is allowed without it", request.url());
    }

    #[test]
    fn a_group_of_the_other_kind_gives_nothing_whatever_it_is_called(
        grants in vec(grant(), 0..8),
        request in request(),
    ) {
        let own: Vec<_> =
            grants.iter().filter(|grant| !is_one_of_the_others(grant)).cloned().collect();
        prop_assert_eq!(
            allows(&grants, Permissions::ALL, &request),
            allows(&own, Permissions::ALL, &request)
        );
    }

    #[test]
    fn their_order_does_not_matter(
        (grants, shuffled) in vec(grant(), 0..6)
            .prop_flat_map(|grants| (Just(grants.clone()), Just(grants).prop_shuffle())),
        request in request(),
    ) {
        prop_assert_eq!(
            allows(&grants, Permissions::ALL, &request),
            allows(&shuffled, Permissions::ALL, &request)
        );
    }

    #[test]
    fn a_wider_prefix_or_more_permissions_never_take_access_away(
        grants in vec(grant(), 1..6),
        at in any::<prop::sample::Index>(),
        request in request(),
    ) {
        let before = allows(&grants, Permissions::ALL, &request);
        let mut wider = grants;
        let at = at.index(wider.len());
        wider[at].prefix = Prefix::whole_bucket().into();
        wider[at].permissions = Permissions::ALL;
        prop_assert!(allows(&wider, Permissions::ALL, &request) || !before);
    }
}

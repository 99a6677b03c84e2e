//! Every layout can be read, and every body that is written reads back unchanged.

use chrono::{DateTime, Utc};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::golden::{LAYOUT_1, LAYOUT_2, LAYOUT_3};
use super::*;
use crate::domain::Bucket;
use crate::domain::Membership;
use crate::domain::StoredKey;
use crate::domain::caller::Scope;
use crate::domain::grant_prefix::PrefixKind;
use crate::domain::{
    BucketName, BucketRules, BucketState, GrantPrefix, KeyId, Permission, Permissions, ProjectId,
    ProjectStatus, Subject, SubjectId,
};
use crate::domain::{GatewaySettings, Home, Project, ProjectSettings};
use crate::domain::{GrantKey, GrantState, StoredGrant};
use crate::error::DatabaseError;

/// Line `number` of the golden file of a layout.
fn line(layout: &'static str, number: usize) -> &'static str {
    layout.lines().nth(number).unwrap()
}

#[test]
fn layout_1_does_not_record_rows() {
    assert_eq!(rows(LAYOUT_1.as_bytes()).unwrap(), None);
}

#[test]
fn each_record_matches_its_golden_line_and_is_read_in_both_layouts() {
    for (old, new) in LAYOUT_2.lines().zip(LAYOUT_3.lines()) {
        let body: Body = serde_json::from_str(new).unwrap();
        assert_eq!(String::from_utf8(body.write().unwrap()).unwrap(), new);
        let read = rows(new.as_bytes()).unwrap().unwrap();
        assert_eq!(read, body.rows);
        assert_eq!(rows(old.as_bytes()).unwrap().unwrap(), read, "{old}");
    }
}

/// A server that knows only layout 2 passes the rows on as plain JSON.
#[test]
fn the_rows_are_the_same_json_in_both_layouts() {
    for (old, new) in LAYOUT_2.lines().zip(LAYOUT_3.lines()) {
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        let (mut old, new) = (json(old), json(new));
        old["v"] = 3.into();
        assert_eq!(old, new);
    }
}

#[test]
fn every_word_of_a_kind_and_a_state_is_known() {
    let grant = line(LAYOUT_3, 0);
    for (kind, subject) in [
        ("user", "bob"),
        ("group", "bob"),
        ("token_group", "bob"),
        ("authenticated", "*"),
        ("public", "*"),
    ] {
        let text = grant.replace("\"kind\":\"user\"", &format!("\"kind\":\"{kind}\""));
        let text = text.replace("\"subject\":\"bob\"", &format!("\"subject\":\"{subject}\""));
        let [LoggedRow::Grant(sides)] = &*rows(text.as_bytes()).unwrap().unwrap() else { panic!() };
        let record = sides.after.clone().unwrap();
        let grant = StoredGrant::try_from(record.clone()).unwrap();
        assert_eq!(grant.key.subject.name(), subject);
        assert_eq!(GrantRecord::from(&grant), record);
    }
    for state in ["active", "claimed", "deleting"] {
        let text = line(LAYOUT_3, 1).replace("\"active\"", &format!("\"{state}\""));
        assert!(rows(text.as_bytes()).unwrap().is_some(), "{state}");
    }
}

#[test]
fn a_bucket_without_a_state_is_active() {
    let text = line(LAYOUT_2, 1).replace(",\"state\":\"active\"", "");
    let [LoggedRow::Bucket(sides)] = &*rows(text.as_bytes()).unwrap().unwrap() else { panic!() };
    let before = Bucket::try_from(sides.before.clone().unwrap()).unwrap();
    assert_eq!(before.state, BucketState::Active);
}

#[test]
fn the_number_of_a_newer_layout_is_reported_whatever_the_body() {
    for (text, layout) in [
        (r#"{"v":8}"#, 8),
        (r#"{"rows":{"other":"forms"},"v":300}"#, 300),
        (r#"{"v":18446744073709551615,"rows":[]}"#, u64::MAX),
    ] {
        let newer = rows(text.as_bytes());
        assert!(matches!(newer, Err(DatabaseError::NewerHistory(v)) if v == layout), "{newer:?}");
    }
}

/// Bodies that would need a new layout, and bodies that were never valid.
#[test]
fn unknown_fields_and_words_of_a_record_are_errors() {
    let grant = line(LAYOUT_3, 0);
    for (old, new) in [
        ("\"v\":3", "\"v\":0"),
        ("\"v\":3", "\"v\":\"3\""),
        ("\"v\":3", "\"w\":3"),
        ("\"revision\":58", "\"revision\":58,\"more\":1"),
        ("\"row\":\"grant\"", "\"row\":\"lease\""),
        ("\"row\":\"grant\"", "\"row\":\"grant\",\"more\":1"),
        ("\"subject\":\"bob\"", "\"subject\":\"bob\",\"only_from\":\"192.0.2.0/24\""),
        ("\"kind\":\"user\"", "\"kind\":\"robot\""),
        ("\"write\"", "\"append\""),
        ("\"granted_by\":\"user:ada\",", ""),
        ("}]}", "}]"),
    ] {
        let text = grant.replace(old, new);
        assert_ne!(text, grant, "{old}");
        let read = rows(text.as_bytes());
        assert!(matches!(read, Err(DatabaseError::Corrupt(_))), "{new}: {read:?}");
    }
}

#[test]
fn records_with_invalid_names_do_not_convert() {
    let [LoggedRow::Grant(sides)] = &*rows(line(LAYOUT_3, 0).as_bytes()).unwrap().unwrap() else {
        panic!()
    };
    let record = sides.after.clone().unwrap();
    for wrong in [
        GrantRecord { bucket: "..".to_owned(), ..record.clone() },
        GrantRecord { prefix: "no-slash".to_owned(), ..record.clone() },
        GrantRecord { subject: String::new(), ..record.clone() },
    ] {
        assert!(matches!(StoredGrant::try_from(wrong), Err(DatabaseError::Corrupt(_))));
    }
    assert!(StoredGrant::try_from(record).is_ok());
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (0..4_000_000_000_i64, 0..1_000_000_000_u32)
        .prop_map(|(seconds, nanos)| DateTime::from_timestamp(seconds, nanos).unwrap())
}

fn subject_id() -> impl Strategy<Value = SubjectId> {
    "[^\\p{Cc}]{1,40}".prop_map(|text| SubjectId::parse(&text).unwrap())
}

fn bucket_name() -> impl Strategy<Value = BucketName> {
    "[a-z][a-zA-Z0-9_-]{2,30}".prop_map(|text| BucketName::stored(&text).unwrap())
}

fn allowed() -> impl Strategy<Value = Permissions> {
    (0..32_i16).prop_map(|bits| Permissions::from_bits(bits).unwrap())
}

fn subject() -> impl Strategy<Value = Subject> {
    prop_oneof![
        subject_id().prop_map(Subject::User),
        subject_id().prop_map(Subject::Group),
        subject_id().prop_map(Subject::TokenGroup),
        Just(Subject::Authenticated),
        Just(Subject::Public),
    ]
}

fn grant() -> impl Strategy<Value = StoredGrant> {
    let literal = "([a-zü ]{1,9}/){0,3}".prop_map(|text| (PrefixKind::Literal, text));
    let template = "([a-zü ]{1,9}/){0,3}[$][{]user(name)?[}]/([a-z]{1,9}/){0,2}";
    let template = template.prop_map(|text| (PrefixKind::Template, text));
    let key = (bucket_name(), prop_oneof![literal, template], subject());
    let key = key.prop_map(|(bucket, (kind, text), subject)| GrantKey {
        bucket,
        prefix: GrantPrefix::parse(kind, &text).unwrap(),
        subject,
    });
    let until = (option::of(instant()), option::of(instant()));
    (key, allowed(), until, option::of(".{0,30}"), ".{0,30}", any::<i64>(), any::<i64>()).prop_map(
        |(key, permissions, (not_before, expires_at), reason, by, born, changed)| StoredGrant {
            key,
            state: GrantState { permissions, not_before, expires_at, reason },
            granted_by: by,
            created_revision: born,
            updated_revision: changed,
        },
    )
}

fn bucket() -> impl Strategy<Value = Bucket> {
    let state = prop::sample::select(vec![
        BucketState::Active,
        BucketState::Claimed,
        BucketState::Deleting,
    ]);
    let labels = btree_map(".{0,9}", ".{0,9}", 0..4);
    (bucket_name(), allowed(), allowed(), labels, state, any::<i64>()).prop_map(
        |(name, public, ceiling, labels, state, created_revision)| Bucket {
            name,
            rules: BucketRules { public, ceiling },
            labels,
            state,
            created_revision,
        },
    )
}

fn membership() -> impl Strategy<Value = Membership> {
    (subject_id(), subject_id(), option::of(instant()), any::<i64>()).prop_map(
        |(group, user, expires_at, updated_revision)| Membership {
            group,
            user,
            expires_at,
            updated_revision,
        },
    )
}

fn key() -> impl Strategy<Value = StoredKey> {
    let scopes = btree_set(prop::sample::select(Scope::ALL.to_vec()), 0..9);
    let ends = (option::of(instant()), option::of(instant()), option::of(instant()));
    let names = ("[0-9A-Za-z]{12}", ".{0,20}", ".{0,20}", "[0-9A-Za-z]{12}");
    (names, scopes, instant(), ends, option::of("[0-9a-f:.]{1,20}")).prop_map(
        |((id, name, created_by, family), scopes, created_at, ends, last_used_ip)| StoredKey {
            id: KeyId::parse(&id).unwrap(),
            name,
            scopes,
            created_at,
            created_by,
            expires_at: ends.0,
            revoked_at: ends.1,
            family,
            last_used_at: ends.2,
            last_used_ip,
        },
    )
}

fn project() -> impl Strategy<Value = Project> {
    let status = prop::sample::select(vec![ProjectStatus::Active, ProjectStatus::Suspended]);
    let lists = (vec(".{0,20}", 0..3), vec(".{0,20}", 0..3));
    let settings =
        (lists, any::<bool>(), any::<u32>()).prop_map(|(lists, tags, seconds)| ProjectSettings {
            root_extra: lists.0,
            tags_are_authority: tags,
            max_presign_seconds: seconds.into(),
            cors_origins: lists.1,
            self_service_keys: !tags,
            home: (seconds % 3 == 0).then(|| Home::stored("homes", "home/${user}/").unwrap()),
            gateway: GatewaySettings {
                max_presign: seconds,
                max_session: seconds / 2,
                cut_streams: tags,
                public_host_active_content: seconds % 2 == 0,
            },
        });
    (any::<u128>(), "[a-z]{2,9}", "[a-z]{2,9}", status, allowed(), settings, instant()).prop_map(
        |(id, slug, store, status, default_permissions, settings, created_at)| {
            let id = uuid::Uuid::from_u128(id).to_string();
            let id = ProjectId::parse(&id).unwrap();
            Project { id, slug, store, status, default_permissions, settings, created_at }
        },
    )
}

/// Writes a row and reads it back.
fn through(row: LoggedRow) -> LoggedRow {
    let body = Body {
        v: LAYOUT,
        revision: 7,
        at: 1,
        actor: "user:ada".to_owned(),
        via_key: None,
        request_id: "r".to_owned(),
        kind: "grant.put".to_owned(),
        bucket: None,
        object: None,
        rows: vec![row],
    };
    let mut read = rows(&body.write().unwrap()).unwrap().unwrap();
    assert_eq!(read.len(), 1);
    read.remove(0)
}

fn nouns<R, N: TryFrom<R, Error = DatabaseError>>(sides: Sides<R>) -> [Option<N>; 2] {
    [sides.before, sides.after].map(|side| side.map(|record| record.try_into().unwrap()))
}

/// Writes both sides of a row, reads them back and compares.
macro_rules! survives {
    ($kind:ident($noun:ty), $before:expr, $after:expr) => {{
        let sides: [Option<$noun>; 2] = [$before, Some($after)];
        let row = LoggedRow::$kind(Sides::of(sides[0].as_ref(), sides[1].as_ref()));
        let LoggedRow::$kind(read) = through(row) else { panic!("it is of another kind") };
        let read: [Option<$noun>; 2] = nouns(read);
        assert_eq!(read, sides);
    }};
}

mod access_keys;
mod accounts;
mod list;
mod sessions_end;

proptest! {
    #[test]
    fn a_grant_is_read_as_it_was(before in option::of(grant()), after in grant()) {
        survives!(Grant(StoredGrant), before, after);
    }

    #[test]
    fn a_bucket_is_read_as_it_was(before in option::of(bucket()), after in bucket()) {
        survives!(Bucket(Bucket), before, after);
    }

    #[test]
    fn a_membership_is_read_as_it_was(before in option::of(membership()), after in membership()) {
        survives!(Member(Membership), before, after);
    }

    #[test]
    fn a_key_is_read_as_it_was(before in option::of(key()), after in key()) {
        survives!(ApiKey(StoredKey), before, after);
    }

    #[test]
    fn a_project_is_read_as_it_was(before in option::of(project()), after in project()) {
        survives!(Project(Project), before, after);
    }

    #[test]
    fn a_group_is_read_as_it_was(name in ".{0,20}", members: u64, tokens_left_out: bool) {
        let record = |tokens_left_out| {
            Some(GroupRecord { name: name.clone(), members, tokens_left_out })
        };
        let sides = Sides { before: record(!tokens_left_out), after: record(tokens_left_out) };
        let row = LoggedRow::Group(sides);
        assert_eq!(through(row.clone()), row);
    }
}

#[test]
fn permissions_are_words_in_their_order() {
    let words = permissions::PermissionWords::from(Permissions::ALL);
    let text = serde_json::to_string(&words).unwrap();
    assert_eq!(text, r#"["read","write","delete","admin"]"#, "as before there was `list`");
    let all: permissions::PermissionWords =
        serde_json::from_str(r#"["read","write","delete","admin","list"]"#).unwrap();
    assert_eq!(Permissions::from(&all), Permissions::ALL);
    let back: permissions::PermissionWords = serde_json::from_str(r#"["admin","read"]"#).unwrap();
    let back = Permissions::from(&back);
    assert_eq!(back.iter().collect::<Vec<_>>(), [Permission::Read, Permission::Admin]);
}

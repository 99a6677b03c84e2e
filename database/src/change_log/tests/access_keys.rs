//! What layouts 4 and 7 brought.

use super::*;
use crate::change_log::golden::{LAYOUT_4, LAYOUT_7};
use crate::domain::access_key::{AccessKeyOwner, Cidr};
use crate::domain::{
    AccessKeyId, AccessKeyKind, AccessKeyStatus, GatewaySettings, KeyLimits, Prefix,
    StoredAccessKey,
};

#[test]
fn what_layout_4_brought_is_written_as_it_was_written_down_here() {
    for line in LAYOUT_4.lines() {
        let body: Body = serde_json::from_str(line).unwrap();
        assert_eq!(String::from_utf8(body.write().unwrap()).unwrap(), line);
        assert_eq!(rows(line.as_bytes()).unwrap().unwrap(), body.rows);
    }
    let [LoggedRow::AccessKey(gone), LoggedRow::AccessKey(made)] =
        &*rows(line(LAYOUT_4, 0).as_bytes()).unwrap().unwrap()
    else {
        panic!()
    };
    for record in [gone.before.clone(), made.after.clone()].map(Option::unwrap) {
        let key = StoredAccessKey::try_from(record.clone()).unwrap();
        assert_eq!(AccessKeyRecord::from(&key), record);
    }
    let old = line(LAYOUT_3, 4);
    let [LoggedRow::Project(sides)] = &*rows(old.as_bytes()).unwrap().unwrap() else { panic!() };
    let before = Project::try_from(sides.before.clone().unwrap()).unwrap();
    assert!(before.settings.self_service_keys, "of a project from before there was such a setting");
    assert_eq!(before.settings.gateway, GatewaySettings::default(), "and none of the gateway");
}

#[test]
fn what_layout_7_brought_is_written_as_it_was_written_down_here() {
    for line in LAYOUT_7.lines() {
        let body: Body = serde_json::from_str(line).unwrap();
        assert_eq!(String::from_utf8(body.write().unwrap()).unwrap(), line);
        let read = rows(line.as_bytes()).unwrap().unwrap();
        assert_eq!(read, body.rows);
        let [LoggedRow::AccessKey(sides)] = &*read else { panic!() };
        let kinds = [sides.before.clone(), sides.after.clone()]
            .map(|record| StoredAccessKey::try_from(record.unwrap()).unwrap().kind);
        assert_eq!(kinds, [AccessKeyKind::S3, AccessKeyKind::Token]);
    }
    let wrong = line(LAYOUT_7, 0).replace("\"token\"", "\"badge\"");
    assert!(matches!(rows(wrong.as_bytes()), Err(DatabaseError::Corrupt(_))));
}

fn access_key() -> impl Strategy<Value = StoredAccessKey> {
    let some = (option::of(subject_id()), prop::bool::ANY, instant(), instant());
    let limits = (
        option::of(btree_set(bucket_name(), 1..3)),
        option::of(btree_set("[a-z]{1,9}/", 1..3)),
        option::of(allowed()),
        option::of(prop::sample::select(vec!["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"])),
    );
    let limits = limits.prop_map(|(buckets, prefixes, permissions, cidr)| KeyLimits {
        buckets,
        prefixes: prefixes
            .map(|texts| texts.iter().map(|text| Prefix::parse(text).unwrap()).collect()),
        permissions,
        cidrs: cidr.map(|cidr| [Cidr::parse(cidr).unwrap()].into()),
        places: None,
    });
    let used = (
        option::of(instant()),
        option::of(any::<std::net::IpAddr>()),
        option::of(".{0,9}"),
        prop::sample::select(vec![AccessKeyKind::S3, AccessKeyKind::Token]),
    );
    ("CGAK[A-Z2-7]{16}", ".{0,20}", ".{0,20}", some, limits, used).prop_map(
        |(id, name, created_by, (user, active, created_at, expires_at), limits, used)| {
            let disabled_by = (!active).then(|| created_by.clone());
            let status = if active { AccessKeyStatus::Active } else { AccessKeyStatus::Disabled };
            StoredAccessKey {
                family: id.clone(),
                id: AccessKeyId::parse(&id).unwrap(),
                kind: used.3,
                owner: AccessKeyOwner::of(user),
                name,
                status,
                disabled_by,
                limits,
                created_at,
                created_by,
                expires_at,
                last_used_at: used.0,
                last_used_ip: used.1,
                last_used_agent: used.2,
            }
        },
    )
}

proptest! {
    #[test]
    fn an_access_key_is_read_as_it_was(
        before in option::of(access_key()),
        after in access_key(),
    ) {
        survives!(AccessKey(StoredAccessKey), before, after);
    }
}

//! The application cannot distinguish deletions key by key from one request.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sail_cargo_client::protocol::Permission;
use sail_cargo_middleware::RemoteSigner;

use super::delete;
use crate::harness::{Storage, signed_by, start_with_fake};

const CASES: u32 = 48;

/// File names, also the last segments of keys, with characters that XML, URLs and S3 treat
/// specially.
fn name() -> impl Strategy<Value = String> {
    let odd = proptest::sample::select(
        "&<>\"'%+?#;=~ ,:@$!*()[]{}|\\^`\u{85}\u{a0}\u{2028}\u{fffd}éü日😀e\u{301}"
            .chars()
            .collect::<Vec<_>>(),
    );
    let character = prop_oneof![3 => odd, 2 => proptest::char::range('!', '~'), 1 => any::<char>()];
    vec(character, 1..12).prop_map(String::from_iter).prop_filter("a key that is signed", |name| {
        let dots = name.split(['/', '\\']).any(|segment| segment.chars().all(|c| c == '.'));
        let lower = name.to_lowercase();
        let encoded = ["%2e", "%2f", "%5c", "%00"].iter().any(|escape| lower.contains(escape));
        let unfit =
            |c: char| c == '/' || c.is_ascii_control() || ('\u{fffe}'..='\u{ffff}').contains(&c);
        !dots && !encoded && !name.chars().any(unfit)
    })
}

/// Creates the objects in `keys` that have `true`, deletes all keys, and returns the response as
/// text.
async fn told(storage: &Storage, s3: &aws_sdk_s3::Client, keys: &[(String, bool)]) -> String {
    std::fs::create_dir_all(storage.object("bkt", "mine")).unwrap();
    for (key, _) in keys.iter().filter(|(_, there)| *there) {
        std::fs::write(storage.object("bkt", key), "x").unwrap();
    }
    let output = delete(s3, keys.iter().map(|(key, _)| key.as_str())).await.unwrap();
    let left = std::fs::read_dir(storage.object("bkt", "mine")).unwrap().count();
    format!("{:?} {:?} {left} left", output.deleted(), output.errors())
}

#[test]
fn key_by_key_says_what_one_request_says() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (storage, authority) = runtime.block_on(start_with_fake());
    authority.binds_bodies(false);
    authority.grant("part", "bkt/mine/", [Permission::Delete]);
    authority.grant("whole", "bkt", [Permission::Delete]);
    let client = |user| signed_by(&storage, RemoteSigner::new(authority.user(user).unwrap()));
    let (part, whole) = (client("part"), client("whole"));
    let config =
        ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
    let key = (name().prop_map(|name| format!("mine/{name}")), any::<bool>());
    let outcome = TestRunner::new(config).run(&vec(key, 1..24), |keys| {
        let told = |s3| runtime.block_on(told(&storage, s3, &keys));
        let once = told(&whole);
        prop_assert_eq!(told(&part), once);
        Ok(())
    });
    outcome.unwrap_or_else(|failed| panic!("{failed}"));
    let seen = storage.seen();
    assert!(seen.iter().any(|seen| seen.method == "POST"));
    assert!(seen.iter().any(|seen| seen.method == "DELETE"));
}

//! Keys with escapes as text, as Spark and Hive write them, and names of metadata with `_`: let through
//! where the probe saw the storage read them in one way, and refused elsewhere (N5, N8).

use sail_cargo_client::protocol::{Permission, SignRequest};

use super::witness::Witness;
use crate::gateway_stack::{BUCKET, GatewayStack, STORE};
use crate::raw::{Signer, crc32};
use crate::storages::{Kind, Storage};

/// What is ambiguous in it, a key, its spelling in a URL, and the key that it could be taken for.
const KEYS: [(&str, &str, &str, &str); 5] = [
    ("%2F", "dt=2024-01-01%2F00/part", "dt=2024-01-01%252F00/part", "dt=2024-01-01/00/part"),
    ("%2F", "a%2fb", "a%252fb", "a/b"),
    ("%2E", "x/z/%2E%2E/y", "x/z/%252E%252E/y", "x/y"),
    ("%5C", "c%5Cd", "c%255Cd", "c/d"),
    ("%00", "n%00m", "n%2500m", "n"),
];

struct Literal<'a> {
    test: &'a GatewayStack,
    witness: &'a Witness,
    by: &'a Signer,
}

#[tokio::test]
async fn a_key_that_storages_read_differently_is_let_through_where_one_reading_was_seen() {
    for kind in [Kind::SeaweedFs, Kind::Embedded] {
        let Some(storage) = Storage::start(kind).await else { continue };
        let (test, witness) = (GatewayStack::before(&storage).await, Witness::of(&storage));
        let literally = test.operator().store(STORE).await.unwrap().contract.reads_literally;
        test.grant("ada", "", &[Permission::Read, Permission::Write, Permission::Delete]).await;
        let ada = test.signer_of(Some("ada")).await;
        let literal = Literal { test: &test, witness: &witness, by: &ada };
        for (text, key, spelled, other) in KEYS {
            witness.put(BUCKET, other, b"other").await;
            if literally.iter().any(|one| one == text) {
                literal.works(key, spelled).await;
            } else {
                literal.is_refused(spelled).await;
            }
            let content = witness.content(BUCKET, other).await;
            assert_eq!(content.as_deref(), Some(&b"other"[..]), "{other} at {}", kind.name());
            let signed = test.root().sign(&direct(&storage, spelled)).await.unwrap_err();
            assert_eq!(signed.code(), Some("double_encoded"), "{spelled} is signed for nobody");
        }
        literal.metadata(literally.iter().any(|one| one == "_")).await;
    }
}

impl Literal<'_> {
    async fn works(&self, key: &str, spelled: &str) {
        let path = format!("/{BUCKET}/{spelled}");
        let put = self.test.send(&self.by.put(&path, b"literal").signed()).await;
        assert_eq!(put.status, 200, "{path}: {}", put.text());
        let got = self.test.send(&self.by.bare("GET", &path).presigned("60")).await;
        assert_eq!((got.status, got.text().as_str()), (200, "literal"), "{path}");
        let stored = self.witness.content(BUCKET, key).await;
        assert_eq!(stored.as_deref(), Some(&b"literal"[..]), "{key}");

        let list = format!("/{BUCKET}?list-type=2&prefix={}", spelled.replace('/', "%2F"));
        let list = self.test.send(&self.by.ask("GET", &list).signed()).await;
        assert_eq!((list.status, list.element("Key").as_str()), (200, key), "{}", list.text());
        let copy = self.by.ask("PUT", &format!("/{BUCKET}/copy"));
        let copy = copy.with("x-amz-copy-source", &format!("{BUCKET}/{spelled}")).carrying(b"");
        let copied = self.test.send(&copy.signed()).await;
        assert_eq!(copied.status, 200, "{spelled}: {}", copied.text());
        let copied = self.witness.content(BUCKET, "copy").await;
        assert_eq!(copied.as_deref(), Some(&b"literal"[..]), "{spelled}");

        let list = format!("<Delete><Object><Key>{key}</Key></Object></Delete>");
        let delete = self.by.put(&format!("/{BUCKET}?delete"), list.as_bytes());
        let delete = crate::raw::Wire { method: "POST".to_owned(), ..delete };
        let deleted = self
            .test
            .send(&delete.with("x-amz-checksum-crc32", &crc32(list.as_bytes())).signed())
            .await;
        assert_eq!(
            (deleted.status, deleted.element("Key").as_str()),
            (200, key),
            "{}",
            deleted.text()
        );
        assert!(!self.witness.has(BUCKET, key).await, "{key}");
    }

    async fn is_refused(&self, spelled: &str) {
        let path = format!("/{BUCKET}/{spelled}");
        for wire in [self.by.put(&path, b"literal"), self.by.ask("GET", &path)] {
            let refused = self.test.send(&wire.signed()).await;
            assert_eq!(refused.said(), (400, "InvalidURI".to_owned()), "{path}");
            assert_eq!(refused.header("x-cargo-refusal"), Some("400 double_encoded"), "{path}");
        }
    }

    async fn metadata(&self, is_settled: bool) {
        let put = self.by.put("/photos/named", b"x").with("x-amz-meta-spark_job", "7");
        let put = self.test.send(&put.with("x-amz-meta-spark-job", "8").signed()).await;
        if !is_settled {
            assert_eq!(put.said(), (400, "InvalidArgument".to_owned()));
            return;
        }
        assert_eq!(put.status, 200, "{}", put.text());
        let head = self.test.send(&self.by.ask("HEAD", "/photos/named").signed()).await;
        assert_eq!(head.header("x-amz-meta-spark_job"), Some("7"), "{head:?}");
        assert_eq!(head.header("x-amz-meta-spark-job"), Some("8"), "{head:?}");
    }
}

/// A request that the storage would be sent without the gateway.
fn direct(storage: &Storage, spelled: &str) -> SignRequest {
    SignRequest {
        method: "GET".to_owned(),
        url: format!("{}/{BUCKET}/{spelled}", storage.url),
        headers: Vec::new(),
        payload: Some("UNSIGNED-PAYLOAD".to_owned()),
        body: None,
    }
}

//! SeaweedFS takes the path that a signature is verified against from a header that anybody can
//! send: who may use one folder reaches every bucket of the account. A proxy in front ends that.

use aws_sdk_s3::Client as S3;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::primitives::ByteStream;
use reqwest::{Method, StatusCode};
use sail_cargo_client::protocol::Permission::{Delete, Read, Write};
use sail_cargo_client::protocol::SignRequest;
use sail_cargo_client::testing::{FakeAuthority, FakeStorage};

use crate::storages::{ACCESS_KEY_ID, Kind, REGION, SECRET, Storage};

const KEY: &str = "payroll.csv";
const TEXT: &str = "what everybody earns";
const OTHER: &str = "what nobody judged";

#[tokio::test]
async fn on_seaweedfs_a_header_nobody_signed_chooses_the_bucket() {
    let Some(stage) = Stage::set(Kind::SeaweedFs).await else { return };
    let (status, body) = stage.shifted(Method::GET).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, TEXT), "the hazard is gone: say so");
    assert_eq!(stage.shifted(Method::PUT).await.0, StatusCode::OK);
    assert_eq!(stage.payroll().await.as_deref(), Some(OTHER));
    assert_eq!(stage.shifted(Method::DELETE).await.0, StatusCode::NO_CONTENT);
    assert_eq!(stage.payroll().await, None);
}

#[tokio::test]
async fn elsewhere_it_chooses_nothing() {
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_safe()) {
        let Some(stage) = Stage::set(kind).await else { continue };
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let (status, body) = stage.shifted(method.clone()).await;
            assert!(status.is_client_error(), "{method} on {}: {status} {body}", kind.name());
            assert!(!body.contains(TEXT), "{method} on {}", kind.name());
        }
        assert_eq!(stage.payroll().await.as_deref(), Some(TEXT), "{}", kind.name());
    }
}

/// Another project's bucket, and ada, who may do everything in a folder of hers.
struct Stage {
    storage: Storage,
    owner: S3,
    cargo: FakeAuthority,
}

impl Stage {
    async fn set(kind: Kind) -> Option<Self> {
        let storage = Storage::start(kind).await?;
        let owner = owner(&storage.url);
        for bucket in ["photos", "hist-a"] {
            owner.create_bucket().bucket(bucket).send().await.unwrap();
        }
        let put = owner.put_object().bucket("hist-a").key(KEY);
        put.body(ByteStream::from_static(TEXT.as_bytes())).send().await.unwrap();
        let keys = FakeStorage::at(&storage.url, ACCESS_KEY_ID, SECRET);
        let cargo = FakeAuthority::start(keys).await.unwrap();
        cargo.bucket("photos");
        cargo.grant("ada", "photos/m/", [Read, Write, Delete]);
        Some(Self { storage, owner, cargo })
    }

    /// Signed for a key in ada's folder, sent to the other bucket.
    async fn shifted(&self, method: Method) -> (StatusCode, String) {
        let url = &self.storage.url;
        let asked = SignRequest {
            method: method.to_string(),
            url: format!("{url}/photos/m/hist-a/{KEY}"),
            headers: Vec::new(),
            payload: Some("UNSIGNED-PAYLOAD".to_owned()),
            body: None,
        };
        let signed = self.cargo.user("ada").unwrap().sign(&asked).await.unwrap();
        let mut request = reqwest::Client::new()
            .request(method.clone(), format!("{url}/hist-a/{KEY}"))
            .header("X-Forwarded-Prefix", "/photos/m");
        for (name, value) in &signed.headers {
            request = request.header(name, value);
        }
        if method == Method::PUT {
            request = request.body(OTHER);
        }
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// What is in the other bucket now.
    async fn payroll(&self) -> Option<String> {
        let object = self.owner.get_object().bucket("hist-a").key(KEY).send().await.ok()?;
        let bytes = object.body.collect().await.unwrap().into_bytes();
        Some(String::from_utf8(bytes.to_vec()).unwrap())
    }
}

/// The stock SDK with the storage's own keys.
fn owner(url: &str) -> S3 {
    let keys = Credentials::new(ACCESS_KEY_ID, SECRET, None, None, "test");
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(url)
        .force_path_style(true)
        .credentials_provider(keys);
    S3::from_conf(config.build())
}

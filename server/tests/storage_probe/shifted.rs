//! SeaweedFS takes the path and host for the signature from headers that any client can send: a
//! user of one folder reaches other buckets. A proxy in front prevents that.

use aws_sdk_s3::Client as S3;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::primitives::ByteStream;
use reqwest::{Method, StatusCode};
use sail_cargo_client::protocol::Permission::{Delete, Read, Write};
use sail_cargo_client::protocol::SignRequest;
use sail_cargo_client::testing::{FakeAuthority, FakeStorage};

use crate::storages::{ACCESS_KEY_ID, Kind, REGION, SECRET, Storage};

const TEXT: &str = "what everybody earns";
const OTHER: &str = "what nobody judged";

#[tokio::test]
async fn on_seaweedfs_headers_nobody_signed_choose_the_bucket() {
    let Some(stack) = TestStack::set(Kind::SeaweedFs).await else { return };
    for shift in [stack.path(), stack.host().unwrap()] {
        let (status, body) = stack.send(Method::GET, &shift).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, TEXT), "{}", shift.header.0);
        assert_eq!(stack.send(Method::PUT, &shift).await.0, StatusCode::OK);
        assert_eq!(stack.theirs(shift.key).await.as_deref(), Some(OTHER));
        assert_eq!(stack.send(Method::DELETE, &shift).await.0, StatusCode::NO_CONTENT);
        assert_eq!(stack.theirs(shift.key).await, None);
    }
}

#[tokio::test]
async fn elsewhere_they_choose_nothing() {
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_safe()) {
        let Some(stack) = TestStack::set(kind).await else { continue };
        for shift in std::iter::once(stack.path()).chain(stack.host()) {
            for method in [Method::GET, Method::PUT, Method::DELETE] {
                let (status, body) = stack.send(method.clone(), &shift).await;
                let case = format!("{method}, {} on {}", shift.header.0, kind.name());
                assert!(status.is_client_error(), "{case}: {status} {body}");
                assert!(!body.contains(TEXT), "{case}");
            }
            assert_eq!(stack.theirs(shift.key).await.as_deref(), Some(TEXT), "{}", kind.name());
        }
    }
}

/// The bucket `hist-a` of another project, and ada, who holds all permissions in a folder of
/// `photos`.
struct TestStack {
    _storage: Storage,
    owner: S3,
    cargo: FakeAuthority,
    /// The storage's URL, with a host name if it supports buckets in host names.
    url: String,
    has_bucket_hosts: bool,
}

/// The signed request, and the request that is sent instead.
struct Shift {
    signed: String,
    sent: String,
    host: String,
    header: (&'static str, String),
    /// The key that it reaches in the other bucket.
    key: &'static str,
}

const BY_PATH: &str = "payroll.csv";
const BY_HOST: &str = "photos/m/payroll.csv";

impl TestStack {
    async fn set(kind: Kind) -> Option<Self> {
        let storage = Storage::start(kind).await?;
        let owner = owner(&storage.url);
        for bucket in ["photos", "hist-a"] {
            owner.create_bucket().bucket(bucket).send().await.unwrap();
        }
        for key in [BY_PATH, BY_HOST] {
            let put = owner.put_object().bucket("hist-a").key(key);
            put.body(ByteStream::from_static(TEXT.as_bytes())).send().await.unwrap();
        }
        let hosts_url = storage.hosts_url();
        let has_bucket_hosts = hosts_url.is_some();
        let url = hosts_url.unwrap_or_else(|| storage.url.clone());
        let mut keys = FakeStorage::at(&url, ACCESS_KEY_ID, SECRET);
        keys.virtual_hosted = has_bucket_hosts;
        let cargo = FakeAuthority::start(keys).await.unwrap();
        cargo.bucket("photos");
        cargo.grant("ada", "photos/m/", [Read, Write, Delete]);
        Some(Self { _storage: storage, owner, cargo, url, has_bucket_hosts })
    }

    /// Passes the signed bucket and folder off as a prefix that a proxy has removed.
    fn path(&self) -> Shift {
        Shift {
            signed: format!("{}/photos/m/hist-a/{BY_PATH}", self.url),
            sent: format!("{}/hist-a/{BY_PATH}", self.url),
            host: self.authority().to_owned(),
            header: ("X-Forwarded-Prefix", "/photos/m".to_owned()),
            key: BY_PATH,
        }
    }

    /// Passes the host without the bucket off as the original one.
    fn host(&self) -> Option<Shift> {
        let url = format!("{}/{BY_HOST}", self.url);
        self.has_bucket_hosts.then(|| Shift {
            signed: url.clone(),
            sent: url,
            host: format!("hist-a.{}", self.authority()),
            header: ("X-Forwarded-Host", self.authority().to_owned()),
            key: BY_HOST,
        })
    }

    fn authority(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    async fn send(&self, method: Method, shift: &Shift) -> (StatusCode, String) {
        let asked = SignRequest {
            method: method.to_string(),
            url: shift.signed.clone(),
            headers: Vec::new(),
            payload: Some("UNSIGNED-PAYLOAD".to_owned()),
            body: None,
        };
        let signed = self.cargo.user("ada").unwrap().sign(&asked).await.unwrap();
        let mut request = reqwest::Client::new()
            .request(method.clone(), &shift.sent)
            .header("Host", &shift.host)
            .header(shift.header.0, &shift.header.1);
        for (name, value) in &signed.headers {
            request = request.header(name, value);
        }
        if method == Method::PUT {
            request = request.body(OTHER);
        }
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// The object in the other bucket, if it exists.
    async fn theirs(&self, key: &str) -> Option<String> {
        let object = self.owner.get_object().bucket("hist-a").key(key).send().await.ok()?;
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

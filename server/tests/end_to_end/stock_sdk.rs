//! Compares the server's signatures with those of the stock SDK: the same credentials, time and
//! request must give the same bytes.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sdk_s3::Client as S3;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use aws_smithy_async::time::StaticTimeSource;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use chrono::DateTime;
use sail_cargo_server::domain::s3::{AddressingStyle, Endpoint, RawRequest, S3Request};
use sail_cargo_server::domain::sigv4::{self, StoreCredentials};
use sail_cargo_server::domain::{
    Authority, BucketName, BucketRules, Caller, KeyHolder, KeyId, ProjectId, ProjectRules, Secret,
    decide,
};

const SECOND: i64 = 1_790_000_000;
const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const REGION: &str = "eu-central-1";

/// An HTTP client that keeps every request and answers none.
#[derive(Debug, Clone, Default)]
struct Recorder(Arc<Mutex<Vec<HttpRequest>>>);

impl HttpConnector for Recorder {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.0.lock().unwrap().push(request);
        HttpConnectorFuture::ready(Err(ConnectorError::user("recorded".into())))
    }
}

impl HttpClient for Recorder {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn authority() -> Authority {
    let rules = BucketRules::default();
    Authority {
        project: ProjectRules::default(),
        buckets: ["my-bucket", "source"]
            .map(|name| (BucketName::parse(name).unwrap(), rules))
            .into(),
        grants: Vec::new(),
        groups: Vec::new(),
        username: None,
        revision: 1,
    }
}

/// Judges and signs the SDK's request, as the application itself.
fn ours(request: &HttpRequest, endpoint: &Endpoint) -> (String, String) {
    // Headers that the SDK adds after signing never reach Cargo: the middleware leaves them out.
    let late = ["authorization", "user-agent", "amz-sdk-invocation-id", "amz-sdk-request"];
    let headers: Vec<_> = request
        .headers()
        .iter()
        .filter(|(name, _)| !late.contains(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let raw = RawRequest {
        method: request.method(),
        url: request.uri(),
        headers: (&headers).into(),
        payload: request.headers().get("x-amz-content-sha256"),
        body: None,
    };
    let parsed = S3Request::parse(raw, std::slice::from_ref(endpoint)).unwrap();
    let caller = Caller::Root(KeyHolder {
        project: ProjectId::parse("6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21").unwrap(),
        id: KeyId::parse("8fK2mQ0ZtYb1").unwrap(),
        scopes: BTreeSet::from([sail_cargo_client::protocol::Scope::Sign]),
        expires_at: None,
    });
    let now = DateTime::from_timestamp(SECOND, 0).unwrap();
    let authority = authority();
    let approved = decide(&caller, &parsed, &authority, now).unwrap();
    let credentials = StoreCredentials::new(
        ACCESS_KEY_ID.to_owned(),
        Secret::new(SECRET.to_owned()),
        REGION.to_owned(),
    );
    let signature = sigv4::sign(&approved, &credentials, now);
    (signature.headers["authorization"].clone(), parsed.url().to_owned())
}

/// Sends each common operation. The answers do not matter.
async fn everything(s3: &S3, key: &str) {
    let (bucket, hi) = ("my-bucket", || ByteStream::from_static(b"hi"));
    let put = s3.put_object().bucket(bucket).key(key).content_type("text/plain");
    let put = put.metadata("note", "a  b").cache_control("no-cache").if_none_match("*");
    put.body(hi()).send().await.ok();
    let get = s3.get_object().bucket(bucket).key(key).range("bytes=0-1").if_match("\"x\"");
    get.version_id("v.+/=1").send().await.ok();
    s3.head_object().bucket(bucket).key(key).send().await.ok();
    s3.delete_object().bucket(bucket).key(key).send().await.ok();
    s3.copy_object().bucket(bucket).key(key).copy_source("source/a%20b").send().await.ok();
    let list = s3.list_objects_v2().bucket(bucket).prefix(key).delimiter("/");
    list.continuation_token("a+b/c==").send().await.ok();
    s3.list_objects().bucket(bucket).prefix(key).marker("é &").send().await.ok();
    s3.create_multipart_upload().bucket(bucket).key(key).send().await.ok();
    let part = s3.upload_part().bucket(bucket).key(key).upload_id("u+/=").part_number(3);
    part.body(hi()).send().await.ok();
    s3.list_parts().bucket(bucket).key(key).upload_id("u+/=").send().await.ok();
    s3.abort_multipart_upload().bucket(bucket).key(key).upload_id("u+/=").send().await.ok();
    let part = s3.upload_part_copy().bucket(bucket).key(key).upload_id("u").part_number(3);
    part.copy_source("source/a").copy_source_range("bytes=0-9").send().await.ok();
    let object = ObjectIdentifier::builder().key(key).build().unwrap();
    let delete = Delete::builder().objects(object).build().unwrap();
    s3.delete_objects().bucket(bucket).delete(delete).send().await.ok();
    s3.head_bucket().bucket(bucket).send().await.ok();
    s3.create_bucket().bucket(bucket).send().await.ok();
    s3.delete_bucket().bucket(bucket).send().await.ok();
    s3.list_buckets().send().await.ok();
}

#[tokio::test]
async fn the_signatures_are_those_of_the_stock_sdk() {
    for (url, style, path_style) in [
        ("http://s3.test:9000", AddressingStyle::Path, true),
        ("https://s3.example.com", AddressingStyle::VirtualHosted, false),
    ] {
        let recorder = Recorder::default();
        let now = UNIX_EPOCH + Duration::from_secs(SECOND.cast_unsigned());
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(url)
            .force_path_style(path_style)
            .credentials_provider(Credentials::new(ACCESS_KEY_ID, SECRET, None, None, "test"))
            .time_source(StaticTimeSource::new(now))
            .http_client(recorder.clone())
            .build();
        let s3 = S3::from_conf(config);
        for key in ["plain", "a b+c%/ü//~", "日本/😀?x=1&y#", "=&~'()*!;:@$,", "/lead"] {
            everything(&s3, key).await;
        }
        let endpoint = Endpoint::parse(url, style).unwrap();
        let recorded = recorder.0.lock().unwrap();
        assert_eq!(recorded.len(), 5 * 17);
        for request in recorded.iter() {
            let (authorization, signed_url) = ours(request, &endpoint);
            let theirs = request.headers().get("authorization").unwrap();
            assert_eq!(authorization, theirs, "{} {}", request.method(), request.uri());
            assert_eq!(signed_url, request.uri(), "the SDK writes what we would write");
        }
    }
}

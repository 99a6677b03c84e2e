//! The signatures equal those of the stock SDK with the same credentials, byte for byte.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Builder, ConfigBag, Intercept, Region};
use aws_sdk_s3::config::{RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectAttributes, ObjectIdentifier};
use aws_smithy_async::time::StaticTimeSource;
use sail_cargo_middleware::RemoteSigningExt;

use crate::harness::{ACCESS_KEY, Authority, REGION, Recorder, SECRET_KEY};

const KEYS: [&str; 6] =
    ["plain", "a b+c%/../ü//~", "日本/😀?x=1&y#", "..", "/lead", "=&~'()*!;:@$,"];
const BUCKETS: [&str; 2] = ["my-bucket", "my.dotted"];

/// Removes `x-amz-user-agent`, which must differ, because it names the source of the credentials.
#[derive(Debug)]
struct NoUserAgent;

impl Intercept for NoUserAgent {
    fn name(&self) -> &'static str {
        "NoUserAgent"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        context.request_mut().headers_mut().remove("x-amz-user-agent");
        Ok(())
    }
}

/// Two clients that differ only in their signer.
struct Pair {
    stock: (Client, Recorder),
    remote: (Client, Recorder),
}

impl Pair {
    async fn new(configure: impl Fn(Builder) -> Builder) -> Self {
        let now = UNIX_EPOCH + Duration::from_secs(1_790_000_000);
        let authority = Authority::start().await;
        authority.freeze(now);
        let config = |recorder: &Recorder| {
            configure(aws_sdk_s3::Config::builder())
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(REGION))
                .time_source(StaticTimeSource::new(now))
                .interceptor(NoUserAgent)
                .http_client(recorder.http_client())
        };
        let (stock, remote) = (Recorder::default(), Recorder::default());
        let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test");
        let stock_config = config(&stock).credentials_provider(credentials).build();
        let remote_config = config(&remote).remote_signing(authority.user()).build();
        Self {
            stock: (Client::from_conf(stock_config), stock),
            remote: (Client::from_conf(remote_config), remote),
        }
    }

    /// Compares all requests of both clients. Returns how many there were, and their payload forms.
    fn compare(&self) -> (usize, BTreeSet<String>) {
        let (stock, remote) = (self.stock.1.recorded(), self.remote.1.recorded());
        assert_eq!(stock.len(), remote.len());
        let mut forms = BTreeSet::new();
        for (stock, remote) in stock.iter().zip(&remote) {
            assert_eq!(stock.line, remote.line);
            assert_eq!(stock.payload, remote.payload, "{}", stock.line);
            assert_eq!(stock.date, remote.date, "{}", stock.line);
            assert_eq!(stock.authorization, remote.authorization, "{}", stock.line);
            assert!(stock.authorization.contains(ACCESS_KEY));
            let hashed = stock.payload.len() == 64;
            forms.insert(if hashed { "hash".to_owned() } else { stock.payload.clone() });
        }
        (stock.len(), forms)
    }
}

/// Runs operations whose body, if any, is in memory. The recorder's response does not matter.
async fn from_memory(s3: &Client, bucket: &str, key: &str) {
    let hi = || ByteStream::from_static(b"hi");
    let put = s3.put_object().bucket(bucket).key(key).metadata("m", "a  b");
    let _ = put.content_encoding("gzip").body(hi()).send().await;
    let _ = s3.put_object().bucket(bucket).key(key).send().await;
    let put = s3.put_object().bucket(bucket).key(key).body(hi()).customize();
    let _ = put.disable_payload_signing().send().await;
    let get = s3.get_object().bucket(bucket).key(key).range("bytes=0-1").if_match("x");
    let _ = get.response_content_type("text/plain; a=b").send().await;
    let _ = s3.head_object().bucket(bucket).key(key).send().await;
    let _ = s3.delete_object().bucket(bucket).key(key).version_id("v +/=1").send().await;
    let _ = s3.copy_object().bucket(bucket).key(key).copy_source("b/a%20b").send().await;
    let part = s3.upload_part().bucket(bucket).key(key).upload_id("u+/=").part_number(3);
    let _ = part.body(hi()).send().await;
    let list = s3.list_objects_v2().bucket(bucket).prefix(key).delimiter("/");
    let _ = list.continuation_token("a+b/c==").start_after("é ").send().await;
    let _ = s3.list_objects().bucket(bucket).prefix(key).marker("é &").send().await;
    let object = ObjectIdentifier::builder().key(key).build().unwrap();
    let delete = Delete::builder().objects(object).build().unwrap();
    let _ = s3.delete_objects().bucket(bucket).delete(delete).send().await;
    let attributes = s3.get_object_attributes().bucket(bucket).key(key);
    let attributes = attributes.object_attributes(ObjectAttributes::Etag);
    let _ = attributes.object_attributes(ObjectAttributes::ObjectSize).send().await;
    let _ = s3.get_bucket_location().bucket(bucket).send().await;
}

async fn streamed(s3: &Client, bucket: &str, key: &str, file: &Path) {
    let put = s3.put_object().bucket(bucket).key(key).content_encoding("gzip");
    let _ = put.body(ByteStream::from_path(file).await.unwrap()).send().await;
    let part = s3.upload_part().bucket(bucket).key(key).upload_id("u+/=").part_number(3);
    let _ = part.body(ByteStream::from_path(file).await.unwrap()).send().await;
}

#[tokio::test]
async fn over_https_in_both_styles() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), vec![7; 300_000]).unwrap();
    for path_style in [false, true] {
        let pair = Pair::new(|config| config.force_path_style(path_style)).await;
        for s3 in [&pair.stock.0, &pair.remote.0] {
            for bucket in BUCKETS {
                for key in KEYS {
                    from_memory(s3, bucket, key).await;
                    streamed(s3, bucket, key, file.path()).await;
                }
            }
            let _ = s3.list_buckets().send().await;
        }
        let (count, forms) = pair.compare();
        assert_eq!(count, 2 * 6 * 15 + 1);
        let all = ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", "UNSIGNED-PAYLOAD", "hash"];
        assert_eq!(forms, all.map(str::to_owned).into());
    }
}

#[tokio::test]
async fn over_http_on_a_port_of_its_own() {
    for path_style in [false, true] {
        let endpoint = |config: Builder| config.endpoint_url("http://s3.test:9000");
        let pair = Pair::new(|config| endpoint(config).force_path_style(path_style)).await;
        for s3 in [&pair.stock.0, &pair.remote.0] {
            for key in KEYS {
                from_memory(s3, "my-bucket", key).await;
            }
        }
        assert_eq!(pair.compare().0, 6 * 13);
    }
}

//! A form of endpoint, and the requests that are sent to it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Builder, ConfigBag, Intercept, Region};
use aws_sdk_s3::config::{RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut};
use aws_sdk_s3::error::BoxError;
use aws_smithy_async::time::StaticTimeSource;
use sail_cargo_middleware::RemoteSigningExt;

use super::paragraph::Paragraph;
use super::transcript::Transcript;
use super::{bodies, operations};
use crate::harness::{ACCESS_KEY, Authority, REGION, Recorder, SECRET_KEY};

/// The calls for forms that differ only in the endpoint.
const FEW: [&str; 8] = [
    "put_object: bytes",
    "put_object: file",
    "get_object",
    "copy_object",
    "list_objects_v2",
    "delete_objects",
    "head_bucket",
    "list_buckets",
];

pub(super) struct Form {
    pub(super) name: &'static str,
    bucket: &'static str,
    configure: fn(Builder) -> Builder,
    /// The calls to make; `None` for all.
    calls: Option<&'static [&'static str]>,
}

impl Form {
    pub(super) fn new(name: &'static str, configure: fn(Builder) -> Builder) -> Self {
        Self { name, bucket: "my-bucket", configure, calls: Some(&FEW) }
    }

    pub(super) fn with_bucket(self, bucket: &'static str) -> Self {
        Self { bucket, ..self }
    }

    pub(super) fn with_every_call(self) -> Self {
        Self { calls: None, ..self }
    }

    pub(super) async fn sent_by_stock(&self) -> Vec<Paragraph> {
        let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test");
        self.sent_by(|config| config.credentials_provider(credentials)).await
    }

    pub(super) async fn sent_by_ours(&self) -> Vec<Paragraph> {
        let authority = Authority::start().await;
        authority.freeze(now());
        self.sent_by(|config| config.remote_signing(authority.user())).await
    }

    async fn sent_by(&self, signed: impl FnOnce(Builder) -> Builder) -> Vec<Paragraph> {
        let recorder = Recorder::default();
        let config = (self.configure)(aws_sdk_s3::Config::builder())
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .time_source(StaticTimeSource::new(now()))
            .interceptor(NoVersion)
            .http_client(recorder.http_client());
        let s3 = Client::from_conf(signed(config).build());
        let mut transcript = Transcript::new(s3, self.bucket, self.calls, recorder);
        bodies::send(&mut transcript).await;
        operations::send(&mut transcript).await;
        transcript.into_paragraphs()
    }
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_790_000_000)
}

/// Removes the SDK's version and the source of the credentials before signing.
#[derive(Debug)]
struct NoVersion;

impl Intercept for NoVersion {
    fn name(&self) -> &'static str {
        "NoVersion"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        for name in ["user-agent", "x-amz-user-agent"] {
            if headers.contains_key(name) {
                headers.insert(name, "<sdk>");
            }
        }
        Ok(())
    }
}

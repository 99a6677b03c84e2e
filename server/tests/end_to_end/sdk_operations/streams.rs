//! Uploads that are read while they are sent.

use std::path::Path;

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::primitives::ByteStream;

use super::Cast;
use super::bytes::BYTES;
use super::objects::content;

/// Demands that a request is streamed with a trailing checksum: signed chunks would need the
/// secret, and a hash the whole file.
#[derive(Debug)]
pub(super) struct Streamed;

impl Intercept for Streamed {
    fn name(&self) -> &'static str {
        "Streamed"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match context.request().headers().get("x-amz-content-sha256") {
            Some("STREAMING-UNSIGNED-PAYLOAD-TRAILER") => Ok(()),
            other => Err(format!("it is sent as {other:?}").into()),
        }
    }
}

/// Uploads 20 MiB from a file, and reads them back.
pub(super) async fn come_back(cast: &Cast, file: &Path) {
    let key = "a big file.bin";
    let put = cast.ada.put_object().bucket(&cast.bucket).key(key);
    let put = put.body(ByteStream::from_path(file).await.unwrap()).customize();
    put.interceptor(Streamed).send().await.unwrap();
    assert!(content(cast, key).await == *BYTES);
}

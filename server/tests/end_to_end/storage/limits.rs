//! Refusals of a storage.

use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{Tag, Tagging};
use sail_cargo_middleware::RemoteSigningError;

/// The status and code of the storage's refusal; panics if it did not refuse, or Cargo did.
pub(super) fn refused<T, E>(result: Result<T, SdkError<E>>) -> (u16, String)
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let error = result.err().expect("it was not refused");
    let cargo = RemoteSigningError::find(&error);
    assert!(cargo.is_none(), "Cargo refused it: {cargo:?}");
    let status = error.raw_response().expect("no answer").status().as_u16();
    (status, error.code().unwrap_or_default().to_owned())
}

/// A configuration without retries, even if the storage fails.
pub(super) fn once() -> aws_sdk_s3::config::Builder {
    aws_sdk_s3::Config::builder().retry_config(RetryConfig::disabled())
}

/// Tags with awkward characters.
pub(super) fn tags() -> Tagging {
    let tag = Tag::builder().key("colour +").value("blue = green").build().unwrap();
    Tagging::builder().tag_set(tag).build().unwrap()
}

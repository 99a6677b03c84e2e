//! What went wrong, and what would not.

use std::error::Error as StdError;
use std::fmt;

use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use sail_cargo_client::Client;
use sail_cargo_middleware::RemoteSigningError;
use sail_cargo_middleware::transfer::TransferError;
use sail_cargo_protocol::BucketPermissions;

use super::place::S3Place;
use crate::cli::Failure;
use crate::cli::format::words;

/// Cargo said no. Says what the caller holds there instead.
#[derive(Debug)]
pub(in crate::cli) struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Refused {}

/// The error to show for `error`: where Cargo denied the request, with what the caller may do in
/// `bucket`.
pub(super) async fn explained(cargo: &Client, bucket: &str, error: Failure) -> Failure {
    let Some(RemoteSigningError::Denied { message, .. }) = RemoteSigningError::find(&*error) else {
        return match error.downcast_ref() {
            // S3 said it in its own words: the SDK's add nothing.
            Some(said @ TransferError::S3 { code: Some(_), .. }) => said.to_string().into(),
            _ => error,
        };
    };
    let mut text = format!("denied: {message}");
    if let Ok(page) = cargo.permissions_in(bucket).await {
        text.push_str(&held(&page.items));
    }
    Refused(text).into()
}

/// `; in photos you hold read, below 2026/ read+write`.
fn held(buckets: &[BucketPermissions]) -> String {
    let Some(held) = buckets.first() else { return String::new() };
    let mut parts = Vec::new();
    if !held.permissions.is_empty() {
        parts.push(words(&held.permissions));
    }
    for below in &held.prefixes {
        parts.push(format!("{} below {}", words(&below.permissions), below.prefix));
    }
    let all = if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") };
    format!("; in {} you hold {all}", held.bucket)
}

/// What is said of an operation of the SDK that failed. Cargo's reason stays among the causes.
pub(super) fn failed<E>(place: &S3Place, error: SdkError<E>) -> Failure
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    if RemoteSigningError::find(&error).is_some() {
        return error.into();
    }
    let code = error.code().unwrap_or_default();
    match (code, error.message()) {
        ("NoSuchKey", _) => format!("there is no {place}").into(),
        ("", None) => format!("{place}: {}", DisplayErrorContext(&error)).into(),
        (code, message) => format!("{place}: {code}: {}", message.unwrap_or_default()).into(),
    }
}

/// Whether it was Cargo's no.
pub(in crate::cli) fn is_refusal(error: &(dyn StdError + 'static)) -> bool {
    error.is::<Refused>()
        || matches!(RemoteSigningError::find(error), Some(RemoteSigningError::Denied { .. }))
}

#[cfg(test)]
mod tests {
    use sail_cargo_protocol::{Permission, PrefixPermissions};

    use super::*;

    #[test]
    fn a_refusal_says_what_is_held() {
        let mut held_there = BucketPermissions {
            bucket: "photos".to_owned(),
            permissions: [].into(),
            prefixes: Vec::new(),
        };
        let said = |held_there: &BucketPermissions| held(std::slice::from_ref(held_there));
        assert_eq!(said(&held_there), "; in photos you hold nothing");
        held_there.prefixes.push(PrefixPermissions {
            prefix: "2026/".to_owned(),
            permissions: [Permission::Read, Permission::Write].into(),
        });
        assert_eq!(said(&held_there), "; in photos you hold read+write below 2026/");
        held_there.permissions = [Permission::Read].into();
        assert_eq!(said(&held_there), "; in photos you hold read, read+write below 2026/");
    }
}

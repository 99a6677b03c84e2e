//! Errors of commands on objects, and whether other requests would fail the same way.

use std::error::Error as StdError;
use std::fmt;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use sail_cargo_client::Client;
use sail_cargo_middleware::{RemoteSigningError, Unanswered, explain};
use sail_cargo_protocol::BucketPermissions;
use sail_cargo_transfer::TransferError;

use super::location::{Location, S3Location};
use crate::cli::failure::Failure;
use crate::cli::format::words;
use crate::cli::output;

/// Why a copy or removal failed, in words for a person.
#[derive(Debug)]
pub(in crate::cli) struct Undone {
    words: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Cargo denied the request.
    Denied,
    /// Every other request would fail, too: Cargo or the storage is unreachable, or the caller is
    /// no longer authenticated.
    OfAll,
    Other,
}

impl fmt::Display for Undone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl StdError for Undone {}

/// The message of a failed SDK operation, and the SDK's error.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
struct Said {
    words: String,
    source: Box<dyn StdError + Send + Sync>,
}

/// The error to show for `error`. A denial also lists the caller's permissions in `bucket`.
pub(super) async fn explained(cargo: &Client, bucket: &str, error: Failure) -> Failure {
    let (words, kind) = match RemoteSigningError::find(&*error) {
        Some(RemoteSigningError::Denied { message, .. }) => {
            let page = cargo.permissions_in(bucket).await;
            let held = page.map_or_else(|_| String::new(), |page| held(&page.items));
            (format!("denied: {message}{held}"), Kind::Denied)
        }
        Some(reason) if reason.is_of_all() => (reason.to_string(), Kind::OfAll),
        _ => match Unanswered::find(&*error) {
            Some(unanswered) if unanswered.is_of_all() => (unanswered.to_string(), Kind::OfAll),
            _ => (plain(&*error), Kind::Other),
        },
    };
    Undone { words, kind }.into()
}

/// The message alone if it is complete, else with its causes.
fn plain(error: &(dyn StdError + 'static)) -> String {
    let is_whole = matches!(error.downcast_ref(), Some(TransferError::S3 { .. }));
    if is_whole || error.is::<Said>() { error.to_string() } else { output::chain(error) }
}

/// Puts the name of the source or target before the error, unless the message has one or the error
/// concerns every request.
pub(super) fn about(from: &Location, to: Option<&Location>, error: Failure) -> Failure {
    let kind = kind(&*error).unwrap_or(Kind::Other);
    let words = plain(&*error);
    let is_named = [Some(from), to].into_iter().flatten().any(|place| place.is_named_in(&words));
    if is_named || kind == Kind::OfAll {
        return error;
    }
    let name = if matches!(from, Location::Pipe) { to.unwrap_or(from) } else { from };
    Undone { words: format!("{name}: {words}"), kind }.into()
}

/// The caller's permissions in a sentence: `; in photos you hold read, read+write below 2026/`.
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

/// The error of a failed SDK operation. Cargo's reason stays among the causes.
pub(super) fn failed<E>(place: &S3Location, error: SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let words = match error.code() {
        Some("NoSuchKey" | "NotFound") => format!("there is no {place}"),
        _ => format!("{place}: {}", explain(&error)),
    };
    Said { words, source: error.into() }.into()
}

/// Whether Cargo denied the request.
pub(in crate::cli) fn is_refusal(error: &(dyn StdError + 'static)) -> bool {
    kind(error) == Some(Kind::Denied)
        || matches!(RemoteSigningError::find(error), Some(RemoteSigningError::Denied { .. }))
}

/// Whether every other request would fail the same way.
pub(super) fn is_of_all(error: &(dyn StdError + 'static)) -> bool {
    kind(error) == Some(Kind::OfAll)
}

fn kind(error: &(dyn StdError + 'static)) -> Option<Kind> {
    error.downcast_ref().map(|undone: &Undone| undone.kind)
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
            prefix_kind: sail_cargo_protocol::PrefixKind::Literal,
            permissions: [Permission::Read, Permission::Write].into(),
        });
        assert_eq!(said(&held_there), "; in photos you hold read+write below 2026/");
        held_there.permissions = [Permission::Read].into();
        assert_eq!(said(&held_there), "; in photos you hold read, read+write below 2026/");
    }
}

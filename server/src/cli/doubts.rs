//! Warnings about commands that succeed but may not do what the user meant: a grant that has
//! already ended, a bucket that S3 does not have.

use std::time::Duration;

use aws_sdk_s3::config::retry::RetryConfig;
use chrono::{DateTime, Utc};
use sail_cargo_client::Client;
use sail_cargo_middleware::RemoteSigner;
use sail_cargo_protocol::GrantLine;

use super::format::instant;
use super::output;
use super::whom::called;

/// How long to wait for S3's answer before the check is skipped.
const PATIENCE: Duration = Duration::from_secs(3);

/// Warns if `end` is in the past.
pub(super) fn say_if_over(what: &str, end: Option<DateTime<Utc>>, now: DateTime<Utc>) {
    if end.is_some_and(|end| end <= now) {
        output::say(&format!("warning: {what} expired at {}: it gives nothing", instant(end)));
    }
}

/// Warns about each grant of the file that has already ended.
pub(super) fn say_if_some_are_over(lines: &[GrantLine], now: DateTime<Utc>) {
    for (number, line) in (1..).zip(lines) {
        let what = format!(
            "grant {number} ({} on {}/{})",
            called(line.kind, &line.subject),
            line.bucket,
            line.prefix
        );
        say_if_over(&what, line.expires_at, now);
    }
}

/// Warns if S3 has no such bucket. Prints nothing if the caller may not send HeadBucket, or S3 does
/// not answer.
pub(super) async fn say_if_absent(client: &Client, bucket: &str) {
    if let Ok(Some(404)) = tokio::time::timeout(PATIENCE, status(client, bucket)).await {
        output::say(&format!(
            "warning: {bucket} is registered here, and S3 has no such bucket: create it there, or \
             check its name"
        ));
    }
}

/// The status of a HeadBucket request that is signed for the caller.
async fn status(client: &Client, bucket: &str) -> Option<u16> {
    let s3 = RemoteSigner::new(client.clone()).connect().await.ok()?;
    let once = aws_sdk_s3::Config::builder().retry_config(RetryConfig::disabled());
    let asked = s3.head_bucket().bucket(bucket).customize().config_override(once).send().await;
    match asked {
        Ok(_) => Some(200),
        Err(error) => error.raw_response().map(|answer| answer.status().as_u16()),
    }
}

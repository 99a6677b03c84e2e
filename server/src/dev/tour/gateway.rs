//! The tour of the gateway: a stock S3 client, which knows nothing of Cargo, with an access key and then
//! with a temporary session.

use aws_sdk_s3::Client as S3;
use aws_sdk_s3::config::Credentials;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::AggregatedBytes;
use sail_cargo_client::Client;
use sail_cargo_protocol::{CreateAccessKey, CreatedAccessKey};

use super::report::{Report, Told};
use super::{BUCKET, bytes, describe, told, untouched};
use crate::clock::Clock;
use crate::dev::dev_stack::DevStack;

const USER: &str = "ada";
const KEY: &str = "by-gateway.txt";
/// The code of a request that is signed with a revoked access key.
const REVOKED: &str = "InvalidAccessKeyId";
/// The code of a request that is signed in a session that was ended: SDKs open a new one then.
const ENDED: &str = "ExpiredToken";
const IN_FORCE: &str = "in force for the next request";

/// An access key is made, used and revoked; then a session is opened, used and ended.
pub(super) async fn steps(report: &mut Report, root: &Client, stack: &DevStack) {
    access_key(report, root, stack).await;
    session(report, root, stack).await;
}

async fn access_key(report: &mut Report, root: &Client, stack: &DevStack) {
    let made = root.create_access_key(&new_key(stack.user_id(USER))).await;
    report
        .step("root makes an access key for ada", done(&made, "for any S3 client, at the gateway"));
    let Ok(key) = made else { return };
    let s3 = stack.s3_by_gateway(credentials(&key));
    let put = s3.put_object().bucket(BUCKET).key(KEY).body(bytes()).send().await;
    let how = format!("as `{KEY}`: through the gateway, no interceptor");
    report.step("a stock S3 client uploads with it", told(&put, &how));
    report.step("it downloads the file", downloaded(&s3).await);
    let revoked = root.delete_access_key(&key.stored.access_key_id).await;
    report.step("root revokes the access key", done(&revoked, IN_FORCE));
    refusal(report, stack, &s3, REVOKED).await;
}

async fn session(report: &mut Report, root: &Client, stack: &DevStack) {
    let opened = stack.session(USER).await;
    let how = "temporary credentials, as any SDK gets them from STS";
    report.step("ada's token opens a session", done(&opened, how));
    let Ok(credentials) = opened else { return };
    let s3 = stack.s3_by_gateway(credentials);
    report.step("the S3 client downloads with it", downloaded(&s3).await);
    let ended = root.end_user_sessions(stack.user_id(USER)).await;
    report.step("root ends ada's sessions", done(&ended, IN_FORCE));
    refusal(report, stack, &s3, ENDED).await;
}

/// A key that ends by itself if the tour is interrupted.
fn new_key(user: &str) -> CreateAccessKey {
    CreateAccessKey {
        user: Some(user.to_owned()),
        name: "tour".to_owned(),
        expires_at: Some(Clock::system().now() + chrono::TimeDelta::hours(1)),
        ..CreateAccessKey::default()
    }
}

fn credentials(key: &CreatedAccessKey) -> Credentials {
    Credentials::new(&key.stored.access_key_id, key.secret.expose(), None, None, "dev")
}

/// The result of a download of what was uploaded.
async fn downloaded(s3: &S3) -> Told {
    let fetched = s3.get_object().bucket(BUCKET).key(KEY).send().await;
    match fetched {
        Ok(object) => match object.body.collect().await.map(AggregatedBytes::to_vec) {
            Ok(body) if body == b"hello" => Told::Done("byte for byte the same".to_owned()),
            Ok(_) => Told::Failed("other bytes came back".to_owned()),
            Err(error) => Told::Failed(error.to_string()),
        },
        Err(_) => told(&fetched, ""),
    }
}

/// One more download, which the gateway should refuse with `code` by itself.
async fn refusal(report: &mut Report, stack: &DevStack, s3: &S3, code: &str) {
    let before = stack.storage_requests();
    let fetched = s3.get_object().bucket(BUCKET).key(KEY).send().await;
    report.step("the S3 client downloads once more", refused(&fetched, code));
    untouched(report, stack, before);
}

fn refused<T, E>(result: &Result<T, SdkError<E>>, code: &str) -> Told
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match result {
        Ok(_) => Told::Failed("it was not refused".to_owned()),
        Err(error) if error.code() == Some(code) => Told::Refused(code.to_owned()),
        Err(error) => Told::Failed(describe(error)),
    }
}

/// The result of a request to Cargo that should succeed.
fn done<T, E: std::fmt::Display>(result: &Result<T, E>, how: &str) -> Told {
    match result {
        Ok(_) => Told::Done(how.to_owned()),
        Err(error) => Told::Failed(error.to_string()),
    }
}

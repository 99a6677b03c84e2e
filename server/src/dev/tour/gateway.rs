//! The tour of the gateway: a stock S3 client, which knows nothing of Cargo, with an access key.

use aws_sdk_s3::Client as S3;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::AggregatedBytes;
use sail_cargo_client::Client;
use sail_cargo_protocol::{CreateAccessKey, CreatedAccessKey};

use super::report::{Report, Told};
use super::{BUCKET, bytes, describe, told, untouched};
use crate::clock::Clock;
use crate::dev::dev_stack::DevStack;

const KEY: &str = "by-gateway.txt";
/// The code of a request that is signed with a revoked access key.
const REVOKED: &str = "InvalidAccessKeyId";

/// An access key is made, used and revoked.
pub(super) async fn steps(report: &mut Report, root: &Client, stack: &DevStack) {
    let made = root.create_access_key(&new_key()).await;
    let how = match &made {
        Ok(_) => Told::Done("for any S3 client, at the gateway".to_owned()),
        Err(error) => Told::Failed(error.to_string()),
    };
    report.step("root makes an access key for ada", how);
    let Ok(key) = made else { return };
    let s3 = stack.s3_by_gateway(&key);
    transfers(report, &s3).await;
    revocation(report, root, (&s3, &key), stack).await;
}

/// A key that ends by itself if the tour is interrupted.
fn new_key() -> CreateAccessKey {
    CreateAccessKey {
        user: Some("ada".to_owned()),
        name: "tour".to_owned(),
        expires_at: Some(Clock::system().now() + chrono::TimeDelta::hours(1)),
        ..CreateAccessKey::default()
    }
}

async fn transfers(report: &mut Report, s3: &S3) {
    let put = s3.put_object().bucket(BUCKET).key(KEY).body(bytes()).send().await;
    let how = format!("as `{KEY}`: through the gateway, no interceptor");
    report.step("a stock S3 client uploads with it", told(&put, &how));
    let fetched = s3.get_object().bucket(BUCKET).key(KEY).send().await;
    let how = match fetched {
        Ok(object) => match object.body.collect().await.map(AggregatedBytes::to_vec) {
            Ok(body) if body == b"hello" => Told::Done("byte for byte the same".to_owned()),
            Ok(_) => Told::Failed("other bytes came back".to_owned()),
            Err(error) => Told::Failed(error.to_string()),
        },
        Err(_) => told(&fetched, ""),
    };
    report.step("it downloads the file", how);
}

async fn revocation(
    report: &mut Report,
    root: &Client,
    (s3, key): (&S3, &CreatedAccessKey),
    stack: &DevStack,
) {
    let how = match root.delete_access_key(&key.stored.access_key_id).await {
        Ok(()) => Told::Done("in force for the next request".to_owned()),
        Err(error) => Told::Failed(error.to_string()),
    };
    report.step("root revokes the access key", how);
    let before = stack.storage_requests();
    let fetched = s3.get_object().bucket(BUCKET).key(KEY).send().await;
    report.step("the S3 client downloads once more", refused(&fetched));
    untouched(report, stack, before);
}

/// The result of a request that the gateway should refuse for its key.
fn refused<T, E>(result: &Result<T, SdkError<E>>) -> Told
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match result {
        Ok(_) => Told::Failed("it was not refused".to_owned()),
        Err(error) if error.code() == Some(REVOKED) => Told::Refused(REVOKED.to_owned()),
        Err(error) => Told::Failed(describe(error)),
    }
}

//! Creation and deletion of buckets: the gateway sees how the storage answers, and settles at once (G13).

use std::sync::Arc;

use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderValue, Response, StatusCode};

use super::asked::Asked;
use super::checksums::OutboundChecksums;
use super::document::Document;
use super::error::S3Error;
use super::looking::{Looked, look};
use super::response::{GatewayBody, full};
use super::state::Gateway;
use crate::domain::pipeline::SigningError;
use crate::domain::s3::{Operation, PartList};
use crate::domain::{BucketState, Caller, Context, Denied, ReservationId, SettleOutcome};
use crate::service::Said;
use crate::service::signing::{Judge, Read};
use crate::storage_client::upstream::UpstreamResponse;

/// The region that CreateBucket names in no body.
const UNNAMED: &str = "us-east-1";

/// The answer to the creation of a bucket that is there: it is not sent on. `None` for every other request.
///
/// # Errors
/// 409 `BucketAlreadyOwnedByYou` for users who hold anything in it, since many clients create before they
/// write; for the application where the region is not us-east-1.
pub(super) async fn known(
    gateway: &Arc<Gateway>,
    asked: &Asked<'_>,
    judge: &Judge<'_>,
    read: &Read,
) -> Result<Option<Response<GatewayBody>>, S3Error> {
    let Ok(request) = read else { return Ok(None) };
    let bucket = request.request().target().bucket();
    let is_creation = request.request().operation() == Operation::CreateBucket;
    let Some(bucket) = bucket.filter(|_| is_creation) else { return Ok(None) };
    let is_user = match &asked.context.caller {
        Caller::Everybody(_) => false,
        caller => caller.user().is_some(),
    };
    if judge.demand_open().is_err() {
        return Ok(None);
    }
    if is_user && !judge.holdings(bucket).is_empty() {
        judge.admit(asked.ask(asked.payload(), None), read).await?.ok();
        return Err(S3Error::bucket_is_yours());
    }
    if judge.judge(read).is_err() || !judge.has(bucket) {
        return Ok(None);
    }
    // A bucket may be registered before it is created.
    match look(gateway, asked, Operation::HeadBucket, "").await? {
        Looked::There => taken(gateway.regions.own(), false).map(Some),
        Looked::Absent | Looked::MayNot => Ok(None),
    }
}

/// The answer to the application for a bucket that is there, at a gateway of `region`; not the
/// project's if it `is_foreign`.
///
/// # Errors
/// 409: of two kinds.
pub(super) fn taken(region: &str, is_foreign: bool) -> Result<Response<GatewayBody>, S3Error> {
    if is_foreign {
        return Err(S3Error::bucket_exists());
    }
    if region == UNNAMED {
        return Ok(Response::new(full(Bytes::new())));
    }
    Err(S3Error::bucket_is_yours())
}

/// An answer with the place of the bucket, where it says that one was created. The storage's own
/// `Location` may name the storage.
pub(super) fn located(mut answer: Response<GatewayBody>, read: &Read) -> Response<GatewayBody> {
    let Ok(request) = read else { return answer };
    let request = request.request();
    let is_created = request.operation() == Operation::CreateBucket && answer.status().is_success();
    if let Some(bucket) = request.target().bucket().filter(|_| is_created)
        && let Ok(place) = HeaderValue::from_str(&format!("/{bucket}"))
    {
        answer.headers_mut().insert(LOCATION, place);
    }
    answer
}

/// Why a request is refused: the bucket that the application may not create is somebody else's.
pub(super) fn refusal(operation: Operation, error: SigningError) -> S3Error {
    match error {
        SigningError::Denied(Denied::ForeignBucket(_)) if operation == Operation::CreateBucket => {
            S3Error::bucket_exists()
        }
        other => other.into(),
    }
}

/// The body that goes out in place of the client's. CreateBucket names the storage's region in place of the
/// gateway's; the parts of an upload are named without their checksums, where these did not go out.
pub(super) async fn outbound_body(
    gateway: &Gateway,
    judge: &Judge<'_>,
    (operation, checksums): (Operation, OutboundChecksums),
    body: &Bytes,
) -> Result<Bytes, S3Error> {
    match operation {
        Operation::CompleteMultipartUpload if !checksums.of_parts => {
            let written = PartList::without_checksums(body)?;
            Ok(written.map_or_else(|| body.clone(), Bytes::from))
        }
        Operation::CreateBucket => {
            let account = gateway.service.account_of(judge.project().clone()).await?;
            Ok(configuration(&account.region))
        }
        _ => Ok(body.clone()),
    }
}

/// What CreateBucket says of a region; us-east-1 is named by nothing.
fn configuration(region: &str) -> Bytes {
    if region == UNNAMED {
        return Bytes::new();
    }
    let mut document = Document::new("CreateBucketConfiguration");
    document.text("LocationConstraint", region);
    document.end().into()
}

/// Settles a creation or deletion by the storage's answer. Without one it stays open, and the reconciler
/// looks how the bucket stands. Whether the bucket is the project's now: one that was there already is, in a
/// storage account that the project has to itself.
pub(super) async fn settle(
    gateway: &Arc<Gateway>,
    context: &Context,
    read: &Read,
    reservation_id: ReservationId,
    sent: &Result<UpstreamResponse, S3Error>,
) -> Result<bool, S3Error> {
    let (Ok(answer), Ok(request)) = (sent, read) else { return Ok(false) };
    let request = request.request();
    let is_deletion = request.operation() == Operation::DeleteBucket;
    let outcome = match answer.status {
        status if status.is_success() => SettleOutcome::Done,
        StatusCode::NOT_FOUND if is_deletion => SettleOutcome::Done,
        status if status.is_client_error() => SettleOutcome::Refused,
        _ => return Ok(false),
    };
    let (Some(bucket), Some(project)) = (request.target().bucket(), context.caller.project())
    else {
        return Ok(false);
    };
    let said = Said { reservation_id, outcome };
    let (service, project, bucket) = (&gateway.service, project.clone(), bucket.clone());
    let settled = gateway.reconciler.settle(service, project, bucket, said, context).await?;
    Ok(settled.value.state == Some(BucketState::Active))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g13_an_own_bucket_is_an_error_outside_of_us_east_1() {
        let code = |region, is_foreign| {
            taken(region, is_foreign).map(|_| ()).map_err(|error| error.code())
        };
        assert_eq!(code("us-east-1", false), Ok(()));
        assert_eq!(code("eu-1", false), Err("BucketAlreadyOwnedByYou"));
        assert_eq!(code("us-east-1", true), Err("BucketAlreadyExists"));
        assert_eq!(code("eu-1", true), Err("BucketAlreadyExists"));
    }

    #[test]
    fn g13_a_name_that_somebody_else_has_is_no_denial() {
        let bucket = crate::domain::BucketName::parse("photos").unwrap();
        let foreign = || SigningError::Denied(Denied::ForeignBucket(bucket.clone()));
        assert_eq!(refusal(Operation::CreateBucket, foreign()).code(), "BucketAlreadyExists");
        assert_eq!(refusal(Operation::DeleteBucket, foreign()).code(), "NoSuchBucket");
    }

    #[test]
    fn g13_a_bucket_is_created_in_the_storages_region() {
        assert!(configuration("us-east-1").is_empty());
        let named = configuration("eu-1");
        let named = std::str::from_utf8(&named).unwrap();
        assert!(named.contains("<LocationConstraint>eu-1</LocationConstraint>"), "{named}");
    }
}

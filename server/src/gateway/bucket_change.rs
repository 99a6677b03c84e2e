//! Creation and deletion of buckets: the gateway sees how the storage answers, and settles at once (G13).

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;

use super::error::S3Error;
use super::state::Gateway;
use crate::domain::s3::Operation;
use crate::domain::{Context, ReservationId, SettleOutcome};
use crate::service::Said;
use crate::service::signing::{Judge, Read};
use crate::storage_client::upstream::UpstreamResponse;

/// The region that CreateBucket names in no body.
const UNNAMED: &str = "us-east-1";

/// The body that goes out in place of the client's. Only CreateBucket has another: the region that it
/// names is the gateway's, and the storage has its own.
pub(super) async fn outbound_body(
    gateway: &Gateway,
    judge: &Judge<'_>,
    operation: Operation,
    body: Bytes,
) -> Result<Bytes, S3Error> {
    if operation != Operation::CreateBucket {
        return Ok(body);
    }
    let account = gateway.service.account_of(judge.project().clone()).await?;
    if account.region == UNNAMED {
        return Ok(Bytes::new());
    }
    let mut document = super::document::Document::new("CreateBucketConfiguration");
    document.text("LocationConstraint", &account.region);
    Ok(document.end().into())
}

/// Settles a creation or deletion by the storage's answer. Without one it stays open, and the reconciler
/// looks how the bucket stands.
pub(super) async fn settle(
    gateway: &Arc<Gateway>,
    context: &Context,
    read: &Read,
    reservation_id: ReservationId,
    sent: &Result<UpstreamResponse, S3Error>,
) -> Result<(), S3Error> {
    let (Ok(answer), Ok(request)) = (sent, read) else { return Ok(()) };
    let request = request.request();
    let is_deletion = request.operation() == Operation::DeleteBucket;
    let outcome = match answer.status {
        status if status.is_success() => SettleOutcome::Done,
        StatusCode::NOT_FOUND if is_deletion => SettleOutcome::Done,
        status if status.is_client_error() => SettleOutcome::Refused,
        _ => return Ok(()),
    };
    let (Some(bucket), Some(project)) = (request.target().bucket(), context.caller.project())
    else {
        return Ok(());
    };
    let said = Said { reservation_id, outcome };
    let (service, project, bucket) = (&gateway.service, project.clone(), bucket.clone());
    gateway.reconciler.settle(service, project, bucket, said, context).await?;
    Ok(())
}

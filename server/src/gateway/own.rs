//! What Cargo answers itself (G12).

use std::sync::Arc;

use http::Response;

use super::error::S3Error;
use super::response::{GatewayBody, document};
use super::sending::Sending;
use super::state::Gateway;
use super::way::Asked;
use super::{bucket_listing, own_documents};
use crate::domain::s3::Operation;
use crate::service::signing::Read;

/// ListBuckets: the caller's buckets.
pub(super) async fn list_buckets(
    gateway: &Arc<Gateway>,
    asked: &Asked<'_>,
    read: &Read,
) -> Result<Response<GatewayBody>, S3Error> {
    let Ok(request) = read else { return Err(S3Error::internal()) };
    let sending = Sending::new(gateway, asked, Operation::ListBuckets);
    let judge = sending.judge(read).await?;
    judge.demand_open()?;
    let project = judge.project().clone();
    let usable = gateway.service.usable_buckets(project.clone(), asked.context.clone()).await?;
    let key = gateway.service.database().page_key(Some(&project));
    let listing = bucket_listing::answer(request.request(), &project, &usable.value, &key)?;
    judge.record_own(request.request(), "listed the caller's buckets").await?;
    Ok(document(listing))
}

/// GetBucketLocation: the gateway's region.
pub(super) async fn location(
    gateway: &Arc<Gateway>,
    asked: &Asked<'_>,
    read: &Read,
) -> Result<Response<GatewayBody>, S3Error> {
    let sending = Sending::new(gateway, asked, Operation::GetBucketLocation);
    let judge = sending.judge(read).await?;
    judge.admit(asked.ask(asked.payload(), None), read).await??;
    Ok(document(own_documents::location(gateway.regions.own())))
}

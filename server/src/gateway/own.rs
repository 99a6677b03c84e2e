//! What Cargo answers itself (G12).

use std::sync::Arc;

use http::Response;

use super::asked::Asked;
use super::error::S3Error;
use super::response::{GatewayBody, document, full};
use super::sending::Sending;
use super::state::Gateway;
use super::{bucket_listing, own_documents};
use crate::domain::ProjectId;
use crate::domain::pipeline::{Form, SigningRequest};
use crate::domain::s3::{EMPTY_SHA256, Operation};
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

/// GetBucketAcl and GetObjectAcl, for those who may read: the project owns everything.
pub(super) async fn acl(
    gateway: &Arc<Gateway>,
    asked: &Asked<'_>,
    operation: Operation,
) -> Result<Response<GatewayBody>, S3Error> {
    let query = if operation == Operation::GetBucketAcl { "?list-type=2" } else { "" };
    let project = admit_as(gateway, asked, ("GET", query), Operation::GetObject).await?;
    Ok(document(own_documents::acl(&project)))
}

/// PutObjectAcl of `private`, for those who may write: every object has that ACL.
pub(super) async fn make_private(
    gateway: &Arc<Gateway>,
    asked: &Asked<'_>,
) -> Result<Response<GatewayBody>, S3Error> {
    admit_as(gateway, asked, ("PUT", ""), Operation::PutObject).await?;
    Ok(Response::new(full(bytes::Bytes::new())))
}

/// Demands that the caller may do another thing with the same bucket or object; the project.
async fn admit_as(
    gateway: &Arc<Gateway>,
    asked: &Asked<'_>,
    (method, query): (&str, &str),
    operation: Operation,
) -> Result<ProjectId, S3Error> {
    let url = format!("{}{query}", asked.url.split('?').next().unwrap_or_default());
    let (headers, payload, body, form) = (&[], Some(EMPTY_SHA256), None, Form::Headers);
    let ask = SigningRequest { method, url: &url, headers, payload, body, form };
    let read: Read = ask.parse(std::slice::from_ref(&asked.endpoint));
    let sending = Sending::new(gateway, asked, operation);
    let judge = sending.judge(&read).await?;
    judge.admit(ask, &read).await??;
    Ok(judge.project().clone())
}

//! What Cargo answers itself (G12).

use std::sync::Arc;

use http::Response;

use super::asked::Asked;
use super::error::S3Error;
use super::looking::{Looked, look};
use super::response::{GatewayBody, document, full};
use super::sending::Sending;
use super::state::Gateway;
use super::{bucket_listing, own_documents};
use crate::domain::pipeline::SigningRequest;
use crate::domain::s3::{EMPTY_SHA256, Operation, RawHeaders, percent};
use crate::domain::sigv4::inbound::Regions;
use crate::domain::{Caller, ProjectId};
use crate::service::UsableBuckets;
use crate::service::signing::Read;

/// ListBuckets: the caller's buckets.
pub(super) async fn list_buckets(
    gateway: &Arc<Gateway>,
    asked: &Asked<'_>,
    read: &Read,
) -> Result<Response<GatewayBody>, S3Error> {
    let Ok(request) = read else { return Err(S3Error::internal()) };
    if matches!(asked.context.caller, Caller::Everybody(_)) {
        let sending = Sending::new(gateway, asked, Operation::ListBuckets);
        sending.judge(read).await?.judge(read)?;
        return Err(S3Error::internal());
    }
    let sending = Sending::new(gateway, asked, Operation::ListBuckets);
    let judge = sending.judge(read).await?;
    judge.demand_open()?;
    let project = judge.project().clone();
    let key = gateway.service.database().page_key(Some(&project));
    let range = bucket_listing::range(request.request(), &key)?;
    let regions = (&gateway.regions, request.request().query("bucket-region"));
    let page = if is_here(regions) {
        gateway.service.usable_buckets(&project, &range, &asked.context).await?
    } else {
        UsableBuckets::default()
    };
    let listing = bucket_listing::answer(&range.prefix, &project, &page, &key);
    judge.record_own(request.request(), "listed the caller's buckets").await?;
    Ok(document(listing))
}

/// Whether buckets of the region that a listing asks for are here.
fn is_here((regions, wanted): (&Regions, Option<&str>)) -> bool {
    wanted.is_none_or(|wanted| regions.accepts(wanted))
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

/// GetBucketAcl and GetObjectAcl, for those who may read what is there: the project owns everything.
pub(super) async fn acl(
    gateway: &Arc<Gateway>,
    asked: &Asked<'_>,
    read: &Read,
    operation: Operation,
) -> Result<Response<GatewayBody>, S3Error> {
    let query = if operation == Operation::GetBucketAcl { "?list-type=2" } else { "" };
    let project = admit_as(gateway, asked, ("GET", query), Operation::GetObject).await?;
    demand_there(gateway, asked, read).await?;
    Ok(document(own_documents::acl(&project)))
}

/// PutObjectAcl of `private`, for those who may write: every object has that ACL. Only those who may read
/// learn whether it is there.
pub(super) async fn make_private(
    gateway: &Arc<Gateway>,
    asked: &Asked<'_>,
    read: &Read,
) -> Result<Response<GatewayBody>, S3Error> {
    admit_as(gateway, asked, ("PUT", ""), Operation::PutObject).await?;
    demand_there(gateway, asked, read).await?;
    Ok(Response::new(full(bytes::Bytes::new())))
}

/// Demands that the bucket or the object is there, if the caller may look.
async fn demand_there(
    gateway: &Arc<Gateway>,
    asked: &Asked<'_>,
    read: &Read,
) -> Result<(), S3Error> {
    let Ok(request) = read else { return Err(S3Error::internal()) };
    let version = request.request().query("versionId");
    let query = version.map(|id| format!("?versionId={}", percent::encode(id)));
    let (operation, absent) = match (request.request().target().key(), &query) {
        (None, _) => (Operation::HeadBucket, S3Error::no_such_bucket()),
        (Some(_), None) => (Operation::HeadObject, S3Error::no_such_key()),
        (Some(_), Some(_)) => (Operation::HeadObject, S3Error::no_such_version()),
    };
    match look(gateway, asked, operation, &query.unwrap_or_default()).await? {
        Looked::Absent => Err(absent),
        Looked::There | Looked::MayNot => Ok(()),
    }
}

/// Demands that the caller may do another thing with the same bucket or object; the project.
async fn admit_as(
    gateway: &Arc<Gateway>,
    asked: &Asked<'_>,
    (method, query): (&str, &str),
    operation: Operation,
) -> Result<ProjectId, S3Error> {
    let url = format!("{}{query}", asked.place());
    let (headers, payload, body) = (RawHeaders::default(), Some(EMPTY_SHA256), None);
    let form = asked.proven.form();
    let ask = SigningRequest { method, url: &url, headers, payload, body, form };
    let read: Read = ask.parse(std::slice::from_ref(&asked.endpoint));
    let sending = Sending::new(gateway, asked, operation);
    let judge = sending.judge(&read).await?;
    judge.admit(ask, &read).await??;
    Ok(judge.project().clone())
}

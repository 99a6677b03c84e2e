//! Creation and deletion of buckets: the gateway sees how the storage answers, and settles at once (G13).

use std::sync::Arc;

use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderValue, Response, StatusCode};

use super::asked::Asked;
use super::checksums::OutboundChecksums;
use super::error::S3Error;
use super::reason::Reason;
use super::response::{GatewayBody, full};
use super::state::Gateway;
use super::storage_answer::StorageAnswer;
use crate::domain::pipeline::SigningError;
use crate::domain::s3::{Operation, PartList};
use crate::domain::xml_document::XmlDocument;
use crate::domain::{BucketState, Caller, Context, Denied, ReservationId, SettleOutcome};
use crate::service::bucket_lifecycle::ReconcileError;
use crate::service::signing::{Judge, Read};
use crate::service::{Found, Said};

/// The region that CreateBucket names in no body.
const UNNAMED: &str = "us-east-1";
/// S3's code for a bucket that is the caller's.
const OWNED: &str = "BucketAlreadyOwnedByYou";
/// S3's code for a request that another one was in the way of.
const ABORTED: &str = "OperationAborted";

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
        let why = judge.judge(read).err();
        let reason = Reason::denied(why.map_or("already_exists", |no| no.code()));
        return Err(S3Error::bucket_is_yours().because(reason));
    }
    if judge.judge(read).is_err() || !judge.has(bucket) {
        return Ok(None);
    }
    // A bucket may be registered before it is created, and one that answers may be another account's.
    match gateway.reconciler.find(&gateway.service, judge.project(), bucket).await {
        Ok(Found::Present) => {
            judge.admit(asked.ask(asked.payload(), None), read).await??;
            taken(gateway.regions.own(), Whose::Own).map(Some)
        }
        Ok(Found::Absent) => Ok(None),
        Err(ReconcileError::Service(error)) => Err(error.into()),
        // The creation itself tells.
        Err(error) => {
            log::warn!("whether bucket {bucket} is there is not known: {error}");
            Ok(None)
        }
    }
}

/// Whose a bucket is that cannot be created because it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// The project's.
    Own,
    /// Another project's, or another account's.
    Foreign,
    /// Nothing tells now.
    Unknown,
}

/// How the reservation of a creation or deletion was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    /// There was none: the bucket is registered, and is no bucket that the account has, or its list was
    /// not to be had.
    Unreserved,
    /// The bucket's state now; `None` if the project has no bucket of this name.
    As(Option<BucketState>),
    /// The storage's answer proves nothing, and neither did an inspection: the reservation is open.
    Open,
}

impl Whose {
    /// Of a bucket whose creation the storage answers with 409 and this code.
    ///
    /// A bucket that was found in the account of the project counts as its own, also where it was registered
    /// nowhere before: an account that projects share is never looked at here (nobody but its operator
    /// registers buckets there), and in its own account the application may register any bucket. Where the
    /// account's list was not to be had, `BucketAlreadyExists` is what the storage said.
    pub(super) fn of(code: Option<&str>, settled: Settled) -> Self {
        match (settled, code) {
            (Settled::As(Some(BucketState::Active)), _) | (Settled::Unreserved, Some(OWNED)) => {
                Self::Own
            }
            (Settled::As(None), _) => Self::Foreign,
            (_, Some(ABORTED | OWNED)) => Self::Unknown,
            (Settled::Unreserved | Settled::As(Some(_)) | Settled::Open, _) => Self::Foreign,
        }
    }
}

/// The answer to the application for a bucket that is there, at a gateway of `region`.
///
/// For its own bucket it is AWS's (G13): "Amazon S3 returns this error in all AWS Regions except in the North
/// Virginia Region. For legacy compatibility, if you re-create an existing bucket that you already own in
/// the North Virginia Region, Amazon S3 returns 200 OK". AWS resets the bucket's ACL then, and Cargo has none
/// to reset.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
///
/// # Errors
/// 409: of three kinds.
pub(super) fn taken(region: &str, whose: Whose) -> Result<Response<GatewayBody>, S3Error> {
    match whose {
        Whose::Own if region == UNNAMED => Ok(Response::new(full(Bytes::new()))),
        Whose::Own => Err(S3Error::bucket_is_yours()),
        Whose::Foreign => Err(S3Error::bucket_exists()),
        Whose::Unknown => {
            let message = "Whether the bucket was created is not known yet. Please try again.";
            Err(S3Error::new(StatusCode::CONFLICT, ABORTED, message))
        }
    }
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
    let reason = Reason::denied(error.code());
    match error {
        SigningError::Denied(Denied::ForeignBucket(_)) if operation == Operation::CreateBucket => {
            S3Error::bucket_exists().because(reason)
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
    let mut document = XmlDocument::new("CreateBucketConfiguration");
    document.text("LocationConstraint", region);
    document.end().into()
}

/// Settles a creation or deletion by the storage's answer. An answer that proves nothing is none: the
/// storage is asked how the bucket stands. Without any answer it stays open, and the reconciler looks later.
pub(super) async fn settle(
    gateway: &Arc<Gateway>,
    context: &Context,
    read: &Read,
    reservation_id: ReservationId,
    sent: &Result<StorageAnswer, S3Error>,
) -> Result<Settled, S3Error> {
    let (Ok(answer), Ok(request)) = (sent, read) else { return Ok(Settled::Open) };
    let request = request.request();
    let (Some(bucket), Some(project)) = (request.target().bucket(), context.caller.project())
    else {
        return Ok(Settled::Open);
    };
    let (service, project, bucket) = (&gateway.service, project.clone(), bucket.clone());
    let outcome = outcome(request.operation(), answer.status, answer.code.as_deref());
    let Some(outcome) = outcome else {
        let looked = gateway.reconciler.reconcile(service, project, bucket.clone(), context).await;
        return Ok(looked.map_or_else(
            |error| {
                log::warn!("how bucket {bucket} stands is not known: {error}");
                Settled::Open
            },
            |settled| Settled::As(settled.value.state),
        ));
    };
    let said = Said { reservation_id, outcome };
    let settled = gateway.reconciler.settle(service, project, bucket, said, context).await?;
    Ok(Settled::As(settled.value.state))
}

/// What an answer to a creation or deletion proves. `None`: nothing. The storage, or what stands before it,
/// had no time, or another request was in the way: it may have been done, or be done yet.
fn outcome(operation: Operation, status: StatusCode, code: Option<&str>) -> Option<SettleOutcome> {
    let is_deletion = operation == Operation::DeleteBucket;
    match status {
        status if status.is_success() => Some(SettleOutcome::Done),
        StatusCode::NOT_FOUND if is_deletion => Some(SettleOutcome::Done),
        StatusCode::CONFLICT if code == Some(ABORTED) => None,
        StatusCode::CONFLICT if !is_deletion && code == Some(OWNED) => Some(SettleOutcome::Done),
        StatusCode::REQUEST_TIMEOUT
        | StatusCode::LOCKED
        | StatusCode::TOO_EARLY
        | StatusCode::TOO_MANY_REQUESTS => None,
        status if status.is_client_error() => Some(SettleOutcome::Refused),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g13_an_own_bucket_is_an_error_outside_of_us_east_1() {
        let code = |region, whose| taken(region, whose).map(|_| ()).map_err(|error| error.code());
        for (region, whose, expected) in [
            ("us-east-1", Whose::Own, Ok(())),
            ("eu-1", Whose::Own, Err("BucketAlreadyOwnedByYou")),
            ("us-east-1", Whose::Foreign, Err("BucketAlreadyExists")),
            ("eu-1", Whose::Foreign, Err("BucketAlreadyExists")),
            ("us-east-1", Whose::Unknown, Err("OperationAborted")),
            ("eu-1", Whose::Unknown, Err("OperationAborted")),
        ] {
            assert_eq!(code(region, whose), expected, "{region} {whose:?}");
        }
    }

    #[test]
    fn g13_whose_a_bucket_is_that_the_storage_has() {
        use BucketState::{Active, Claimed};
        let exists = Some("BucketAlreadyExists");
        for (code, settled, expected) in [
            // Registered, and not in the account.
            (exists, Settled::Unreserved, Whose::Foreign),
            (None, Settled::Unreserved, Whose::Foreign),
            (Some(OWNED), Settled::Unreserved, Whose::Own),
            // Claimed, and found in the account, or not, or not to be told.
            (exists, Settled::As(Some(Active)), Whose::Own),
            (Some(OWNED), Settled::As(Some(Active)), Whose::Own),
            (exists, Settled::As(None), Whose::Foreign),
            (Some(OWNED), Settled::As(None), Whose::Foreign),
            (exists, Settled::As(Some(Claimed)), Whose::Foreign),
            (Some(OWNED), Settled::As(Some(Claimed)), Whose::Unknown),
            (Some(ABORTED), Settled::As(Some(Claimed)), Whose::Unknown),
            (Some(ABORTED), Settled::Open, Whose::Unknown),
            (Some(ABORTED), Settled::Unreserved, Whose::Unknown),
        ] {
            assert_eq!(Whose::of(code, settled), expected, "{code:?} {settled:?}");
        }
    }

    #[test]
    fn g13_an_answer_that_proves_nothing_is_no_refusal() {
        use Operation::{CreateBucket, DeleteBucket};
        use SettleOutcome::{Done, Refused};
        for (status, code, created, deleted) in [
            (200, None, Some(Done), Some(Done)),
            (204, None, Some(Done), Some(Done)),
            (403, Some("AccessDenied"), Some(Refused), Some(Refused)),
            (404, None, Some(Refused), Some(Done)),
            (409, Some(OWNED), Some(Done), Some(Refused)),
            (409, Some("BucketAlreadyExists"), Some(Refused), Some(Refused)),
            (409, Some("BucketNotEmpty"), Some(Refused), Some(Refused)),
            (409, Some(ABORTED), None, None),
            (408, None, None, None),
            (423, None, None, None),
            (425, None, None, None),
            (429, None, None, None),
            (500, None, None, None),
            (503, Some("SlowDown"), None, None),
        ] {
            let of = |operation| outcome(operation, StatusCode::from_u16(status).unwrap(), code);
            assert_eq!((of(CreateBucket), of(DeleteBucket)), (created, deleted), "{status}");
        }
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

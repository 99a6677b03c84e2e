//! What the storage answered, and how it reaches the client (G22).

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, HeaderMap};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout};

use super::ending::Ending;
use super::error::S3Error;
use super::location::LateDocument;
use super::response::{Download, GatewayBody, full};
use super::response_headers::passed;
use super::state::Gateway;
use super::store_refusal::{Answered, StoreRefusal};
use super::watch::Watch;
use crate::domain::ProjectId;
use crate::domain::s3::Operation;
use crate::storage_client::error_code;
use crate::storage_client::upstream::{ResponseBody, UpstreamError, UpstreamResponse};

/// Bytes of a refusal in which its code is looked for.
const DOCUMENT: usize = 64 * 1024;
/// How long those bytes may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer of the storage. Of a refusal as much was read as tells why.
pub(super) struct StorageAnswer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// S3's code, where the answer refuses and has a document that says it.
    pub(super) code: Option<String>,
    /// What of the body was read.
    ahead: Bytes,
    body: ResponseBody,
}

impl StorageAnswer {
    /// Reads the document of a refusal.
    ///
    /// # Errors
    /// The document broke off, or does not come.
    pub(super) async fn read(answer: UpstreamResponse) -> Result<Self, S3Error> {
        let UpstreamResponse { status, headers, mut body } = answer;
        let read = async {
            let mut ahead = BytesMut::new();
            while tells_by_its_document(status) && ahead.len() < DOCUMENT {
                let Some(frame) = body.frame().await else { break };
                ahead.extend_from_slice(&frame?.into_data().unwrap_or_default());
            }
            Ok::<_, UpstreamError>(ahead.freeze())
        };
        let ahead = timeout(PATIENCE, read).await;
        let ahead = ahead.map_err(|_| S3Error::unavailable("The storage takes too long."))??;
        Ok(Self { status, headers, code: error_code(&ahead), ahead, body })
    }

    /// Demands that the storage refuses the client, and not the server itself. `head_of`, for an answer to HEAD:
    /// the region that the request was signed for.
    ///
    /// # Errors
    /// 503, which says nothing of the storage's answer. The log and the record say it.
    pub(super) async fn demand_taken(
        &self,
        gateway: &Gateway,
        project: &ProjectId,
        head_of: Option<&str>,
        ending: &mut Ending,
    ) -> Result<(), S3Error> {
        let (refusals, now) = (&gateway.store_refusals, Instant::now());
        let (status, headers, code) = (self.status, &self.headers, self.code.as_deref());
        let answered = Answered { status, headers, code, head_of };
        let told = StoreRefusal::of(answered, gateway.clock.now());
        if told.as_ref().is_some_and(|refusal| refusals.note(project, refusal, now)) {
            Box::pin(report(gateway, project, status, told.as_ref())).await;
        }
        let recent = || refusals.recent(project, now).filter(|_| answered.is_bare());
        let Some(refusal) = told.or_else(recent) else { return Ok(()) };
        ending.failed_with(refusal.code);
        ending.is_whole();
        let message = "The storage does not take the server's requests: its operator must look.";
        Err(S3Error::unavailable(message))
    }

    /// The body, where nothing of it was read: that of a success.
    pub(super) fn into_body(self) -> ResponseBody {
        self.body
    }

    /// Whether nothing of the body is left to come.
    pub(super) fn is_over(&self) -> bool {
        self.body.is_end_stream()
    }

    /// The answer as the client gets it, from a gateway of `region`. `place` is the client's URL.
    pub(super) fn pass(
        self,
        operation: Operation,
        (region, place): (&str, String),
        (ending, watch): (Ending, Option<Watch>),
    ) -> Response<GatewayBody> {
        let mut response = Response::new(full(Bytes::new()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        *headers = passed(&self.headers);
        if operation == Operation::HeadBucket {
            set(headers, "x-amz-bucket-region", region);
        }
        let comes_late = may_come_late(operation) && self.status == StatusCode::OK;
        if comes_late || self.status == StatusCode::NO_CONTENT {
            headers.remove(CONTENT_LENGTH);
        }
        let body = Download::new(self.ahead, self.body, ending, watch);
        *response.body_mut() = if comes_late {
            LateDocument::new(body, place).boxed_unsync()
        } else {
            body.boxed_unsync()
        };
        response
    }
}

/// Says in the log which store refuses the server, and why.
async fn report(
    gateway: &Gateway,
    project: &ProjectId,
    status: StatusCode,
    refusal: Option<&StoreRefusal>,
) {
    let Some(StoreRefusal { code, likely }) = refusal else { return };
    let store = gateway.service.account_of(project.clone()).await;
    let store = store.map_or_else(|_| format!("of project {project}"), |store| store.name);
    log::error!("store {store} refuses this server: {status}, {code}. Likely wrong: {likely}");
}

/// Whether the status alone does not say whom the storage refuses, and why.
fn tells_by_its_document(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_REQUEST
            | StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::PROXY_AUTHENTICATION_REQUIRED
            | StatusCode::CONFLICT
    )
}

/// Whether the storage may say 200 before it knows.
fn may_come_late(operation: Operation) -> bool {
    use Operation::{CompleteMultipartUpload, CopyObject, UploadPartCopy};
    matches!(operation, CompleteMultipartUpload | CopyObject | UploadPartCopy)
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

//! The way of a request: who asks, what is asked, may they, and how it goes to the storage.

use std::net::SocketAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use super::access_line::AccessLine;
use super::error::S3Error;
use super::health;
use super::own;
use super::prove::Proven;
use super::response::GatewayBody;
use super::sending::Sending;
use super::state::Gateway;
use super::sts::StsCall;
use super::{deletion, passing};
use crate::domain::pipeline::{Form, SigningRequest};
use crate::domain::s3::{BodyRule, Endpoint, Operation};
use crate::domain::sigv4::inbound::{self, Declared, Head};
use crate::domain::{Context, Origin};
use crate::service::signing::Read;

/// Stands for the hash of a body that has not been read yet: what is judged before the body came.
const NOT_READ: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One request, proved, with what it is asked about.
pub(super) struct Asked<'h> {
    pub(super) proven: Proven<'h>,
    pub(super) context: Context,
    /// The gateway's own address, by which the request is read.
    pub(super) endpoint: Endpoint,
    /// The URL without the proof.
    pub(super) url: String,
}

/// Answers one request. It cannot fail: what goes wrong is an answer.
pub(super) async fn answer(
    gateway: Arc<Gateway>,
    client: SocketAddr,
    request: Request<Incoming>,
) -> Response<GatewayBody> {
    let request_id = uuid::Uuid::now_v7().simple().to_string();
    let line = AccessLine::begin(request.method(), &request_id);
    let is_head = request.method() == Method::HEAD;
    let resource = request.uri().path().to_owned();
    let mut response = match walk(&gateway, client, request, &request_id).await {
        Ok(response) => response,
        Err(error) => {
            line.refused(&error);
            error.answer(&resource, &request_id, is_head).map(full_of)
        }
    };
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-amz-request-id", value);
    }
    line.end(response.status());
    response
}

fn full_of(body: http_body_util::Full<bytes::Bytes>) -> GatewayBody {
    use http_body_util::BodyExt as _;
    body.map_err(|never| match never {}).boxed_unsync()
}

async fn walk(
    gateway: &Arc<Gateway>,
    client: SocketAddr,
    request: Request<Incoming>,
    request_id: &str,
) -> Result<Response<GatewayBody>, S3Error> {
    if let Some(answer) = health::answer(gateway, &request) {
        return Ok(answer);
    }
    let (parts, incoming) = request.into_parts();
    let origin = gateway.origin(client, &parts.headers);
    gateway.knock(origin.address).map_err(|_| S3Error::slow_down())?;
    let now = gateway.clock.now();
    let head = read_head(&parts)?;
    let endpoint = gateway.endpoint(&parts.headers)?;
    let proof = inbound::read(&head)?;
    if let Some(call) = StsCall::of(&head, &proof, (&origin, request_id), now) {
        return Ok(call.answer(gateway, incoming).await);
    }
    let proven = gateway.prove(&head, proof, (&origin, request_id), now).await?;
    gateway.limits.charge(&proven.caller, 1).map_err(|_| S3Error::slow_down())?;
    let url = format!("{}{}", url_of(&endpoint, &parts.headers)?, proven.plain.target());
    let context = context(&proven, origin, request_id, now);
    let asked = Asked { proven, context, endpoint, url };
    asked.go(gateway, incoming).await
}

impl Asked<'_> {
    async fn go(
        self,
        gateway: &Arc<Gateway>,
        incoming: Incoming,
    ) -> Result<Response<GatewayBody>, S3Error> {
        let read = self.read(self.payload(), None);
        let operation = match &read {
            Ok(request) => request.request().operation(),
            // A refusal that has to be on record.
            Err(_) => return passing::refuse(gateway, &self, &read).await,
        };
        self.proven.check_region(&gateway.regions, operation)?;
        match operation {
            Operation::ListBuckets => own::list_buckets(gateway, &self, &read).await,
            Operation::GetBucketAcl | Operation::GetObjectAcl => {
                own::acl(gateway, &self, operation).await
            }
            Operation::PutObjectAcl if self.makes_private() => {
                own::make_private(gateway, &self).await
            }
            Operation::GetBucketLocation => own::location(gateway, &self, &read).await,
            Operation::DeleteObjects => deletion::answer(gateway, self, incoming).await,
            _ => Sending::new(gateway, &self, operation).send(&read, incoming).await,
        }
    }

    /// Whether the request sets the ACL that every object has.
    fn makes_private(&self) -> bool {
        let headers = &self.proven.plain.headers;
        headers.iter().any(|(name, value)| name == "x-amz-acl" && value == "private")
    }

    /// The request as it is judged, with this payload; with a body that was read, too.
    pub(super) fn ask<'a>(
        &'a self,
        payload: &'a str,
        body: Option<&'a [u8]>,
    ) -> SigningRequest<'a> {
        SigningRequest {
            method: self.proven.plain.method,
            url: &self.url,
            headers: &self.proven.plain.headers,
            payload: Some(payload),
            body: body.map(crate::domain::pipeline::Body::Bytes),
            form: Form::Headers,
        }
    }

    /// Reads the request as S3, against the gateway's own address.
    pub(super) fn read(&self, payload: &str, body: Option<&[u8]>) -> Read {
        self.ask(payload, body).parse(std::slice::from_ref(&self.endpoint))
    }

    /// The payload as it is declared outbound. An operation whose body says what is done is read once
    /// more when its body is there.
    pub(super) fn payload(&self) -> &str {
        let declared = self.proven.plain.declared.as_outbound();
        let may_be_read = matches!(self.proven.plain.declared, Declared::Sha256(_));
        if may_be_read || self.read(declared, None).is_ok() { declared } else { NOT_READ }
    }
}

/// Whether the body of `operation` is read whole before it goes out (G20).
pub(super) fn is_read_whole(operation: Operation) -> bool {
    matches!(operation.row().body, BodyRule::Hashed | BodyRule::Content)
}

fn context(proven: &Proven<'_>, origin: Origin, request_id: &str, now: DateTime<Utc>) -> Context {
    let (caller, request_id) = (proven.caller.clone(), request_id.to_owned());
    Context { caller, now, request_id, origin, at_least: None, idempotency: None }
}

/// The head of a request, as it came.
///
/// # Errors
/// 400 `InvalidURI` for a target that is no path.
pub(crate) fn read_head(parts: &http::request::Parts) -> Result<Head<'_>, S3Error> {
    let uri_error =
        || S3Error::new(StatusCode::BAD_REQUEST, "InvalidURI", "Couldn't parse the specified URI.");
    if parts.uri.scheme().is_some() {
        return Err(uri_error().closing());
    }
    let target = parts.uri.path_and_query().ok_or_else(uri_error)?.as_str();
    let headers = parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    Ok(Head { method: parts.method.as_str(), target, headers: headers.collect() })
}

/// Scheme and host of the URL as the client has it.
fn url_of(endpoint: &Endpoint, headers: &HeaderMap) -> Result<String, S3Error> {
    let host = host(headers)?;
    let scheme = if endpoint.url().starts_with("https://") { "https" } else { "http" };
    Ok(format!("{scheme}://{host}"))
}

/// The value of `Host`.
pub(super) fn host(headers: &HeaderMap) -> Result<&str, S3Error> {
    let mut hosts = headers.get_all(http::header::HOST).into_iter();
    let host = hosts.next().and_then(|host| host.to_str().ok()).filter(|_| hosts.next().is_none());
    host.ok_or_else(|| {
        S3Error::new(
            StatusCode::BAD_REQUEST,
            "InvalidRequest",
            "The request needs one Host header.",
        )
        .closing()
    })
}

/// Headers as the way to the storage takes them.
pub(super) fn header_map(headers: &[(String, String)]) -> Result<HeaderMap, S3Error> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(S3Error::argument("A header cannot be sent on."));
        };
        map.append(name, value);
    }
    Ok(map)
}

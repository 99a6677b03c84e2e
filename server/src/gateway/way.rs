//! The way of a request: who asks, what is asked, may they, and how it goes to the storage.

use std::net::SocketAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use hyper::body::Incoming;

use super::access_line::AccessLine;
use super::asked::Asked;
use super::error::S3Error;
use super::head::{host, read_head};
use super::health;
use super::own;
use super::prove::Proven;
use super::response::GatewayBody;
use super::sending::Sending;
use super::state::Gateway;
use super::sts::StsCall;
use super::{deletion, passing};
use crate::domain::s3::{Endpoint, Operation};
use crate::domain::sigv4::inbound;
use crate::domain::{Context, Origin};

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
}

fn context(proven: &Proven<'_>, origin: Origin, request_id: &str, now: DateTime<Utc>) -> Context {
    let (caller, request_id) = (proven.caller.clone(), request_id.to_owned());
    Context { caller, now, request_id, origin, at_least: None, idempotency: None }
}

/// Scheme and host of the URL as the client has it.
fn url_of(endpoint: &Endpoint, headers: &HeaderMap) -> Result<String, S3Error> {
    let host = host(headers)?;
    let scheme = if endpoint.url().starts_with("https://") { "https" } else { "http" };
    Ok(format!("{scheme}://{host}"))
}

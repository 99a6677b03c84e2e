//! The way of a request: who asks, what is asked, may they, and how it goes to the storage.

use std::net::SocketAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use super::access_line::AccessLine;
use super::asked::Asked;
use super::checksums::OutboundChecksums;
use super::door::Door;
use super::error::S3Error;
use super::head::{read_head, url_of};
use super::known::Known;
use super::prove::Proven;
use super::refused::Refused;
use super::response::GatewayBody;
use super::sending::Sending;
use super::state::Gateway;
use super::sts::StsCall;
use super::{cors, deletion, health, json_listing, metadata, own, public_host};
use crate::domain::pipeline::SigningRequest;
use crate::domain::s3::{EMPTY_SHA256, Endpoint, Operation};
use crate::domain::sigv4::inbound;
use crate::domain::{Context, Origin};
use crate::service::signing::Read;

/// Answers one request. It cannot fail: what goes wrong is an answer.
pub(super) async fn answer(
    gateway: Arc<Gateway>,
    client: SocketAddr,
    request: Request<Incoming>,
) -> Response<GatewayBody> {
    let request_id = uuid::Uuid::now_v7().simple().to_string();
    let line = AccessLine::begin(request.method(), &request_id);
    let (parts, incoming) = request.into_parts();
    let known = Known::default();
    let walked = walk(&gateway, (client, &request_id), (&parts, incoming), &known).await;
    let mut response = match walked {
        Ok(response) => response,
        Err(refused) => {
            let refused = known.on_record(&gateway.service, &parts, refused).await;
            line.refused(refused.code());
            refused.answer(&parts, &request_id)
        }
    };
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-amz-request-id", value);
    }
    dress(&gateway, &parts, &known, &mut response).await;
    line.end(response.status());
    response
}

/// Says in the answer what caches and browsers must know.
async fn dress(
    gateway: &Gateway,
    parts: &Parts,
    known: &Known,
    response: &mut Response<GatewayBody>,
) {
    let status = response.status();
    if let Some(door) = known.door() {
        let is_lifted = (status.is_success() || status == StatusCode::NOT_MODIFIED)
            && parts.method == Method::GET
            && public_host::may_be_active(gateway, parts, known.project()).await;
        door.dress(parts, status, is_lifted, response.headers_mut());
    }
    if parts.method != Method::OPTIONS {
        cors::mark(gateway, parts, known.project(), response.headers_mut()).await;
    }
}

async fn walk(
    gateway: &Arc<Gateway>,
    (client, request_id): (SocketAddr, &str),
    (parts, incoming): (&Parts, Incoming),
    known: &Known,
) -> Result<Response<GatewayBody>, Refused> {
    if let Some(answer) = health::answer(gateway, parts) {
        return Ok(answer);
    }
    let origin = gateway.origin(client, &parts.headers);
    gateway.knock(origin.address).map_err(|_| S3Error::rate_limited())?;
    let now = gateway.clock.now();
    let head = read_head(parts)?;
    let addressed = gateway.addressed(&parts.headers)?;
    if parts.method == Method::OPTIONS {
        return Ok(cors::preflight(gateway, parts, &addressed).await?);
    }
    let proof = inbound::read(&head).map_err(S3Error::from)?;
    if let Some(call) = StsCall::of(&head, &proof, (&origin, request_id), now) {
        return Ok(call.answer(gateway, incoming, known).await?);
    }
    let proof = (proof, addressed.public.as_deref());
    let mut proven = gateway.prove(&head, proof, (&origin, request_id), now).await?;
    let context = context(&proven, origin, request_id, now);
    known.sent_by(Some(proven.door), context.clone());
    gateway.limits.charge(&proven.caller, 1).map_err(|_| S3Error::rate_limited())?;
    proven.take_owners()?;
    let scheme = gateway.scheme(client, &parts.headers);
    let asked = Asked::new(proven, context, (parts, addressed.endpoint), scheme)?;
    Ok(asked.go(gateway, incoming, known).await?)
}

impl<'h> Asked<'h> {
    fn new(
        proven: Proven<'h>,
        context: Context,
        (parts, endpoint): (&Parts, Endpoint),
        scheme: &'static str,
    ) -> Result<Self, S3Error> {
        let url = format!("{}{}", url_of(&parts.headers)?, proven.plain.target());
        let is_literal = proven.door.is_literal(&parts.method);
        let endpoint = if is_literal { endpoint.literal() } else { endpoint };
        let mut headers = proven.plain.headers.clone();
        if proven.door == Door::Plain {
            metadata::spell(&mut headers)?;
        }
        let is_plain = matches!(proven.door, Door::Plain | Door::Open);
        let wants_json = is_plain && json_listing::is_asked(&parts.method, &parts.headers);
        let (endpoint, checksums) = (endpoint.of_gateway(), OutboundChecksums::default());
        let (is_unread, hangup) = (false, parts.extensions.get().cloned());
        Ok(Self {
            proven,
            context,
            endpoint,
            url,
            headers,
            scheme,
            wants_json,
            is_unread,
            checksums,
            hangup,
        })
    }

    async fn go(
        mut self,
        gateway: &Arc<Gateway>,
        incoming: Incoming,
        known: &Known,
    ) -> Result<Response<GatewayBody>, S3Error> {
        let is_json = self.wants_json && self.is_of_a_bucket();
        if is_json {
            json_listing::respell(&mut self)?;
        }
        let mut read = self.understand();
        if self.fit(gateway, &read).await? {
            read = self.understand();
        }
        let answered = match &read {
            Ok(_) if is_json => json_listing::answer(gateway, &self, &read, incoming).await,
            Ok(request) => {
                let operation = request.request().operation();
                let answered = self.answer(gateway, &read, operation, incoming).await;
                // SDKs look for a bucket's region in refusals, too.
                let is_hinted = operation == Operation::HeadBucket;
                let region = gateway.regions.own();
                answered.map_err(|no| if is_hinted { no.hinting(region) } else { no })
            }
            Err(error) => Err(error.clone().into()),
        };
        if answered.is_err() {
            known.asks(&read);
        }
        answered
    }

    async fn answer(
        self,
        gateway: &Arc<Gateway>,
        read: &Read,
        operation: Operation,
        incoming: Incoming,
    ) -> Result<Response<GatewayBody>, S3Error> {
        self.proven.check_region(&gateway.regions, operation)?;
        match operation {
            Operation::ListBuckets => own::list_buckets(gateway, &self, read).await,
            Operation::GetBucketAcl | Operation::GetObjectAcl => {
                own::acl(gateway, &self, read, operation).await
            }
            Operation::PutObjectAcl if self.makes_private() => {
                own::make_private(gateway, &self, read).await
            }
            Operation::GetBucketLocation => own::location(gateway, &self, read).await,
            Operation::DeleteObjects => Box::pin(deletion::answer(gateway, self, incoming)).await,
            _ => Sending::new(gateway, &self, operation).send(read, incoming).await,
        }
    }

    /// Adds the type that an upload lacks, and makes its checksums what the storage takes. Whether anything
    /// changed.
    async fn fit(&mut self, gateway: &Arc<Gateway>, read: &Read) -> Result<bool, S3Error> {
        let Ok(request) = read else { return Ok(false) };
        let operation = request.request().operation();
        let is_guessed = self.guess(read);
        Ok(self.fit_checksums(gateway, operation).await? || is_guessed)
    }

    /// Adds the type that an upload lacks. Whether it did.
    fn guess(&mut self, read: &Read) -> bool {
        let Ok(request) = read else { return false };
        let (request, operation) = (request.request(), request.request().operation());
        let is_upload = self.proven.door == Door::Plain && operation == Operation::PutObject;
        is_upload && self.guess_type(request)
    }

    /// Whether the path is that of a bucket, whatever the query.
    fn is_of_a_bucket(&self) -> bool {
        let (place, ask) = (self.place(), self.ask(EMPTY_SHA256, None));
        let read = SigningRequest { url: place, ..ask }.parse(std::slice::from_ref(&self.endpoint));
        read.is_ok_and(|read| read.request().operation() == Operation::ListObjects)
    }

    /// The URL without its query.
    pub(super) fn place(&self) -> &str {
        self.url.split('?').next().unwrap_or_default()
    }

    /// The URL without its query, as the client has it.
    pub(super) fn client_place(&self) -> String {
        format!("{}{}", self.scheme, self.place().trim_start_matches("http"))
    }

    /// Whether the request sets the ACL that every object has.
    fn makes_private(&self) -> bool {
        self.headers.iter().any(|(name, value)| name == "x-amz-acl" && value == "private")
    }
}

fn context(proven: &Proven<'_>, origin: Origin, request_id: &str, now: DateTime<Utc>) -> Context {
    let (caller, request_id) = (proven.caller.clone(), request_id.to_owned());
    Context { caller, now, request_id, origin, at_least: None, idempotency: None }
}

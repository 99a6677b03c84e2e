//! The way of a request: who asks, what is asked, may they, and how it goes to the storage.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use super::access_line::AccessLine;
use super::asked::Asked;
use super::door::Door;
use super::error::S3Error;
use super::head::{read_head, url_of};
use super::prove::Proven;
use super::response::GatewayBody;
use super::sending::Sending;
use super::state::Gateway;
use super::sts::StsCall;
use super::{cors, deletion, health, json_listing, own, passing, public_host};
use crate::domain::pipeline::SigningRequest;
use crate::domain::s3::{EMPTY_SHA256, Endpoint, Operation};
use crate::domain::sigv4::inbound;
use crate::domain::{Context, Origin, ProjectId};
use crate::service::signing::Read;

/// How a request came in, and whose it is: known when it is proved.
type LetIn = OnceLock<(Door, Option<ProjectId>)>;

/// Answers one request. It cannot fail: what goes wrong is an answer.
pub(super) async fn answer(
    gateway: Arc<Gateway>,
    client: SocketAddr,
    request: Request<Incoming>,
) -> Response<GatewayBody> {
    let request_id = uuid::Uuid::now_v7().simple().to_string();
    let line = AccessLine::begin(request.method(), &request_id);
    let (parts, incoming) = request.into_parts();
    let let_in = LetIn::new();
    let walked = walk(&gateway, (client, &request_id), (&parts, incoming), &let_in).await;
    let mut response = walked.unwrap_or_else(|error| {
        line.refused(&error);
        let is_head = parts.method == Method::HEAD;
        error.answer(parts.uri.path(), &request_id, is_head).map(full_of)
    });
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-amz-request-id", value);
    }
    dress(&gateway, &parts, let_in.into_inner(), &mut response).await;
    line.end(response.status());
    response
}

/// Says in the answer what caches and browsers must know.
async fn dress(
    gateway: &Gateway,
    parts: &Parts,
    let_in: Option<(Door, Option<ProjectId>)>,
    response: &mut Response<GatewayBody>,
) {
    let status = response.status();
    if let Some((door, project)) = &let_in {
        let is_lifted = (status.is_success() || status == StatusCode::NOT_MODIFIED)
            && parts.method == Method::GET
            && public_host::may_be_active(gateway, parts, project.as_ref()).await;
        door.dress(parts, status, is_lifted, response.headers_mut());
    }
    if parts.method != Method::OPTIONS {
        let project = let_in.and_then(|(_, project)| project);
        cors::mark(gateway, parts, project.as_ref(), response.headers_mut()).await;
    }
}

fn full_of(body: http_body_util::Full<bytes::Bytes>) -> GatewayBody {
    use http_body_util::BodyExt as _;
    body.map_err(|never| match never {}).boxed_unsync()
}

async fn walk(
    gateway: &Arc<Gateway>,
    (client, request_id): (SocketAddr, &str),
    (parts, incoming): (&Parts, Incoming),
    let_in: &LetIn,
) -> Result<Response<GatewayBody>, S3Error> {
    if let Some(answer) = health::answer(gateway, parts) {
        return Ok(answer);
    }
    let origin = gateway.origin(client, &parts.headers);
    gateway.knock(origin.address).map_err(|_| S3Error::slow_down())?;
    let now = gateway.clock.now();
    let head = read_head(parts)?;
    let addressed = gateway.addressed(&parts.headers)?;
    if parts.method == Method::OPTIONS {
        return cors::preflight(gateway, parts, &addressed).await;
    }
    let proof = inbound::read(&head)?;
    if let Some(call) = StsCall::of(&head, &proof, (&origin, request_id), now) {
        return Ok(call.answer(gateway, incoming).await);
    }
    let proof = (proof, addressed.public.as_deref());
    let mut proven = gateway.prove(&head, proof, (&origin, request_id), now).await?;
    let_in.set((proven.door, proven.caller.project().cloned())).ok();
    gateway.limits.charge(&proven.caller, 1).map_err(|_| S3Error::slow_down())?;
    proven.take_owners()?;
    let context = context(&proven, origin, request_id, now);
    let scheme = gateway.scheme(client, &parts.headers);
    let asked = Asked::new(proven, context, (parts, addressed.endpoint), scheme)?;
    asked.go(gateway, incoming).await
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
        let headers = proven.plain.headers.clone();
        let is_plain = matches!(proven.door, Door::Plain | Door::Open);
        let wants_json = is_plain && json_listing::is_asked(&parts.method, &parts.headers);
        let hangup = parts.extensions.get().cloned();
        Ok(Self { proven, context, endpoint, url, headers, scheme, wants_json, hangup })
    }

    async fn go(
        mut self,
        gateway: &Arc<Gateway>,
        incoming: Incoming,
    ) -> Result<Response<GatewayBody>, S3Error> {
        if self.wants_json && self.is_of_a_bucket() {
            return json_listing::answer(gateway, self, incoming).await;
        }
        let mut read = self.read(self.payload(), None);
        let operation = match &read {
            Ok(request) => request.request().operation(),
            // A refusal that has to be on record.
            Err(_) => return passing::refuse(gateway, &self, &read).await,
        };
        self.proven.check_region(&gateway.regions, operation)?;
        if self.fit(&read) {
            read = self.read(self.payload(), None);
        }
        let answered = match operation {
            Operation::ListBuckets => own::list_buckets(gateway, &self, &read).await,
            Operation::GetBucketAcl | Operation::GetObjectAcl => {
                own::acl(gateway, &self, &read, operation).await
            }
            Operation::PutObjectAcl if self.makes_private() => {
                own::make_private(gateway, &self, &read).await
            }
            Operation::GetBucketLocation => own::location(gateway, &self, &read).await,
            Operation::DeleteObjects => Box::pin(deletion::answer(gateway, self, incoming)).await,
            _ => Sending::new(gateway, &self, operation).send(&read, incoming).await,
        };
        let region = gateway.regions.own();
        // SDKs look for a bucket's region in refusals, too.
        answered
            .map_err(|no| if operation == Operation::HeadBucket { no.hinting(region) } else { no })
    }

    /// Adds the headers that the operation lacks and drops those that do not go on. Whether any changed.
    fn fit(&mut self, read: &Read) -> bool {
        let Ok(request) = read else { return false };
        let (request, operation) = (request.request(), request.request().operation());
        let is_upload = self.proven.door == Door::Plain && operation == Operation::PutObject;
        let is_guessed = is_upload && self.guess_type(request);
        self.drop_checksums(operation) || is_guessed
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

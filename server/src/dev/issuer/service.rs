//! The demo auth service over HTTP: `GET /public-key` and `POST /token`.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use chrono::TimeDelta;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, service::service_fn};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::api::hosts;
use crate::clock::Clock;
use crate::domain::WebOrigin;

use super::super::serve::{answer, is_local, stop};
use super::error::IssuerError;
use super::token::Issuer;
use crate::listener::{Options, Running};

/// How long a token lives.
const LIFETIME: TimeDelta = TimeDelta::hours(1);

/// The largest request body, in bytes.
const LARGEST: usize = 4096;

/// The answer to `GET /`.
const ABOUT: &str = "\
The demo auth service of `sail-cargo dev`. It vouches for anybody on its list: never use it for
anything real.

GET  /public-key  the keys its tokens are signed with
POST /token       {\"user\":\"ada\"} gives a token for an hour
";

/// The body of `POST /token`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    user: String,
}

/// A running demo auth service. Dropping it cuts every connection.
#[derive(Debug)]
pub struct AuthService {
    running: Running,
}

impl AuthService {
    /// Starts the service. It issues tokens of `project` for each of `users`, without
    /// authentication. Of web pages, those of the origins `pages` may ask for them.
    ///
    /// # Errors
    /// [`IssuerError::Listener`] if the listener cannot be used.
    #[expect(clippy::unused_async, reason = "it has to run where tasks can be spawned")]
    pub async fn start(
        listener: TcpListener,
        issuer: Arc<Issuer>,
        (project, users): (&str, &[&str]),
        pages: Vec<WebOrigin>,
    ) -> Result<Self, IssuerError> {
        let users = users.iter().map(|user| (*user).to_owned()).collect();
        let state = Arc::new(IssuerState { issuer, project: project.to_owned(), users, pages });
        let service = service_fn(move |request| {
            let state = Arc::clone(&state);
            async move { Ok::<_, Infallible>(state.answer_pages(request).await) }
        });
        let running = Running::start(listener, Options::default(), move |_| service.clone())
            .map_err(IssuerError::Listener)?;
        Ok(Self { running })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.running.address()
    }

    /// Stops listening and waits until open requests are answered, five seconds at most.
    pub async fn stop(self) {
        stop(self.running).await;
    }
}

/// The issuer, and the project and users that it issues tokens for.
struct IssuerState {
    issuer: Arc<Issuer>,
    project: String,
    users: Vec<String>,
    pages: Vec<WebOrigin>,
}

impl IssuerState {
    /// Answers, and says which pages may read it (Fetch Standard §3.2, "CORS protocol").
    async fn answer_pages(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let origin = request.headers().get(header::ORIGIN).cloned();
        let is_page = |origin: &HeaderValue| {
            self.pages.iter().any(|page| page.as_str().as_bytes() == origin.as_bytes())
        };
        let mut response = self.answer(request).await;
        let headers = response.headers_mut();
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = origin.filter(is_page) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                HeaderValue::from_static("content-type"),
            );
        }
        response
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        if !is_local(&request) {
            return problem(StatusCode::MISDIRECTED_REQUEST, "misdirected", hosts::ADVICE);
        }
        let read = matches!(*request.method(), Method::GET | Method::HEAD);
        match request.uri().path() {
            "/" if read => answer(StatusCode::OK, "text/plain; charset=utf-8", Full::from(ABOUT)),
            "/public-key" if read => json(StatusCode::OK, &json!([self.issuer.public_key_pem()])),
            "/token" if request.method() == Method::POST => self.issue(request).await,
            "/token" if request.method() == Method::OPTIONS => {
                answer(StatusCode::NO_CONTENT, "text/plain", Full::default())
            }
            "/" | "/public-key" => not_allowed("GET, HEAD"),
            "/token" => not_allowed("POST"),
            _ => problem(StatusCode::NOT_FOUND, "not_found", "there is nothing here"),
        }
    }

    /// Answers `POST /token`.
    async fn issue(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let Some(TokenRequest { user }) = read(request).await else {
            let detail = "the body must be {\"user\":\"...\"}";
            return problem(StatusCode::BAD_REQUEST, "invalid_request", detail);
        };
        if !self.users.contains(&user) {
            return problem(StatusCode::NOT_FOUND, "unknown_user", "there is no such demo user");
        }
        match self.issuer.token(&user, &self.project, Clock::system().now(), LIFETIME) {
            Ok(token) => {
                let body = json!({ "token": token, "expires_in": LIFETIME.num_seconds() });
                let mut response = json(StatusCode::OK, &body);
                let no_store = HeaderValue::from_static("no-store");
                response.headers_mut().insert(header::CACHE_CONTROL, no_store);
                response
            }
            Err(error) => {
                log::error!("the demo auth service failed: {error}");
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                problem(status, "internal", "the token could not be signed")
            }
        }
    }
}

/// Reads the body. None if it is too long or not as expected.
async fn read(request: Request<Incoming>) -> Option<TokenRequest> {
    let body = Limited::new(request.into_body(), LARGEST).collect().await.ok()?;
    serde_json::from_slice(&body.to_bytes()).ok()
}

fn json(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    answer(status, "application/json", Full::from(body.to_string()))
}

fn problem(status: StatusCode, code: &str, detail: &str) -> Response<Full<Bytes>> {
    let body = json!({
        "type": format!("/problems/{code}"),
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "detail": detail,
        "code": code,
    });
    answer(status, "application/problem+json", Full::from(body.to_string()))
}

fn not_allowed(allowed: &'static str) -> Response<Full<Bytes>> {
    let detail = "the method is not supported here";
    let mut response = problem(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

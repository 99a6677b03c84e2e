//! A stub of Cargo: serves `/v1/sign`, signs with `aws-sigv4`, and decides almost nothing.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use sail_cargo_middleware::RemoteSigner;
use sail_cargo_middleware::client::protocol::SignRequest;
use sail_cargo_middleware::client::{Client, Credentials as Caller, StaticToken};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{ACCESS_KEY, REGION, SECRET_KEY};

pub(crate) const TOKEN: &str = "the-user's-token";
pub(crate) const KEY: &str = "the-project's-key";

/// Changes a response before it is sent.
type Distortion = Box<dyn Fn(&mut Value) + Send>;

#[derive(Clone)]
pub(crate) struct Authority {
    pub(crate) url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    asked: Mutex<Vec<SignRequest>>,
    /// The number of requests that will still fail with `status`.
    failures: AtomicUsize,
    status: AtomicUsize,
    silent: AtomicBool,
    delay: Mutex<Duration>,
    frozen: Mutex<Option<SystemTime>>,
    distortion: Mutex<Option<Distortion>>,
}

impl Authority {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let answer = move |request| {
            let state = Arc::clone(&shared);
            async move { state.answer(request).await }
        };
        let address = super::listen(answer).await;
        Self { url: format!("http://{address}"), state }
    }

    pub(crate) fn user(&self) -> RemoteSigner {
        RemoteSigner::user(&self.url, StaticToken::new(TOKEN)).unwrap()
    }

    pub(crate) fn impatient(&self) -> RemoteSigner {
        let client = Client::builder(&self.url)
            .credentials(Caller::api_key(KEY))
            .timeout(Duration::from_millis(100));
        RemoteSigner::new(client.build().unwrap())
    }

    /// Answers the next `times` requests with `status`.
    pub(crate) fn fail(&self, times: usize, status: u16) {
        self.state.status.store(status.into(), Ordering::SeqCst);
        self.state.failures.store(times, Ordering::SeqCst);
    }

    /// Stops responding.
    pub(crate) fn fall_silent(&self) {
        self.state.silent.store(true, Ordering::SeqCst);
    }

    /// Delays every response.
    pub(crate) fn slow_down(&self, delay: Duration) {
        *self.state.delay.lock().unwrap() = delay;
    }

    /// Signs as of `now`; by default every signature is a second later than the one before.
    pub(crate) fn freeze(&self, now: SystemTime) {
        *self.state.frozen.lock().unwrap() = Some(now);
    }

    pub(crate) fn distort(&self, distortion: impl Fn(&mut Value) + Send + 'static) {
        *self.state.distortion.lock().unwrap() = Some(Box::new(distortion));
    }

    /// All signing requests so far.
    pub(crate) fn asked(&self) -> Vec<SignRequest> {
        self.state.asked.lock().unwrap().clone()
    }
}

impl State {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        assert_eq!(format!("{} {}", parts.method, parts.uri), "POST /v1/sign");
        let ask: SignRequest =
            serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
        let nth = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(ask.clone());
            asked.len() as u64
        };
        if self.silent.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let delay = *self.delay.lock().unwrap();
        tokio::time::sleep(delay).await;
        let is = |name: &str, value: &str| parts.headers.get(name).is_some_and(|v| v == value);
        let known = is("x-api-key", KEY) || is("authorization", &format!("Bearer {TOKEN}"));
        match self.refusal(known, &ask) {
            Some((status, code)) => problem(status, code),
            None => self.signed(&ask, nth),
        }
    }

    fn refusal(&self, known: bool, ask: &SignRequest) -> Option<(u16, &'static str)> {
        let failing =
            self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if failing.is_ok() {
            let status = self.status.load(Ordering::SeqCst).try_into().unwrap();
            return Some((status, "as_told"));
        }
        if !known {
            return Some((401, "unauthenticated"));
        }
        if let Some(wrong) = wrong_with(ask) {
            return Some((400, wrong));
        }
        let body = ask.body.as_ref().map(|body| BASE64_STANDARD.decode(body).unwrap());
        let body = String::from_utf8(body.unwrap_or_default()).unwrap();
        (ask.url.contains("forbidden") || body.contains("forbidden")).then_some((403, "denied"))
    }

    fn signed(&self, ask: &SignRequest, nth: u64) -> Response<Full<Bytes>> {
        let frozen = *self.frozen.lock().unwrap();
        let now = frozen.unwrap_or_else(|| SystemTime::now() + Duration::from_secs(nth));
        let mut answer = json!({
            "headers": signature(ask, now), "remove_headers": [], "url": ask.url,
            "operation": "Some", "expires_at": "2030-01-01T00:00:00Z", "revision": "1",
        });
        if let Some(distort) = &*self.distortion.lock().unwrap() {
            distort(&mut answer);
        }
        reply(200, &answer)
    }
}

/// The code with which the real authority refuses a request, for errors that the middleware could
/// make.
fn wrong_with(ask: &SignRequest) -> Option<&'static str> {
    let header = |name: &str| ask.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v);
    let names: Vec<_> = ask.headers.iter().map(|(name, _)| name).collect();
    if names.iter().any(|name| names.iter().filter(|other| other == &name).count() > 1) {
        return Some("repeated_header");
    }
    if names.iter().any(|name| name.to_lowercase() != **name || name.starts_with("amz-sdk-")) {
        return Some("header_name");
    }
    if header("x-amz-content-sha256") != ask.payload.as_ref() {
        return Some("payload_mismatch");
    }
    if ask.method == "POST" && ask.url.contains("?delete") {
        let body = ask.body.as_ref().and_then(|body| BASE64_STANDARD.decode(body).ok());
        let hash = body.map(|body| hex::encode(Sha256::digest(body)));
        return (hash != ask.payload).then_some("body_missing");
    }
    ask.body.is_some().then_some("body_not_wanted")
}

/// The headers that S3 requires, with settings for S3: one encoding, no normalisation.
fn signature(ask: &SignRequest, now: SystemTime) -> Value {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let identity = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "authority").into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name("s3")
        .time(now)
        .settings(settings)
        .build()
        .unwrap();
    let headers = ask.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let payload = SignableBody::Precomputed(ask.payload.clone().unwrap());
    let request = SignableRequest::new(&ask.method, &ask.url, headers, payload).unwrap();
    let (instructions, _) = sign(request, &params.into()).unwrap().into_parts();
    instructions.headers().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
}

fn problem(status: u16, code: &str) -> Response<Full<Bytes>> {
    let body = json!({
        "type": format!("/problems/{code}"), "title": "No", "status": status,
        "detail": format!("No: {code}."), "code": code, "request_id": "r",
    });
    reply(status, &body)
}

fn reply(status: u16, body: &Value) -> Response<Full<Bytes>> {
    Response::builder().status(status).body(Full::from(body.to_string())).unwrap()
}

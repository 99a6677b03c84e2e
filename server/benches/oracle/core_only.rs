//! Authentication, the signing pipeline and JSON, without the server's layers above them: what `/v1/sign` would
//! cost at least on a listener.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{Bytes, Data, post};
use http_body_util::BodyExt as _;
use sail_cargo_client::protocol::SignRequest;
use sail_cargo_server::api::State;
use sail_cargo_server::authn::Credentials;
use sail_cargo_server::domain::pipeline::SigningRequest;
use sail_cargo_server::domain::{Context, Origin};
use sail_cargo_server::service::signing;

use crate::listener;

/// Serves on actix-web.
pub(crate) async fn on_actix(state: Data<State>) {
    listener::actix(move |config| {
        config.app_data(state.clone()).route("/v1/sign", post().to(sign_on_actix));
    })
    .await;
}

async fn sign_on_actix(request: HttpRequest, body: Bytes, state: Data<State>) -> Vec<u8> {
    sign(&state, request.headers().get(AUTHORIZATION).unwrap().as_bytes(), &body).await
}

/// Serves on bare hyper.
pub(crate) async fn on_hyper(state: Data<State>) {
    listener::hyper(async move |request| {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        sign(&state, head.headers["authorization"].as_bytes(), &body).await.into()
    })
    .await;
}

async fn sign(state: &State, authorization: &[u8], body: &[u8]) -> Vec<u8> {
    let token = str::from_utf8(authorization).unwrap().strip_prefix("Bearer ");
    let now = state.clock.now();
    let credentials =
        Credentials { api_key: None, personal_key: None, token, project: None, address: None };
    let caller = state.authenticator.authenticate(credentials, now).await.unwrap();
    let context = Context {
        caller,
        now,
        request_id: uuid::Uuid::now_v7().simple().to_string(),
        origin: Origin::default(),
        at_least: None,
        idempotency: None,
    };
    let asked: SignRequest = serde_json::from_slice(body).unwrap();
    let asks = [SigningRequest::from(&asked)];
    let (service, reconciler) = (&state.service, &state.reconciler);
    let mut answers = signing::sign(service, reconciler, &context, &asks).await.unwrap().value;
    let answer = answers.pop().unwrap().unwrap().signed().unwrap();
    serde_json::to_vec(&answer).unwrap()
}

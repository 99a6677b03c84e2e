//! The least that an HTTP server does: it reads a body and answers with as many bytes as a signature has.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, post};
use http_body_util::BodyExt as _;

use crate::listener;

/// The length of an answer of `/v1/sign` to the request of this bench, about.
const ANSWER: usize = 560;

/// Serves on actix-web.
pub(crate) async fn on_actix() {
    let answer = answer();
    listener::actix(move |config| {
        config.app_data(Data::new(answer.clone())).route("/v1/sign", post().to(echo));
    })
    .await;
}

pub(crate) async fn echo(body: Bytes, answer: Data<Bytes>) -> HttpResponse {
    std::hint::black_box(body);
    HttpResponse::Ok().content_type("application/json").body(Bytes::clone(&answer))
}

/// Serves on bare hyper.
pub(crate) async fn on_hyper() {
    let answer = answer();
    listener::hyper(async move |request| {
        std::hint::black_box(request.into_body().collect().await.unwrap().to_bytes());
        answer.clone()
    })
    .await;
}

pub(crate) fn answer() -> Bytes {
    Bytes::from(vec![b'x'; ANSWER])
}

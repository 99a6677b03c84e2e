//! Signatures without sockets, for a count of instructions: it repeats where times do not.
//!
//! Run it under callgrind twice, with different numbers, and take the difference: what one more signature costs.

use std::path::Path;

use actix_web::App;
use actix_web::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::rt::System;
use actix_web::test::{TestRequest, call_and_read_body, init_service};
use actix_web::web::{Bytes, Data, post};
use futures_util::future::join_all;
use sail_cargo_server::api;
use sail_cargo_server::telemetry::{self, LogFormat};

use crate::project::BUCKETS;
use crate::served::BINARY;
use crate::{Options, application, echo, requests, servers};

/// Where the tokens are kept, one a line: to make their key takes a different number of instructions each time.
const TOKENS: &str = "tokens";

/// How many requests are under way at a time.
const AT_ONCE: usize = 32;

/// Makes keys, a project and tokens in `directory`.
pub(crate) async fn prepare(directory: &Path, options: &Options) {
    let binary = options.binary.as_deref().unwrap_or(BINARY);
    servers::prepare(binary, directory, options.grants).await;
    let tokens = requests::tokens(options.grants / BUCKETS);
    std::fs::write(directory.join(TOKENS), tokens.join("\n")).unwrap();
}

/// Answers `count` requests of the users in turn, through all of the server or through an actix echo.
pub(crate) fn run(directory: &Path, count: usize, only_echo: bool) {
    let tokens = std::fs::read_to_string(directory.join(TOKENS)).unwrap();
    let requests = Requests::new(tokens.lines().map(ToOwned::to_owned).collect());
    let _telemetry = telemetry::start(LogFormat::Text, "info");
    System::new().block_on(async {
        if only_echo {
            let answer = Data::new(echo::answer());
            let app = App::new().app_data(answer).route("/v1/sign", post().to(echo::echo));
            let app = init_service(app).await;
            let ask =
                async |request: TestRequest| call_and_read_body(&app, request.to_request()).await;
            requests.make(count, ask).await;
        } else {
            let app = init_service(api::application(application::start(directory).await)).await;
            let ask =
                async |request: TestRequest| call_and_read_body(&app, request.to_request()).await;
            requests.make(count, ask).await;
        }
    });
}

struct Requests {
    tokens: Vec<String>,
    bodies: Vec<String>,
}

impl Requests {
    fn new(tokens: Vec<String>) -> Self {
        let bodies = (0..BUCKETS).map(|number| requests::upload(number).to_string()).collect();
        Self { tokens, bodies }
    }

    /// Asks for each user once, and then `count` times, many at a time.
    async fn make(&self, count: usize, ask: impl AsyncFn(TestRequest) -> Bytes) {
        for number in 0..self.tokens.len() {
            ask(self.one(number)).await;
        }
        for begin in (0..count).step_by(AT_ONCE) {
            let answers = (begin..count.min(begin + AT_ONCE)).map(|number| ask(self.one(number)));
            for answer in join_all(answers).await {
                assert!(answer.len() > 500, "{}", String::from_utf8_lossy(&answer));
            }
        }
    }

    fn one(&self, number: usize) -> TestRequest {
        let token = &self.tokens[number % self.tokens.len()];
        let body = &self.bodies[number % BUCKETS];
        TestRequest::post()
            .uri("/v1/sign")
            .insert_header((AUTHORIZATION, format!("Bearer {token}")))
            .insert_header((CONTENT_TYPE, "application/json"))
            .insert_header((CONTENT_LENGTH, body.len()))
            .set_payload(body.clone())
    }
}

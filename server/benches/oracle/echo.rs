//! The least that an HTTP server on actix-web does: it reads a body and answers with as many bytes as a
//! signature has.

use actix_web::web::{Bytes, Data, post};
use actix_web::{App, HttpResponse, HttpServer};

/// The length of an answer of `/v1/sign` to the request of this bench, about.
const ANSWER: usize = 560;

/// Serves until it is killed, and prints its port.
pub(crate) fn serve() {
    actix_web::rt::System::new().block_on(async {
        let answer = Bytes::from(vec![b'x'; ANSWER]);
        let server = HttpServer::new(move || {
            App::new().app_data(Data::new(answer.clone())).route("/v1/sign", post().to(echo))
        });
        let server = server.workers(1).bind("127.0.0.1:0").unwrap();
        println!("{}", server.addrs()[0]);
        server.run().await.unwrap();
    });
}

async fn echo(body: Bytes, answer: Data<Bytes>) -> HttpResponse {
    std::hint::black_box(body);
    HttpResponse::Ok().content_type("application/json").body(Bytes::clone(&answer))
}

//! Listeners on a free port, whose address is printed.

use std::convert::Infallible;

use actix_web::rt::spawn;
use actix_web::web::{Bytes, ServiceConfig};
use actix_web::{App, HttpServer};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// Serves with actix-web and one worker, as the server does with `--workers=1`.
pub(crate) async fn actix(routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) {
    let server = HttpServer::new(move || App::new().configure(routes.clone()));
    let server = server.workers(1).tcp_nodelay(true).bind("127.0.0.1:0").unwrap();
    println!("{}", server.addrs()[0]);
    server.run().await.unwrap();
}

/// Serves JSON with bare hyper, on this thread.
pub(crate) async fn hyper(answer: impl AsyncFn(Request<Incoming>) -> Bytes + Clone + 'static) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let answer = answer.clone();
        spawn(async move {
            let service = service_fn(move |request| {
                let answer = answer.clone();
                async move {
                    let body = Full::new(answer(request).await);
                    let response = Response::builder().header(CONTENT_TYPE, "application/json");
                    Ok::<_, Infallible>(response.body(body).unwrap())
                }
            });
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
        });
    }
}

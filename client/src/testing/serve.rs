//! The HTTP/1.1 server of a fake authority.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::answer::{Question, Reply, answer};
use super::fake_state::{FakeState, lock};

/// Starts serving `fake`. Runs until the task is aborted.
pub(super) async fn start(fake: Arc<Mutex<FakeState>>) -> io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    Ok((address, tokio::spawn(accept(listener, fake))))
}

async fn accept(listener: TcpListener, fake: Arc<Mutex<FakeState>>) {
    // Dropping this set closes all connections.
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        // Responses are short: send each at once, without waiting for more data.
        drop(socket.set_nodelay(true));
        let fake = Arc::clone(&fake);
        let service = service_fn(move |request| {
            let fake = Arc::clone(&fake);
            async move { Ok::<_, Infallible>(respond(&fake, request).await) }
        });
        connections.spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
        while connections.try_join_next().is_some() {}
    }
}

async fn respond(fake: &Mutex<FakeState>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        return Response::new(Full::default()); // The client is gone.
    };
    let question = Question {
        method: &parts.method,
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: &parts.headers,
        body: &body.to_bytes(),
    };
    response(answer(&mut lock(fake), &question))
}

fn response(answer: Reply) -> Response<Full<Bytes>> {
    let (status, media_type, body) = match answer {
        Ok(Value::Null) => (StatusCode::NO_CONTENT, "application/json", String::new()),
        Ok(json) => (StatusCode::OK, "application/json", json.to_string()),
        Err(problem) => (
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            "application/problem+json",
            serde_json::to_string(&problem).unwrap_or_default(),
        ),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

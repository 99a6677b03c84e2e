//! An HTTP client that records requests and sends nothing.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::HeaderMap;
use http_body_util::BodyExt;

/// A request: the parts that a signature covers or sets, by name, then all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) line: String,
    pub(crate) authorization: String,
    pub(crate) date: String,
    pub(crate) payload: String,
    /// The debug output of the headers, in the SDK and as sent.
    pub(crate) printed: String,
    pub(crate) headers: HeaderMap,
    /// The body with its framing and trailer, if the SDK adds them.
    pub(crate) body: Bytes,
}

/// Responds to everything with an empty 200.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<Recorded>>>);

impl Recorder {
    pub(crate) fn http_client(&self) -> SharedHttpClient {
        let recorder = self.clone();
        http_client_fn(move |_, _| SharedHttpConnector::new(recorder.clone()))
    }

    /// All requests so far.
    pub(crate) fn recorded(&self) -> Vec<Recorded> {
        self.0.lock().unwrap().clone()
    }
}

impl HttpConnector for Recorder {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let recorder = self.clone();
        HttpConnectorFuture::new(async move {
            let recorded = record(request).await;
            recorder.0.lock().unwrap().push(recorded);
            Ok(HttpResponse::new(200_u16.try_into().unwrap(), SdkBody::empty()))
        })
    }
}

async fn record(request: HttpRequest) -> Recorded {
    let header = |name: &str| request.headers().get(name).unwrap_or_default().to_owned();
    let mut recorded = Recorded {
        line: format!("{} {}", request.method(), request.uri()),
        authorization: header("authorization"),
        date: header("x-amz-date"),
        payload: header("x-amz-content-sha256"),
        printed: format!("{:?}", request.headers()),
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    let (parts, body) = request.try_into_http1x().unwrap().into_parts();
    write!(recorded.printed, " {:?}", parts.headers).unwrap();
    Recorded { headers: parts.headers, body: body.collect().await.unwrap().to_bytes(), ..recorded }
}

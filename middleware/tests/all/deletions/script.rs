//! A scripted storage in the same process.

use std::fmt;
use std::sync::{Arc, Mutex};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, HttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use sail_cargo_client::protocol::Permission;
use sail_cargo_client::testing::{FakeAuthority, FakeStorage};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningExt as _};

use crate::harness::{ACCESS_KEY, SECRET_KEY, plain};

const ENDPOINT: &str = "http://s3.test:9000";

/// Returns the response; `None` breaks the connection.
type Responder = Box<dyn Fn(&str, usize) -> Option<HttpResponse> + Send + Sync>;

/// A storage whose response depends on the part of the URL after the bucket, and on how often that
/// was requested before.
#[derive(Clone)]
pub(super) struct Script {
    line: Arc<Responder>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Script {
    pub(super) fn new(
        line: impl Fn(&str, usize) -> Option<HttpResponse> + Send + Sync + 'static,
    ) -> Self {
        Self { line: Arc::new(Box::new(line)), seen: Arc::default() }
    }

    /// The requests so far, in their order.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    fn http_client(&self) -> impl HttpClient + 'static {
        let script = self.clone();
        http_client_fn(move |_, _| SharedHttpConnector::new(script.clone()))
    }

    /// A client of a user who may delete below `mine/`, on a storage that does not bind bodies.
    pub(super) async fn client(
        &self,
        configure: impl FnOnce(Builder) -> Builder,
    ) -> (Client, FakeAuthority) {
        let keys = FakeStorage::at(ENDPOINT, ACCESS_KEY, SECRET_KEY);
        let authority = FakeAuthority::start(keys).await.unwrap();
        authority.bucket("bkt");
        authority.binds_bodies(false);
        authority.grant("ada", "bkt/mine/", [Permission::Delete]);
        let ada = RemoteSigner::new(authority.user("ada").unwrap());
        let config = configure(plain(ENDPOINT).http_client(self.http_client()));
        (Client::from_conf(config.remote_signing(ada).build()), authority)
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        assert!(request.headers().get("authorization").unwrap().contains(ACCESS_KEY));
        let place = request.uri().strip_prefix(ENDPOINT).unwrap();
        let place = place.strip_prefix("/bkt/").unwrap().to_owned();
        let mut seen = self.seen.lock().unwrap();
        let before = seen.iter().filter(|asked| **asked == place).count();
        seen.push(place.clone());
        let lost = || ConnectorError::io("the connection was lost".into());
        HttpConnectorFuture::ready((self.line)(&place, before).ok_or_else(lost))
    }
}

/// A response with this status, headers and body.
pub(super) fn status(status: u16, headers: &[(&'static str, &str)], body: &str) -> HttpResponse {
    let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
    for (name, value) in headers {
        response.headers_mut().insert(*name, (*value).to_owned());
    }
    response
}

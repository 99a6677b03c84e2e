//! A caller of the server, and its credentials.

use std::sync::LazyLock;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder};
use sail_cargo_client::protocol::SignResponse;
use sail_cargo_client::{Client, Credentials, StaticToken};
use serde::Serialize;

use super::answer::TestResponse;
use super::app::Replica;
use super::s3::S3;

/// The credentials of an actor.
#[derive(Default, Clone)]
pub(crate) struct Proof {
    pub(crate) token: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) project: Option<String>,
}

/// A caller, by plain HTTP and by Cargo's own client.
pub(crate) struct Actor {
    /// Cargo's client with the same credentials, created on first use.
    pub(crate) cargo: LazyLock<Client, Box<dyn FnOnce() -> Client>>,
    http: reqwest::Client,
    base: String,
    headers: HeaderMap,
    proof: Proof,
}

impl Actor {
    pub(crate) fn new(http: &reqwest::Client, base: &str, proof: &Proof) -> Self {
        let mut headers = HeaderMap::new();
        let mut set = |name, value: Option<String>| {
            value.map(|value| headers.insert(name, HeaderValue::from_str(&value).unwrap()))
        };
        set(AUTHORIZATION.as_str(), proof.token.as_ref().map(|token| format!("Bearer {token}")));
        set("x-api-key", proof.key.clone());
        set("x-project", proof.project.clone());
        let (url, shown) = (base.to_owned(), proof.clone());
        let cargo = LazyLock::new(Box::new(move || client(url, shown)) as Box<_>);
        Self { cargo, http: http.clone(), base: base.to_owned(), headers, proof: proof.clone() }
    }

    /// The same actor at another server.
    pub(crate) fn at(&self, replica: &Replica) -> Self {
        Self::new(&self.http, &replica.base, &self.proof)
    }

    /// A request to modify before [`Actor::send`].
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).headers(self.headers.clone())
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> TestResponse {
        TestResponse::read(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> TestResponse {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &impl Serialize) -> TestResponse {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &impl Serialize) -> TestResponse {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> TestResponse {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Requests a signature.
    pub(crate) async fn sign(&self, request: &S3) -> TestResponse {
        self.post("/v1/sign", &request.0).await
    }

    /// Requests a signature, and demands that it is given.
    #[track_caller]
    pub(crate) fn signed(&self, request: &S3) -> impl Future<Output = SignResponse> {
        let place = std::panic::Location::caller();
        async move {
            let answer = self.sign(request).await;
            assert_eq!(answer.status, 200, "{place}: {request:?}: {}", answer.body);
            answer.ok()
        }
    }
}

fn client(url: String, proof: Proof) -> Client {
    let credentials = match (proof.token, proof.key) {
        (Some(token), Some(key)) => Credentials::on_behalf_of(StaticToken::new(token), key),
        (Some(token), None) => Credentials::user(StaticToken::new(token)),
        (None, Some(key)) => Credentials::api_key(key),
        (None, None) => Credentials::none(),
    };
    let builder = Client::builder(url).credentials(credentials);
    let builder = match proof.project {
        Some(project) => builder.project(project),
        None => builder,
    };
    builder.build().unwrap()
}

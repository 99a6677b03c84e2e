//! Plain HTTP: what browsers, curl and scripts send.

use std::collections::BTreeSet;

use reqwest::{Client, Method, RequestBuilder, Response};
use sail_cargo_client::protocol::{CreateApiKey, Scope};

use super::dev_issuer;
use super::gateway_stack::GatewayStack;

/// A client of the gateway that signs nothing.
pub(crate) struct PlainHttp {
    http: Client,
    base: String,
    headers: Vec<(&'static str, String)>,
}

impl PlainHttp {
    /// A client without credentials.
    pub(crate) fn anonymous(test: &GatewayStack) -> Self {
        let base = test.stack.gateway_url.clone();
        Self { http: Client::new(), base, headers: Vec::new() }
    }

    /// A client of the application, with an API key that signs.
    pub(crate) async fn root(test: &GatewayStack) -> Self {
        Self::application(test, Scope::Sign).await
    }

    /// A client of the application, with an API key of this scope.
    pub(crate) async fn application(test: &GatewayStack, scope: Scope) -> Self {
        let scopes = Some(BTreeSet::from([scope]));
        let new =
            CreateApiKey { name: "a test's".to_owned(), scopes, expires_at: None, project: None };
        let key = test.root().create_api_key(&new).await.unwrap();
        Self::anonymous(test).with("x-api-key", key.key)
    }

    /// A client of a user of the tests' auth service, with their token.
    pub(crate) fn user(test: &GatewayStack, user: &str) -> Self {
        let token = dev_issuer::token(user);
        Self::anonymous(test).with("authorization", format!("Bearer {token}"))
    }

    /// Sends a header with every request.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Asks for another host than the one it connects to.
    pub(crate) fn at(self, host: &str) -> Self {
        let port = self.base.rsplit(':').next().unwrap().to_owned();
        self.with("host", format!("{host}:{port}"))
    }

    pub(crate) fn ask(&self, method: Method, target: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{target}", self.base));
        self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
    }

    pub(crate) async fn get(&self, target: &str) -> Response {
        self.ask(Method::GET, target).send().await.unwrap()
    }

    pub(crate) async fn put(&self, target: &str, body: &'static str) -> Response {
        self.ask(Method::PUT, target).body(body).send().await.unwrap()
    }
}

/// Status and S3's code; `-` where there is none.
pub(crate) async fn refusal(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    (status, code.map_or("-", |(code, _)| code).to_owned())
}

pub(crate) fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// A header of an answer; empty where it has none.
pub(crate) fn header(answer: &Response, name: &str) -> String {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned()
}

//! A team with homes, and its people, by HTTP alone.

use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::gateway_stack::GatewayStack;
use crate::plain_http::PlainHttp;
use crate::raw::Signer;

pub(super) const BUCKET: &str = "team-homes";
/// `home/${user}/` in a query.
const TEMPLATE: &str = "home/%24%7Buser%7D/";
/// `by-name/${username}/` in a query.
const BY_NAME: &str = "by-name/%24%7Busername%7D/";

/// Cargo's API, asked with one header of credentials.
pub(super) struct Api {
    http: Client,
    base: String,
    headers: Vec<(&'static str, String)>,
}

/// Whoever has an account, as they are signed in.
pub(super) struct Person {
    pub(super) name: &'static str,
    /// The id of the account.
    pub(super) id: String,
    pub(super) api: Api,
    /// The gateway, with the token.
    pub(super) files: PlainHttp,
    pub(super) token: String,
    pub(super) refresh_token: String,
}

impl Api {
    fn new(test: &GatewayStack, headers: Vec<(&'static str, String)>) -> Self {
        Self { http: Client::new(), base: test.stack.cargo_url.clone(), headers }
    }

    pub(super) fn operator(test: &GatewayStack) -> Self {
        let project = sail_cargo_server::dev::PROJECT.to_owned();
        Self::new(test, vec![("x-api-key", test.operator_key()), ("x-project", project)])
    }

    pub(super) fn stranger(test: &GatewayStack) -> Self {
        Self::new(test, Vec::new())
    }

    pub(super) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
    }

    /// What is answered to a body in JSON. It must be a success.
    #[track_caller]
    pub(super) fn tell(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> impl Future<Output = Value> {
        let (request, path) = (self.ask(method, path).json(body), path.to_owned());
        let place = std::panic::Location::caller();
        async move {
            let answer = request.send().await.unwrap();
            let (status, text) = (answer.status(), answer.text().await.unwrap());
            assert!(status.is_success(), "{place}: {path}: {status} {text}");
            serde_json::from_str(&text).unwrap_or_default()
        }
    }

    pub(super) async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path).send().await.unwrap()
    }
}

/// Sets up a bucket in which everybody has a home, and of which the group `admins` has the list.
pub(super) async fn set_up(test: &GatewayStack, operator: &Api) {
    let key = json!({ "name": "set-up", "scopes": ["sign"] });
    let key = operator.tell(Method::POST, "/v1/api-keys", &key).await;
    let root = PlainHttp::anonymous(test).with("x-api-key", key["key"].as_str().unwrap());
    assert_eq!(root.put(&format!("/{BUCKET}"), "").await.status(), 200);
    let grants = format!("/v1/buckets/{BUCKET}/grants");
    let homes = format!("{grants}/*?kind=authenticated&prefix_kind=template&prefix={TEMPLATE}");
    let everything = json!({ "permissions": ["read", "write", "delete"] });
    operator.tell(Method::PUT, &homes, &everything).await;
    let named = format!("{grants}/*?kind=authenticated&prefix_kind=template&prefix={BY_NAME}");
    operator.tell(Method::PUT, &named, &everything).await;
    let list = json!({ "permissions": ["list"] });
    operator.tell(Method::PUT, &format!("{grants}/admins?kind=group"), &list).await;
    let project = format!("/v1/projects/{}", sail_cargo_server::dev::PROJECT);
    let home = json!({ "home": { "bucket": BUCKET, "prefix": "home/${user}/" } });
    operator.tell(Method::PATCH, &project, &home).await;
}

impl Person {
    /// Invites somebody, who sets their password and signs in.
    pub(super) async fn invited(test: &GatewayStack, operator: &Api, name: &'static str) -> Self {
        let account = json!({ "username": name, "email": format!("{name}@example.com") });
        let made = operator.tell(Method::POST, "/v1/accounts", &account).await;
        let link = made["invitation"]["link"].as_str().unwrap();
        let token = link.rsplit_once("/#/invite/").unwrap().1;
        let accept = json!({ "token": token, "password": password(name) });
        Api::stranger(test).tell(Method::POST, "/auth/invitations", &accept).await;
        Self::signed_in(test, name).await
    }

    pub(super) async fn signed_in(test: &GatewayStack, name: &'static str) -> Self {
        let signed_in = login(test, name).await;
        assert_eq!(signed_in.status(), 200, "{name}");
        Self::of(test, name, &signed_in.json().await.unwrap())
    }

    /// The same person with the next token. Like every client, they try again where the server is busy: the next
    /// token is the same one then.
    pub(super) async fn refreshed(&self, test: &GatewayStack) -> Self {
        let refresh = json!({ "refresh_token": self.refresh_token });
        let stranger = Api::stranger(test);
        let begun = Instant::now();
        loop {
            let answer = stranger.ask(Method::POST, "/auth/refresh").json(&refresh).send().await;
            let answer = answer.unwrap();
            if answer.status() == 503 && begun.elapsed() < Duration::from_secs(20) {
                continue;
            }
            let (status, text) = (answer.status(), answer.text().await.unwrap());
            assert_eq!(status, 200, "{}: {text}", self.name);
            return Self::of(test, self.name, &serde_json::from_str(&text).unwrap());
        }
    }

    fn of(test: &GatewayStack, name: &'static str, signed_in: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let token = text(&signed_in["access_token"]);
        let bearer = format!("Bearer {token}");
        Self {
            name,
            id: text(&signed_in["user"]["id"]),
            api: Api::new(test, vec![("authorization", bearer.clone())]),
            files: PlainHttp::anonymous(test).with("authorization", bearer),
            token,
            refresh_token: text(&signed_in["refresh_token"]),
        }
    }

    /// A file in the home of this person.
    pub(super) fn file(&self) -> String {
        format!("/{BUCKET}/home/{}/notes.txt", self.id)
    }

    /// The listing of a prefix in JSON.
    pub(super) async fn list(&self, prefix: &str) -> Response {
        let target = format!("/{BUCKET}?prefix={prefix}");
        let list = self.files.ask(Method::GET, &target).header("accept", "application/json");
        list.send().await.unwrap()
    }

    /// The status of a request for a file.
    pub(super) async fn tries(&self, method: Method, file: &str) -> u16 {
        let request = self.files.ask(method.clone(), file);
        let request = if method == Method::PUT { request.body("x") } else { request };
        request.send().await.unwrap().status().as_u16()
    }

    /// A new access key, and who signs with it.
    pub(super) async fn access_key(&self, test: &GatewayStack) -> (String, Signer) {
        signer(test, &self.made_key("/v1/access-keys").await)
    }

    /// A new key of this person's, made at `path`.
    pub(super) async fn made_key(&self, path: &str) -> Value {
        self.api.tell(Method::POST, path, &json!({ "name": "a laptop's" })).await
    }
}

/// The id of a new access key, and who signs with it.
pub(super) fn signer(test: &GatewayStack, made: &Value) -> (String, Signer) {
    let key = serde_json::from_value(made.clone()).unwrap();
    (made["access_key_id"].as_str().unwrap().to_owned(), test.signer(&key))
}

/// What a sign-in of somebody is answered.
pub(super) async fn login(test: &GatewayStack, name: &str) -> Response {
    let login = json!({ "username": name, "password": password(name) });
    Api::stranger(test).ask(Method::POST, "/auth/login").json(&login).send().await.unwrap()
}

fn password(name: &str) -> String {
    format!("the long way home of {}", name.chars().rev().collect::<String>())
}

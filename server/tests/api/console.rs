//! The console: what is served, with which headers, and to whom.

use std::path::Path;

use reqwest::{Method, Response};
use sail_cargo_server::config::{Config, ConsoleConfig};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{GATEWAY_URL, Kind, Replica, Setup, TestApp};

const INDEX: &str = "<meta property=\"csp-nonce\" nonce=\"NONCE_OF_THE_STYLES\">";

/// A build of the console: a first page, and a script with its compressed forms.
fn build() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(home.path().join(name), text).unwrap();
    std::fs::create_dir(home.path().join("assets")).unwrap();
    write("index.html", INDEX);
    write("secret.txt", "not below assets");
    write("assets/index-C7irhV8x.js", "plain");
    write("assets/index-C7irhV8x.js.br", "brotli");
    write("assets/index-C7irhV8x.js.gz", "gzip");
    write("assets/icon-1.svg", "<svg/>");
    home
}

fn with(directory: &Path) -> impl FnOnce(&mut Config) {
    let directory = Some(directory.to_owned());
    |config| config.console = Some(ConsoleConfig { directory, ..ConsoleConfig::default() })
}

async fn ask(server: &Replica, method: Method, path: &str, accept: &str) -> Response {
    let redirect = reqwest::redirect::Policy::none();
    let http = reqwest::Client::builder().no_proxy().redirect(redirect).build().unwrap();
    let request = http.request(method, format!("{}{path}", server.base));
    request.header("accept-encoding", accept).send().await.unwrap()
}

async fn get(server: &Replica, path: &str) -> Response {
    ask(server, Method::GET, path, "identity").await
}

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[track_caller]
fn is_strict(response: &Response) {
    for (name, value) in [
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(header(response, name), value, "{response:?}");
    }
    assert!(header(response, "content-security-policy").starts_with("default-src 'none'; "));
}

#[tokio::test]
async fn every_page_is_the_first_page_with_a_nonce_of_its_own_and_a_strict_policy() {
    let (app, home) = (TestApp::start(Kind::Sqlite, Setup::Usual).await, build());
    let server = app.replica_that(Setup::Usual, with(home.path())).await;
    let mut nonces = Vec::new();
    for path in ["/console/", "/console/b/photos/2026/", "/console/sign-in", "/console/b/x%20y/"] {
        let page = get(&server, path).await;
        assert_eq!(page.status(), 200, "{path}");
        is_strict(&page);
        assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
        assert_eq!(header(&page, "cache-control"), "no-cache");
        let policy = header(&page, "content-security-policy").to_owned();
        let body = page.text().await.unwrap();
        let nonce = body.split('"').nth(3).unwrap().to_owned();
        assert_eq!(
            policy,
            format!(
                "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; \
                 connect-src 'self' {GATEWAY_URL}; img-src 'self' blob: data:; media-src 'self' {GATEWAY_URL}; \
                 frame-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                 require-trusted-types-for 'script'; trusted-types 'none'"
            )
        );
        nonces.push(nonce);
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 4, "each answer has its own: {nonces:?}");
    assert!(nonces.iter().all(|nonce| nonce.len() == 32), "{nonces:?}");
    app.stop().await;
}

#[tokio::test]
async fn files_are_kept_for_ever_and_sent_in_the_smallest_form_that_is_taken() {
    let (app, home) = (TestApp::start(Kind::Sqlite, Setup::Usual).await, build());
    let server = app.replica_that(Setup::Usual, with(home.path())).await;
    let path = "/console/assets/index-C7irhV8x.js";
    for (accept, coding, body) in
        [("gzip, br", "br", "brotli"), ("gzip", "gzip", "gzip"), ("identity", "", "plain")]
    {
        let file = ask(&server, Method::GET, path, accept).await;
        assert_eq!(file.status(), 200);
        is_strict(&file);
        assert_eq!(header(&file, "content-encoding"), coding);
        assert_eq!(header(&file, "content-type"), "text/javascript");
        assert_eq!(header(&file, "cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(header(&file, "vary"), "accept-encoding");
        assert_eq!(file.text().await.unwrap(), body);
    }
    let icon = ask(&server, Method::GET, "/console/assets/icon-1.svg", "br").await;
    assert_eq!(
        (header(&icon, "content-type"), header(&icon, "content-encoding")),
        ("image/svg+xml", "")
    );
    let head = ask(&server, Method::HEAD, path, "br").await;
    assert_eq!((head.status().as_u16(), header(&head, "content-encoding")), (200, "br"));
    assert_eq!(head.text().await.unwrap(), "");
    app.stop().await;
}

#[tokio::test]
async fn nothing_but_the_built_files_is_served() {
    let (app, home) = (TestApp::start(Kind::Sqlite, Setup::Usual).await, build());
    let server = app.replica_that(Setup::Usual, with(home.path())).await;
    for path in [
        "/console/assets/nothing.js",
        "/console/assets/..%2Fsecret.txt",
        "/console/assets/%2e%2e/secret.txt",
        "/console/assets/index.html",
        "/console/assets/index-C7irhV8x.js.br",
        "/console/assets/",
    ] {
        let nothing = get(&server, path).await;
        let (status, policy) = (nothing.status(), header(&nothing, "cache-control").to_owned());
        let body = nothing.text().await.unwrap();
        assert!(!body.contains("not below assets"), "{path}: {body}");
        // A browser resolves dots itself, before it asks.
        if !path.contains("%2e") {
            assert_eq!((status.as_u16(), policy.as_str()), (404, "no-store"), "{path}");
        }
    }
    let secret = get(&server, "/console/secret.txt").await;
    assert!(secret.text().await.unwrap().starts_with("<meta"), "a page, not the file");
    let slash = get(&server, "/console").await;
    assert_eq!((slash.status().as_u16(), header(&slash, "location")), (308, "/console/"));
    let post = ask(&server, Method::POST, "/console/", "identity").await;
    assert_eq!((post.status().as_u16(), header(&post, "allow")), (405, "GET, HEAD"));
    app.stop().await;
}

#[tokio::test]
async fn pages_are_told_what_they_must_know_before_anybody_signs_in() {
    let (app, home) = (TestApp::start(Kind::Sqlite, Setup::Usual).await, build());
    let server = app.replica_that(Setup::Usual, with(home.path())).await;
    let told = get(&server, "/console/config.json").await;
    is_strict(&told);
    assert_eq!(header(&told, "cache-control"), "no-cache");
    let told: Value = told.json().await.unwrap();
    assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(told["gateway"]["endpoint"], GATEWAY_URL);
    assert_eq!(told["demo"], Value::Null, "demo users are those of `dev`");
    assert_eq!(told["issuers"].as_array().unwrap().len(), 1);
    app.stop().await;
}

/// Registers an issuer at a server, or takes it away.
async fn change_issuer(app: &TestApp, server: &Replica, alias: &str, put: Option<&Value>) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/v1/issuers/{alias}", server.base);
    let request = match put {
        Some(body) => http.put(url).json(body),
        None => http.delete(url),
    };
    let answer = request.header("x-api-key", &app.secrets.operator_key).send().await.unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
}

/// An OpenID provider is asked by the page itself; a page that leads back with a token is not.
#[tokio::test]
async fn pages_reach_the_auth_services_whose_clients_they_are_as_soon_as_they_are_registered() {
    let (app, home) = (TestApp::start(Kind::Sqlite, Setup::Usual).await, build());
    let server = app.replica_that(Setup::Usual, with(home.path())).await;
    let reached = async || {
        let page = get(&server, "/console/sign-in").await;
        let policy = header(&page, "content-security-policy").to_owned();
        let (_, rest) = policy.split_once("connect-src 'self'").unwrap();
        rest.split_once(';').unwrap().0.trim().to_owned()
    };
    let okta = json!({ "issuer": "https://acme.okta.example/oauth2/default", "client_id": "console",
        "display_name": "Okta", "audiences": ["api://default"], "project": "sail" });
    let sail = json!({ "issuer": "https://auth.sail.example", "client_id": "x", "audiences": ["cargo"],
        "sign_in_url": "https://auth.sail.example/login", "project": "sail" });
    let silent =
        json!({ "issuer": "https://ci.example", "audiences": ["cargo"], "project": "sail" });
    for (alias, issuer) in [("okta", &okta), ("sail", &sail), ("ci", &silent)] {
        change_issuer(&app, &server, alias, Some(issuer)).await;
    }
    assert_eq!(reached().await, format!("{GATEWAY_URL} https://acme.okta.example"));
    let told: Value = get(&server, "/console/config.json").await.json().await.unwrap();
    let row = |alias: &str| {
        let mut rows = told["issuers"].as_array().unwrap().iter();
        rows.find(|row| row["alias"] == alias).unwrap().clone()
    };
    assert_eq!(
        row("okta"),
        json!({ "alias": "okta", "issuer": okta["issuer"], "display_name": "Okta", "client_id": "console",
            "audience": "api://default", "sign_in_url": null })
    );
    assert_eq!(row("sail")["sign_in_url"], sail["sign_in_url"]);
    change_issuer(&app, &server, "okta", None).await;
    assert_eq!(reached().await, GATEWAY_URL);
    app.stop().await;
}

#[tokio::test]
async fn a_server_may_have_no_console() {
    let app = TestApp::start(Kind::Sqlite, Setup::Usual).await;
    app.anon().get("/console/").await.refused(404, "no_such_route");
    app.anon().get("/console/config.json").await.refused(404, "no_such_route");
    app.stop().await;
}

#[tokio::test]
async fn a_directory_without_a_console_prevents_the_start() {
    let app = TestApp::start(Kind::Sqlite, Setup::Usual).await;
    let empty = tempfile::tempdir().unwrap();
    let refused = app.start_replica(Setup::Usual, with(empty.path())).await;
    let Err(error) = refused else { panic!("it started") };
    assert!(error.to_string().contains("no index.html"), "{error}");
    app.stop().await;
}

//! The console's refresh token: in a cookie, which scripts cannot read and other pages cannot use.

use super::*;

const COOKIE: &str = "__Secure-cargo-refresh";

/// Posts as a page of the console does.
async fn post_by_page(
    app: &TestApp,
    path: &str,
    cookie: Option<&str>,
    body: Option<&Value>,
) -> TestResponse {
    let anon = app.anon();
    let mut request = anon.request(Method::POST, path).header("x-forwarded-for", HOME);
    request = request.header("x-cargo-console", "1");
    if let Some(token) = cookie {
        request = request.header("cookie", format!("other=1; {COOKIE}={token}"));
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    anon.send(request).await
}

async fn sign_in_by_page(app: &TestApp) -> TestResponse {
    let body = json!({ "username": "ada", "password": PASSWORD });
    post_by_page(app, "/auth/login", None, Some(&body)).await
}

/// The token that an answer sets, after a look at how it is kept.
#[track_caller]
fn kept(answer: &TestResponse, seconds: u64) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.json()["refresh_token"].is_null(), "{}", answer.body);
    assert!(!answer.body.contains("cgrt_"), "{}", answer.body);
    let (value, rest) = answer.header("set-cookie").split_once("; ").unwrap();
    let how = format!("Max-Age={seconds}; Path=/auth/; Secure; HttpOnly; SameSite=Strict");
    assert_eq!(rest, how);
    value.strip_prefix(COOKIE).unwrap().strip_prefix('=').unwrap().to_owned()
}

const CLEARED: &str =
    "__Secure-cargo-refresh=; Max-Age=0; Path=/auth/; Secure; HttpOnly; SameSite=Strict";
const TWO_WEEKS: u64 = 14 * 24 * 3600;

#[tokio::test]
async fn a_page_signs_in_goes_on_and_signs_out_without_seeing_the_refresh_token() {
    on_both_with(Setup::Accounts, async |app| {
        make(app, "ada").await;
        let first = kept(&sign_in_by_page(app).await, TWO_WEEKS);
        let answer = post_by_page(app, "/auth/refresh", Some(&first), None).await;
        let second = kept(&answer, TWO_WEEKS);
        assert_ne!(first, second);
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        let who: Whoami = app.with_token(&token).get("/v1/whoami").await.ok();
        assert_eq!(who.project.as_deref(), Some("sail"));

        let out = post_by_page(app, "/auth/logout", Some(&second), None).await;
        out.done();
        assert_eq!(out.header("set-cookie"), CLEARED);
        let ended = post_by_page(app, "/auth/refresh", Some(&second), None).await;
        ended.refused(401, "invalid_refresh_token");
        assert_eq!(ended.header("set-cookie"), CLEARED, "the browser forgets it");
    })
    .await;
}

#[tokio::test]
async fn the_cookie_alone_does_nothing() {
    on_both_with(Setup::Accounts, async |app| {
        make(app, "ada").await;
        let token = kept(&sign_in_by_page(app).await, TWO_WEEKS);
        let anon = app.anon();
        for path in ["/auth/refresh", "/auth/logout"] {
            let cookie = format!("{COOKIE}={token}");
            let request = anon.request(Method::POST, path).header("cookie", cookie);
            let answer = anon.send(request.json(&json!({}))).await;
            answer.refused(400, "invalid_request");
            assert_eq!(answer.header("set-cookie"), "");
        }
        let two = format!("{token}; {COOKIE}=cgrt_other");
        let tossed = post_by_page(app, "/auth/refresh", Some(&two), None).await;
        tossed.refused(401, "invalid_refresh_token");
        let none = post_by_page(app, "/auth/refresh", None, None).await;
        none.refused(401, "invalid_refresh_token");
        let body = json!({ "refresh_token": token });
        let in_body = post_by_page(app, "/auth/refresh", None, Some(&body)).await;
        in_body.refused(401, "invalid_refresh_token");
        kept(&post_by_page(app, "/auth/refresh", Some(&token), None).await, TWO_WEEKS);
    })
    .await;
}

#[tokio::test]
async fn no_other_origin_may_send_the_header() {
    on_both_with(Setup::Accounts, async |app| {
        let anon = app.anon();
        for path in ["/auth/login", "/auth/refresh", "/auth/logout", "/auth/password"] {
            let preflight = anon.request(Method::OPTIONS, path);
            let preflight = preflight.header("origin", "https://app.example.com");
            let preflight = preflight.header("access-control-request-method", "POST");
            let asked = preflight.header("access-control-request-headers", "x-cargo-console");
            let answer = anon.send(asked).await;
            answer.refused(405, "method_not_allowed");
            assert_eq!(answer.header("access-control-allow-headers"), "", "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_that_changes_the_password_gets_the_next_cookie() {
    on_both_with(Setup::Accounts, async |app| {
        make(app, "ada").await;
        let answer = sign_in_by_page(app).await;
        let before = kept(&answer, TWO_WEEKS);
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        let ada = app.with_token(&token);
        let body = json!({ "password": PASSWORD, "new_password": OTHER });
        let request = ada.request(Method::POST, "/auth/password").header("x-cargo-console", "1");
        let after = kept(&ada.send(request.json(&body)).await, TWO_WEEKS);
        let old = post_by_page(app, "/auth/refresh", Some(&before), None).await;
        old.refused(401, "invalid_refresh_token");
        kept(&post_by_page(app, "/auth/refresh", Some(&after), None).await, TWO_WEEKS);
    })
    .await;
}

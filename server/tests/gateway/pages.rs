//! CORS: which web pages read answers of the gateway.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use reqwest::{Method, Response};
use sail_cargo_client::protocol::{PatchProject, Permission};

use super::gateway_stack::{BUCKET, GatewayStack, eventually};
use super::plain_http::{PlainHttp, header, refusal, refused};

const PAGE: &str = "https://app.example.com";
const OTHER: &str = "https://evil.example";

async fn stack() -> GatewayStack {
    let test = GatewayStack::start().await;
    let cors_origins = Some(vec![PAGE.to_owned()]);
    let patch = PatchProject { cors_origins, ..PatchProject::default() };
    test.operator().patch_project("demo", &patch).await.unwrap();
    let page = PlainHttp::anonymous(&test).with("origin", PAGE);
    eventually("the origin is known", || async {
        preflight(&page, "/photos/x").await.status() == 200
    })
    .await;
    test
}

async fn preflight(page: &PlainHttp, target: &str) -> Response {
    let asked = page.ask(Method::OPTIONS, target).header("access-control-request-method", "PUT");
    let headers = "authorization,content-type,x-amz-date";
    asked.header("access-control-request-headers", headers).send().await.unwrap()
}

#[tokio::test]
async fn g12_a_preflight_is_answered_for_pages_that_a_project_lists() {
    let test = stack().await;
    let page = PlainHttp::anonymous(&test).with("origin", PAGE);
    let answer = preflight(&page, "/photos/x").await;
    assert_eq!(header(&answer, "access-control-allow-origin"), PAGE);
    assert_eq!(header(&answer, "access-control-allow-methods"), "GET, HEAD, PUT, POST, DELETE");
    let headers = "authorization,content-type,x-amz-date";
    assert_eq!(header(&answer, "access-control-allow-headers"), headers);
    assert!(header(&answer, "vary").contains("Origin"));
    assert_eq!(header(&answer, "access-control-allow-credentials"), "");

    let other = PlainHttp::anonymous(&test).with("origin", OTHER);
    let forbidden = refused(403, "AccessForbidden");
    assert_eq!(refusal(preflight(&other, "/photos/x").await).await, forbidden);
    assert_eq!(refusal(preflight(&page, "/unknown-bucket/x").await).await, forbidden);
    let key = page.ask(Method::OPTIONS, "/photos/x").header("access-control-request-method", "GET");
    let key = key.header("access-control-request-headers", "x-api-key").send().await.unwrap();
    assert_eq!(refusal(key).await, forbidden);
}

#[tokio::test]
async fn g12_options_without_an_origin_or_a_method_is_no_preflight() {
    let test = GatewayStack::start().await;
    let nobody = PlainHttp::anonymous(&test);
    assert_eq!(refusal(preflight(&nobody, "/photos/x").await).await, refused(400, "BadRequest"));
    let page = PlainHttp::anonymous(&test).with("origin", PAGE);
    let no_method = page.ask(Method::OPTIONS, "/photos/x").send().await.unwrap();
    assert_eq!(refusal(no_method).await, refused(400, "BadRequest"));
}

#[tokio::test]
async fn g12_a_preflight_of_a_presigned_url_is_of_its_keys_project() {
    let test = stack().await;
    test.grant("ada", "", &[Permission::Read, Permission::Write]).await;
    let s3 = test.s3_of("ada").await;
    let hour = PresigningConfig::expires_in(Duration::from_hours(1)).unwrap();
    let put = s3.put_object().bucket(BUCKET).key("p").presigned(hour).await.unwrap();
    let target = put.uri().strip_prefix(&test.stack.gateway_url).unwrap().to_owned();
    let page = PlainHttp::anonymous(&test).with("origin", PAGE);
    assert_eq!(preflight(&page, &target).await.status(), 200);
    let other = PlainHttp::anonymous(&test).with("origin", OTHER);
    assert_eq!(preflight(&other, &target).await.status(), 403);
    let answer = page.put(&target, "by a page").await;
    assert_eq!((answer.status().as_u16(), header(&answer, "vary")), (200, "Origin".to_owned()));
    assert_eq!(header(&answer, "access-control-allow-origin"), PAGE);
    let answer = other.put(&target, "by another").await;
    assert_eq!(header(&answer, "access-control-allow-origin"), "");
}

#[tokio::test]
async fn g12_answers_and_errors_can_be_read_by_the_pages_of_the_callers_project() {
    let test = stack().await;
    let root = PlainHttp::root(&test).await;
    root.ask(Method::PUT, "/photos/x")
        .header("x-amz-meta-colour", "blue")
        .body("x")
        .send()
        .await
        .unwrap();
    let page = PlainHttp::root(&test).await.with("origin", PAGE);
    let answer = page.get("/photos/x").await;
    assert_eq!(header(&answer, "access-control-allow-origin"), PAGE);
    assert_eq!(header(&answer, "access-control-allow-credentials"), "");
    let exposed = header(&answer, "access-control-expose-headers");
    for name in ["ETag", "Content-Range", "x-amz-meta-colour", "x-amz-request-id"] {
        assert!(exposed.split(", ").any(|exposed| exposed == name), "{name}: {exposed}");
    }
    for (target, status) in [("/photos/none", 404), ("/photos/x?nonsense", 501)] {
        let answer = page.get(target).await;
        assert_eq!(answer.status(), status, "{target}");
        assert_eq!(header(&answer, "access-control-allow-origin"), PAGE, "{target}");
    }
    let other = PlainHttp::root(&test).await.with("origin", OTHER);
    let answer = other.get("/photos/x").await;
    assert_eq!(
        (answer.status().as_u16(), header(&answer, "access-control-allow-origin")),
        (200, String::new())
    );
    let unproven = PlainHttp::anonymous(&test).with("origin", PAGE).get("/photos/x").await;
    assert_eq!(unproven.status(), 403);
    assert_eq!(header(&unproven, "access-control-allow-origin"), PAGE);
}

/// Whoever is asked and whatever is answered.
#[tokio::test]
async fn g12_a_page_of_a_foreign_origin_reads_no_answer() {
    let test = stack().await;
    test.grant("ada", "a/", &[Permission::Read, Permission::Write]).await;
    test.grant_public("open/", &[Permission::Read]).await;
    let root = PlainHttp::root(&test).await;
    for key in ["a/x", "open/x"] {
        assert_eq!(root.put(&format!("/photos/{key}"), "x").await.status(), 200);
    }
    let form = "application/x-www-form-urlencoded";
    for origin in [
        OTHER,
        "null",
        "https://app.example.com.evil.example",
        "http://app.example.com",
        "https://app.example.com:444",
        "https://app.example.com/",
    ] {
        let ada = PlainHttp::user(&test, "ada").with("origin", origin);
        let anybody =
            PlainHttp::anonymous(&test).at("demo.public.localhost").with("origin", origin);
        let signed = test.signer_of(Some("ada")).await.ask("GET", "/photos/a/x");
        let signed = test.send(&signed.with("Origin", origin).signed()).await;
        assert_eq!(signed.status, 200);
        let is_told = |(name, _): &(String, String)| name.starts_with("access-control-");
        assert!(!signed.headers.iter().any(is_told), "{origin}: {signed:?}");
        for (what, asked, status) in [
            ("an object", ada.ask(Method::GET, "/photos/a/x"), 200),
            ("an upload", ada.ask(Method::PUT, "/photos/a/y").body("y"), 200),
            ("nothing there", ada.ask(Method::GET, "/photos/a/none"), 404),
            ("a refusal", ada.ask(Method::GET, "/photos/b"), 403),
            ("a malformed one", ada.ask(Method::GET, "/photos/a/x?nonsense"), 501),
            ("what is public", anybody.ask(Method::GET, "/photos/open/x"), 200),
            ("what is not", anybody.ask(Method::GET, "/photos/a/x"), 403),
            ("STS", anybody.ask(Method::POST, "/").header("content-type", form), 403),
        ] {
            let answer = asked.send().await.unwrap();
            assert_eq!(answer.status(), status, "{origin}: {what}");
            let mut names = answer.headers().keys();
            assert!(
                !names.any(|name| name.as_str().starts_with("access-control-")),
                "{origin}: {what}: {answer:?}"
            );
        }
        for target in ["/photos/a/x", "/photos/none", "/"] {
            let answer = preflight(&ada, target).await;
            assert_eq!(header(&answer, "access-control-allow-origin"), "", "{origin} {target}");
            assert_eq!(refusal(answer).await, refused(403, "AccessForbidden"), "{origin} {target}");
        }
    }
}

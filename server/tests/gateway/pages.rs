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

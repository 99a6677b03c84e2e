//! Plain HTTP for people and scripts: a token or an API key, and no signature.

use aws_sdk_s3::presigning::PresigningConfig;
use reqwest::Method;
use sail_cargo_client::protocol::{Permission, Scope};
use serde_json::{Value, json};

use super::gateway_stack::GatewayStack;
use super::plain_http::{PlainHttp, header, refusal, refused};
use crate::storages::{Kind, Storage};

const ALL: [Permission; 3] = [Permission::Read, Permission::Write, Permission::Delete];

#[tokio::test]
async fn g29_objects_are_written_read_and_deleted_with_a_token() {
    let test = GatewayStack::start().await;
    test.grant("ada", "ada/", &ALL).await;
    let ada = PlainHttp::user(&test, "ada");
    assert_eq!(ada.put("/photos/ada/notes.html", "<p>").await.status(), 200);
    let got = ada.get("/photos/ada/notes.html").await;
    assert_eq!(header(&got, "content-type"), "text/html");
    assert_eq!(header(&got, "vary"), "Authorization, X-Api-Key, Origin");
    assert_eq!(header(&got, "cache-control"), "private");
    assert_eq!(header(&got, "x-content-type-options"), "nosniff");
    assert_eq!(header(&got, "content-security-policy"), "sandbox");
    assert_eq!(got.text().await.unwrap(), "<p>");
    let head = ada.ask(Method::HEAD, "/photos/ada/notes.html").send().await.unwrap();
    assert_eq!((head.status().as_u16(), header(&head, "content-length")), (200, "3".to_owned()));
    let delete = ada.ask(Method::DELETE, "/photos/ada/notes.html").send().await.unwrap();
    assert_eq!(delete.status(), 204);
    let gone = ada.get("/photos/ada/notes.html").await;
    assert_eq!(header(&gone, "cache-control"), "no-store");
    assert_eq!(refusal(gone).await, refused(404, "NoSuchKey"));
    let other = ada.get("/photos/bob/x").await;
    assert_eq!(header(&other, "cache-control"), "no-store");
    assert_eq!(refusal(other).await, refused(403, "AccessDenied"));
}

#[tokio::test]
async fn g29_a_key_that_may_not_have_requests_signed_is_shown_nothing() {
    let test = GatewayStack::start().await;
    let auditor = PlainHttp::application(&test, Scope::AuditRead).await;
    for target in ["/", "/photos", "/photos?list-type=2&delimiter=/", "/photos?acl", "/photos/x"] {
        assert_eq!(
            refusal(auditor.get(target).await).await,
            refused(403, "AccessDenied"),
            "{target}"
        );
    }
    assert_eq!(refusal(auditor.put("/photos", "").await).await, refused(403, "AccessDenied"));
}

#[tokio::test]
async fn g29_what_an_object_says_of_itself_stays() {
    let test = GatewayStack::start().await;
    let root = PlainHttp::root(&test).await;
    let put = root.ask(Method::PUT, "/photos/x.html").header("content-type", "text/x-own");
    let put = put.header("cache-control", "max-age=60").body("x").send().await.unwrap();
    assert_eq!(put.status(), 200);
    let got = root.get("/photos/x.html").await;
    assert_eq!(header(&got, "content-type"), "text/x-own");
    assert_eq!(header(&got, "cache-control"), "max-age=60");
    let head = root.ask(Method::HEAD, "/photos/x.html").send().await.unwrap();
    assert_eq!(header(&head, "content-security-policy"), "");
}

#[tokio::test]
async fn g29_raw_plus_and_semicolon_stand_for_themselves() {
    let test = GatewayStack::start().await;
    let root = PlainHttp::root(&test).await;
    assert_eq!(root.put("/photos/a+b;c.txt", "here").await.status(), 200);
    assert_eq!(root.get("/photos/a+b;c.txt").await.text().await.unwrap(), "here");
    assert_eq!(root.get("/photos/a%2Bb%3Bc.txt").await.text().await.unwrap(), "here");
    let s3 = test.root_s3().await;
    let hour = PresigningConfig::expires_in(std::time::Duration::from_hours(1)).unwrap();
    let url = s3.get_object().bucket("photos").key("a+b;c.txt").presigned(hour).await.unwrap();
    let raw = url.uri().replacen("a%2Bb%3Bc", "a+b;c", 1);
    assert_ne!(raw, url.uri());
    let got = reqwest::get(&raw).await.unwrap();
    assert_eq!(got.text().await.unwrap(), "here");
    let listed = s3.list_objects_v2().bucket("photos").send().await.unwrap();
    assert_eq!(listed.contents()[0].key(), Some("a+b;c.txt"));
}

#[tokio::test]
async fn g29_an_upload_without_a_length_is_refused() {
    let test = GatewayStack::start().await;
    let root = PlainHttp::root(&test).await;
    let pieces = futures_util::stream::iter([Ok::<_, std::io::Error>("x")]);
    let put = root.ask(Method::PUT, "/photos/x").body(reqwest::Body::wrap_stream(pieces));
    assert_eq!(refusal(put.send().await.unwrap()).await, refused(411, "MissingContentLength"));
}

#[tokio::test]
async fn g29_a_client_reads_that_its_token_is_no_good() {
    let test = GatewayStack::start().await;
    let ada = PlainHttp::user(&test, "ada");
    let denied = ada.get("/photos/x").await;
    assert_eq!(header(&denied, "x-cargo-refusal"), "403 no_permission");
    let wrong = PlainHttp::anonymous(&test).with("authorization", "Bearer no.jwt");
    for method in [Method::GET, Method::HEAD] {
        let refused = wrong.ask(method, "/photos/x").send().await.unwrap();
        assert_eq!(refused.status(), 403);
        assert_eq!(header(&refused, "x-cargo-refusal"), "401 malformed_token");
    }
}

/// A listing in JSON.
async fn listed(client: &PlainHttp, target: &str) -> Value {
    let answer = client.get(target).await;
    assert_eq!(answer.status(), 200, "{target}");
    assert_eq!(header(&answer, "content-type"), "application/json", "{target}");
    answer.json().await.unwrap()
}

fn keys(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["key"].as_str().unwrap()).collect()
}

async fn upload(root: &PlainHttp) {
    for key in ["a/1.txt", "a/2%20x+y.txt", "a/b/3.txt", "z.txt"] {
        assert_eq!(root.put(&format!("/photos/{key}"), "abc").await.status(), 200);
    }
}

#[tokio::test]
async fn g29_a_bucket_is_listed_in_json() {
    let test = GatewayStack::start().await;
    let root = PlainHttp::root(&test).await;
    upload(&root).await;
    let root = root.with("accept", "application/json");
    let page = listed(&root, "/photos?prefix=a/&delimiter=/").await;
    assert_eq!(keys(&page), ["a/1.txt", "a/2 x+y.txt"]);
    assert_eq!((&page["prefixes"], &page["next_page_token"]), (&json!(["a/b/"]), &Value::Null));
    let item = &page["items"][0];
    assert_eq!(item["size"], 3);
    assert!(item["last_modified"].as_str().unwrap().ends_with('Z'), "{item}");
    let wrong = root.get("/photos?max-keys=2").await;
    assert_eq!(refusal(wrong).await, refused(400, "InvalidArgument"));

    test.grant("ada", "a/b/", &[Permission::Read]).await;
    let ada = PlainHttp::user(&test, "ada").with("accept", "application/json");
    let way = listed(&ada, "/photos?delimiter=/").await;
    assert_eq!(way, json!({ "items": [], "prefixes": ["a/"], "next_page_token": null }));
    assert_eq!(refusal(ada.get("/photos").await).await, refused(403, "AccessDenied"));
}

#[tokio::test]
async fn g29_a_listing_in_json_has_pages() {
    let Some(storage) = Storage::start(Kind::SeaweedFs).await else { return };
    let test = GatewayStack::before(&storage).await;
    let root = PlainHttp::root(&test).await;
    upload(&root).await;
    let root = root.with("accept", "application/json");
    let (mut all, mut more) = (Vec::new(), String::new());
    loop {
        let page = listed(&root, &format!("/photos?page_size=2{more}")).await;
        assert!(keys(&page).len() <= 2);
        let etag = page["items"][0]["etag"].as_str().unwrap();
        assert!(etag.starts_with('"'), "{etag}");
        all.extend(keys(&page).into_iter().map(str::to_owned));
        let Some(token) = page["next_page_token"].as_str() else { break };
        let token: Vec<_> = token.bytes().map(|byte| format!("%{byte:02X}")).collect();
        more = format!("&page_token={}", token.concat());
    }
    assert_eq!(all, ["a/1.txt", "a/2 x+y.txt", "a/b/3.txt", "z.txt"]);
}

#[tokio::test]
async fn g29_whoever_watches_needs_no_credentials() {
    let test = GatewayStack::start().await;
    let anybody = PlainHttp::anonymous(&test);
    for target in ["/-/livez", "/-/readyz"] {
        assert_eq!(anybody.get(target).await.status(), 200, "{target}");
    }
}

/// A description of an object, in every way in which a small client writes it.
#[tokio::test]
async fn g29_a_description_is_kept_with_the_object() {
    const NAME: &str = "x-amz-meta-description";
    for kind in [Kind::Embedded, Kind::SeaweedFs] {
        let Some(storage) = Storage::start(kind).await else { continue };
        let test = GatewayStack::before(&storage).await;
        test.grant("ada", "ada/", &ALL).await;
        test.grant("bob", "", &[Permission::List]).await;
        let ada = PlainHttp::user(&test, "ada");
        let put = async |description: &[u8]| {
            let value = reqwest::header::HeaderValue::from_bytes(description).unwrap();
            let put = ada.ask(Method::PUT, "/photos/ada/plan.txt").header(NAME, value);
            put.body("plan").send().await.unwrap()
        };
        for (sent, kept) in [
            ("the first draft", "the first draft"),
            ("Der Plan für Mai", "=?UTF-8?B?RGVyIFBsYW4gZsO8ciBNYWk=?="),
            ("=?UTF-8?B?TcOkcno=?=", "=?UTF-8?B?TcOkcno=?="),
        ] {
            assert_eq!(put(sent.as_bytes()).await.status(), 200, "{sent}");
            for method in [Method::HEAD, Method::GET] {
                let got = ada.ask(method, "/photos/ada/plan.txt").send().await.unwrap();
                assert_eq!((got.status().as_u16(), header(&got, NAME).as_str()), (200, kept));
            }
        }
        // What is refused leaves the object as it was.
        let wrong = refused(400, "InvalidArgument");
        assert_eq!(refusal(put(b"f\xfcr Mai").await).await, wrong);
        let long = "x".repeat(2049 - "description".len());
        let refusal_of_long = refusal(put(long.as_bytes()).await).await;
        assert_eq!(refusal_of_long, refused(400, "MetadataTooLarge"));
        let head = ada.ask(Method::HEAD, "/photos/ada/plan.txt").send().await.unwrap();
        assert_eq!(header(&head, NAME), "=?UTF-8?B?TcOkcno=?=");
        // The description is content: whoever may only list is not shown it.
        let bob = PlainHttp::user(&test, "bob");
        let page = listed(&bob.with("accept", "application/json"), "/photos?prefix=ada/").await;
        assert_eq!(keys(&page), ["ada/plan.txt"]);
        assert!(!page.to_string().contains("UTF-8"), "{page}");
        let bob = PlainHttp::user(&test, "bob");
        let head = bob.ask(Method::HEAD, "/photos/ada/plan.txt").send().await.unwrap();
        assert_eq!((head.status().as_u16(), header(&head, NAME).as_str()), (403, ""));
        // An upload replaces all of it.
        assert_eq!(ada.put("/photos/ada/plan.txt", "plan 2").await.status(), 200);
        let got = ada.get("/photos/ada/plan.txt").await;
        assert_eq!(header(&got, NAME), "");
        assert_eq!(got.text().await.unwrap(), "plan 2");
    }
}

//! Public hosts: what is public is read without credentials, where the host says whose it is.

use reqwest::Method;
use sail_cargo_client::protocol::{PatchBucket, Permission};

use super::gateway_stack::{BUCKET, GatewayStack};
use super::plain_http::{PlainHttp, header, refusal, refused};

const HOST: &str = "demo.public.localhost";

/// A stack with `open/cat.jpg` and `closed/cat.jpg`; everybody may do everything below `open/`, as far as
/// grants go.
async fn stack() -> GatewayStack {
    let test = GatewayStack::start().await;
    let root = PlainHttp::root(&test).await;
    for key in ["open/cat.jpg", "closed/cat.jpg"] {
        assert_eq!(root.put(&format!("/{BUCKET}/{key}"), "meow").await.status(), 200);
    }
    let all = [Permission::Read, Permission::Write, Permission::Delete];
    test.grant_public("open/", &all).await;
    test
}

#[tokio::test]
async fn g10_without_a_proof_everybody_reads_what_is_public_on_a_public_host() {
    let test = stack().await;
    let anybody = PlainHttp::anonymous(&test).at(HOST);
    let cat = anybody.get("/photos/open/cat.jpg").await;
    assert_eq!(
        (cat.status().as_u16(), header(&cat, "content-type")),
        (200, "image/jpeg".to_owned())
    );
    assert_eq!(header(&cat, "content-security-policy"), "sandbox");
    assert_eq!(cat.text().await.unwrap(), "meow");
    let listed = anybody.get("/photos?list-type=2&prefix=open/").await;
    assert!(listed.text().await.unwrap().contains("<Key>open/cat.jpg</Key>"));

    for target in ["/photos/closed/cat.jpg", "/photos?list-type=2", "/", "/elsewhere/x"] {
        assert_eq!(
            refusal(anybody.get(target).await).await,
            refused(403, "AccessDenied"),
            "{target}"
        );
    }
    let put = anybody.put("/photos/open/dog.jpg", "woof").await;
    assert_eq!(refusal(put).await, refused(403, "AccessDenied"));
    let delete = anybody.ask(Method::DELETE, "/photos/open/cat.jpg").send().await.unwrap();
    assert_eq!(refusal(delete).await, refused(403, "AccessDenied"));
    let list = "<Delete><Object><Key>open/cat.jpg</Key></Object></Delete>";
    let many = anybody.ask(Method::POST, "/photos?delete").body(list).send().await.unwrap();
    assert_eq!(refusal(many).await, refused(403, "AccessDenied"));
}

#[tokio::test]
async fn g10_no_host_but_the_projects_own_shows_what_is_public() {
    let test = stack().await;
    for host in
        ["localhost", "public.localhost", "other.public.localhost", "a.demo.public.localhost"]
    {
        let anybody = PlainHttp::anonymous(&test).at(host);
        let answer = refusal(anybody.get("/photos/open/cat.jpg").await).await;
        assert_eq!(answer, refused(403, "AccessDenied"), "{host}");
    }
    let elsewhere = PlainHttp::anonymous(&test).at("evil.example");
    assert_eq!(elsewhere.get("/photos/open/cat.jpg").await.status(), 421);
}

#[tokio::test]
async fn g10_a_proof_counts_more_than_the_host() {
    let test = stack().await;
    test.grant("ada", "closed/", &[Permission::Read]).await;
    let ada = PlainHttp::user(&test, "ada").at(HOST);
    assert_eq!(ada.get("/photos/closed/cat.jpg").await.status(), 200);
    let nobody = PlainHttp::anonymous(&test).at(HOST).with("x-api-key", "no key");
    assert_eq!(nobody.get("/photos/open/cat.jpg").await.status(), 403);
}

#[tokio::test]
async fn g10_public_permissions_of_a_bucket_are_for_everybody_until_they_are_taken_away() {
    let test = stack().await;
    let anybody = PlainHttp::anonymous(&test).at(HOST);
    let public = |all: &[Permission]| PatchBucket {
        public_permissions: Some(all.iter().copied().collect()),
        ..PatchBucket::default()
    };
    test.root().patch_bucket(BUCKET, &public(&[Permission::Read])).await.unwrap();
    super::gateway_stack::eventually("the bucket is public", || async {
        anybody.get("/photos/closed/cat.jpg").await.status() == 200
    })
    .await;
    test.root().patch_bucket(BUCKET, &public(&[])).await.unwrap();
    super::gateway_stack::eventually("the bucket is public no more", || async {
        anybody.get("/photos/closed/cat.jpg").await.status() == 403
    })
    .await;
}

#[tokio::test]
async fn g21_nobody_sets_headers_of_an_answer_without_a_signature() {
    let test = stack().await;
    let anybody = PlainHttp::anonymous(&test).at(HOST);
    for name in ["content-type=text/plain", "content-disposition=attachment", "expires=0"] {
        let answer = anybody.get(&format!("/photos/open/cat.jpg?response-{name}")).await;
        assert_eq!(refusal(answer).await, refused(400, "InvalidRequest"), "{name}");
    }
}

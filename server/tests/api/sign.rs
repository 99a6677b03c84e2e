//! Signing: requests that the grants allow are signed, others are refused, and every decision is on
//! record.

use reqwest::Method;
use sail_cargo_client::protocol::{Outcome, Permission};
use serde_json::json;

use Permission::{Delete, List, Read, Write};

use crate::harness::{S3, TestApp, VIRTUAL_HOST, on_both};
use sail_cargo_server::domain::Revision;

/// What an operation requires.
enum Takes {
    /// This permission on the bucket.
    Grant(Permission),
    /// Either of the two on the bucket.
    WriteOrList,
    /// Any permission on the bucket.
    Any,
    /// Write on the bucket, and read on the bucket of the source.
    Copy,
    /// The application itself (root).
    Root,
}

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

const STREAMED: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

const PARTS: &str = "<CompleteMultipartUpload/>";

const KEYS: &str = "<Delete><Object><Key>a</Key></Object><Object><Key>b/c</Key></Object></Delete>";

/// Common requests of applications, as their SDKs send them, and what each requires.
fn everyday() -> Vec<(&'static str, S3, Takes)> {
    let s3 = S3::new;
    let streamed = s3("PUT", "/photos/film.mp4")
        .payload(STREAMED)
        .header("content-encoding", "aws-chunked")
        .header("x-amz-decoded-content-length", "1048576")
        .header("x-amz-trailer", "x-amz-checksum-crc32");
    vec![
        ("ListObjects", s3("GET", "/photos?prefix=2026%2F&max-keys=10"), Takes::Grant(List)),
        ("ListObjectsV2", s3("GET", "/photos?list-type=2&prefix=2026%2F"), Takes::Grant(List)),
        (
            "ListObjectsV2",
            S3::to("GET", "https://photos.s3.example.com/?list-type=2"),
            Takes::Grant(List),
        ),
        ("HeadBucket", s3("HEAD", "/photos"), Takes::Any),
        ("GetObject", s3("GET", "/photos/2026/cat.png?x-id=GetObject"), Takes::Grant(Read)),
        ("GetObject", s3("GET", "/photos/a%20b").header("range", "bytes=0-9"), Takes::Grant(Read)),
        ("GetObject", S3::to("GET", &format!("{VIRTUAL_HOST}/photos/x")), Takes::Grant(Read)),
        ("HeadObject", s3("HEAD", "/photos/2026/cat.png"), Takes::Grant(Read)),
        (
            "PutObject",
            s3("PUT", "/photos/cat.png").payload(UNSIGNED).header("content-type", "image/png"),
            Takes::Grant(Write),
        ),
        (
            "PutObject",
            s3("PUT", "/photos/cat.txt").body("meow").header("x-amz-meta-who", "ada"),
            Takes::Grant(Write),
        ),
        ("PutObject", streamed, Takes::Grant(Write)),
        (
            "CopyObject",
            s3("PUT", "/photos/copy").header("x-amz-copy-source", "/source/cat%20.png"),
            Takes::Copy,
        ),
        ("DeleteObject", s3("DELETE", "/photos/cat.png?versionId=v1"), Takes::Grant(Delete)),
        ("DeleteObjects", s3("POST", "/photos?delete").body(KEYS), Takes::Grant(Delete)),
        ("DeleteObjects", s3("POST", "/photos?delete=").hashed(KEYS), Takes::Grant(Delete)),
        ("CreateMultipartUpload", s3("POST", "/photos/film?uploads"), Takes::Grant(Write)),
        (
            "UploadPart",
            s3("PUT", "/photos/film?partNumber=1&uploadId=u").payload(UNSIGNED),
            Takes::Grant(Write),
        ),
        ("ListParts", s3("GET", "/photos/film?uploadId=u"), Takes::WriteOrList),
        (
            "CompleteMultipartUpload",
            s3("POST", "/photos/film?uploadId=u").body(PARTS),
            Takes::Grant(Write),
        ),
        ("AbortMultipartUpload", s3("DELETE", "/photos/film?uploadId=u"), Takes::Grant(Write)),
        ("CreateBucket", s3("PUT", "/photos"), Takes::Root),
        ("DeleteBucket", s3("DELETE", "/photos"), Takes::Root),
        ("ListBuckets", s3("GET", "/?x-id=ListBuckets"), Takes::Root),
    ]
}

/// Creates users who each hold one permission, and one who holds all that a grant can give.
async fn people(app: &TestApp) {
    app.register("photos").await;
    app.register("source").await;
    for (user, permission) in [
        ("read", Read),
        ("write", Write),
        ("delete", Delete),
        ("admin", Permission::Admin),
        ("list", List),
    ] {
        app.grant("photos", user, &[permission]).await;
    }
    app.grant("photos", "copy", &[Write]).await;
    app.grant("source", "copy", &[Read]).await;
    app.grant("photos", "all", &[Read, Write, Delete, Permission::Admin]).await;
    app.grant("source", "all", &[Read]).await;
}

fn may(user: &str, takes: &Takes) -> bool {
    match takes {
        Takes::Grant(permission) => {
            let copies = user == "copy" && *permission == Write;
            let contained = user == "read" && *permission == List;
            user == "all" || copies || contained || json!(permission) == user
        }
        Takes::WriteOrList => may(user, &Takes::Grant(Write)) || may(user, &Takes::Grant(List)),
        Takes::Any => user != "nobody",
        Takes::Copy => matches!(user, "copy" | "all"),
        Takes::Root => false,
    }
}

#[tokio::test]
async fn each_everyday_operation_takes_its_permission_and_no_other() {
    on_both(async |app| {
        people(app).await;
        for (operation, request, takes) in everyday() {
            for user in ["nobody", "read", "write", "delete", "admin", "list", "copy", "all"] {
                let answer = app.user(user).sign(&request).await;
                if may(user, &takes) {
                    assert_eq!(answer.status, 200, "{user}: {request:?}: {}", answer.body);
                    assert_eq!(answer.json()["operation"], operation);
                } else {
                    assert_eq!(answer.status, 403, "{user}: {request:?}: {}", answer.body);
                    answer.holds_no_signature();
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn root_may_do_all_of_it_in_its_own_buckets() {
    on_both(async |app| {
        people(app).await;
        for (operation, request, _) in everyday() {
            let signed = app.root().signed(&request).await;
            assert_eq!(signed.operation, operation);
            assert_eq!(signed.expires_at, app.clock.now() + chrono::TimeDelta::minutes(15));
            assert!(signed.remove_headers.is_empty());
            let headers: Vec<_> = signed.headers.keys().map(String::as_str).collect();
            assert_eq!(headers, ["authorization", "x-amz-content-sha256", "x-amz-date"]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_grant_on_a_prefix_signs_within_it_alone() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos/team/", "ada", &[Read, Delete]).await;
        let ada = app.ada();
        let delete = |keys: &[&str]| {
            let keys = keys.join("</Key></Object><Object><Key>");
            let body = format!("<Delete><Object><Key>{keys}</Key></Object></Delete>");
            S3::new("POST", "/photos?delete").body(&body)
        };
        for (request, allowed) in [
            (S3::new("GET", "/photos/team/a"), true),
            (S3::new("GET", "/photos/team%2Fa"), true),
            (S3::new("GET", "/photos/teams/a"), false),
            (S3::new("GET", "/photos?list-type=2&prefix=team%2F"), true),
            (S3::new("GET", "/photos?list-type=2&prefix=team"), false),
            (S3::new("GET", "/photos?list-type=2"), false),
            (delete(&["team/a", "team/b"]), true),
            (delete(&["team/a", "other"]), false),
            (S3::new("POST", "/photos?delete").hashed("<Delete/>"), false),
            (S3::new("HEAD", "/photos"), true),
        ] {
            let answer = ada.sign(&request).await;
            assert_eq!(answer.status, if allowed { 200 } else { 403 }, "{request:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn creating_a_bucket_takes_its_name_for_the_project() {
    on_both(async |app| {
        let create = S3::new("PUT", "/fresh").body("<CreateBucketConfiguration/>");
        let signed = app.root().signed(&create).await;
        assert_eq!(signed.operation, "CreateBucket");
        assert_eq!(app.root().get("/v1/buckets/fresh").await.status, 200);

        app.share().await;
        let neighbour = app.with_key(&app.make_project("neighbour", "main").await);
        let refused = neighbour.sign(&create).await;
        refused.refused(403, "foreign_bucket");
        refused.holds_no_signature();
        neighbour.get("/v1/buckets/fresh").await.refused(404, "not_found");
        app.root().signed(&create).await;
        let reserved = S3::new("PUT", "/minio");
        app.root().sign(&reserved).await.refused(403, "reserved_bucket");
    })
    .await;
}

#[tokio::test]
async fn every_decision_is_on_record_when_it_is_answered() {
    on_both(async |app| {
        people(app).await;
        for (operation, request, _) in everyday() {
            for (actor, name) in [(app.root(), "key:"), (app.user("nobody"), "user:nobody")] {
                let answer = actor.sign(&request).await;
                let told = app.record(&answer).await;
                assert!(told.actor.starts_with(name), "{}", told.actor);
                assert_eq!(told.action, format!("s3:{operation}"));
                if answer.status == 200 {
                    assert_eq!((told.outcome, told.reason.as_str()), (Outcome::Allow, "ok"));
                    let revision = answer.json()["revision"].as_str().unwrap().to_owned();
                    assert_eq!(told.revision, Some(Revision::parse(&revision).unwrap().number()));
                    assert_eq!(answer.header("revision"), revision);
                } else {
                    assert_eq!(told.outcome, Outcome::Deny);
                    assert_eq!(told.reason, answer.problem().code);
                }
            }
        }
    })
    .await;
}

/// However the JSON spells its texts and however long it is, the same signature comes of it.
#[tokio::test]
async fn escapes_and_length_of_the_json_change_no_signature() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        let one = S3::new("PUT", "/photos/2026/caf%C3%A9.png")
            .payload(UNSIGNED)
            .header("content-type", "image/png")
            .0;
        // Longer JSON than 256 KiB is parsed on another thread; `/v1/presign` takes none.
        let link = json!({ "method": "GET", "url": one.url });
        for (path, asked, kibibytes) in [
            ("/v1/sign", json!(one), 300),
            ("/v1/sign/batch", json!({ "items": [one, one] }), 300),
            ("/v1/presign", link.clone(), 30),
            ("/v1/presign/batch", json!({ "items": [link] }), 300),
        ] {
            let plain = asked.to_string();
            let escaped = plain.replace('/', "\\/").replace("image", "\\u0069mage");
            let long = format!("{plain}{}", " ".repeat(kibibytes * 1024));
            let expected = root.post(path, &asked).await;
            assert_eq!(expected.status, 200, "{path}: {}", expected.body);
            for spelled in [escaped, long] {
                let request = root.request(Method::POST, path);
                let request = request.header("content-type", "application/json").body(spelled);
                assert_eq!(root.send(request).await.body, expected.body, "{path}");
            }
        }
    })
    .await;
}

//! Signing: what the grants allow is signed, everything else is refused, and all of it is told.

use sail_cargo_client::protocol::{AuditEvent, AuditQuery, Outcome, Permission};
use serde_json::json;

use crate::harness::{Answer, EMPTY_SHA256, S3, TestApp, VIRTUAL_HOST, on_both};
use Permission::{Delete, Read, Write};

/// What an operation takes.
enum Takes {
    /// This permission on the bucket.
    Grant(Permission),
    /// Any permission on the bucket.
    Any,
    /// Write on the bucket, and read on the bucket of the source.
    Copy,
    /// The application itself.
    Root,
}

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const STREAMED: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
const PARTS: &str = "<CompleteMultipartUpload/>";
const KEYS: &str = "<Delete><Object><Key>a</Key></Object><Object><Key>b/c</Key></Object></Delete>";

/// What applications do every day, as their SDKs send it, and what each takes.
fn everyday() -> Vec<(&'static str, S3, Takes)> {
    let s3 = S3::new;
    let streamed = s3("PUT", "/photos/film.mp4")
        .payload(STREAMED)
        .header("content-encoding", "aws-chunked")
        .header("x-amz-decoded-content-length", "1048576")
        .header("x-amz-trailer", "x-amz-checksum-crc32");
    vec![
        ("ListObjects", s3("GET", "/photos?prefix=2026%2F&max-keys=10"), Takes::Grant(Read)),
        ("ListObjectsV2", s3("GET", "/photos?list-type=2&prefix=2026%2F"), Takes::Grant(Read)),
        (
            "ListObjectsV2",
            S3::to("GET", "https://photos.s3.example.com/?list-type=2"),
            Takes::Grant(Read),
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
        ("ListParts", s3("GET", "/photos/film?uploadId=u"), Takes::Grant(Write)),
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

/// Users who each hold one thing, and one who holds everything a grant can give.
async fn people(app: &TestApp) {
    app.register("photos").await;
    app.register("source").await;
    for (user, permission) in
        [("read", Read), ("write", Write), ("delete", Delete), ("admin", Permission::Admin)]
    {
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
            user == "all" || copies || json!(permission) == user
        }
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
            for user in ["nobody", "read", "write", "delete", "admin", "copy", "all"] {
                let answer = app.user(user).sign(&request).await;
                if may(user, &takes) {
                    assert_eq!(answer.status, 200, "{user}: {request:?}: {}", answer.body);
                    assert_eq!(answer.json()["operation"], operation);
                } else {
                    assert_eq!(answer.status, 403, "{user}: {request:?}: {}", answer.body);
                    assert_no_signature(app, &answer);
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
async fn a_refusal_says_which_permission_was_missing_and_where() {
    on_both(async |app| {
        people(app).await;
        let nobody = app.user("nobody");
        let put = nobody.sign(&S3::new("PUT", "/photos/a/b")).await.refused(403, "no_permission");
        assert_eq!(
            (put.required, put.detail.as_str()),
            (Some(Write), "no write permission on `photos/a/b`")
        );
        let copy = S3::new("PUT", "/photos/x").header("x-amz-copy-source", "source/y");
        let copy = app.user("write").sign(&copy).await.refused(403, "no_permission");
        assert_eq!(
            (copy.required, copy.detail.as_str()),
            (Some(Read), "no read permission on `source/y`")
        );
        nobody.sign(&S3::new("PUT", "/photos")).await.refused(403, "root_only");
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
        let neighbour = app.with_key(&app.make_project("neighbour", "main").await);
        let signed = app.root().signed(&create).await;
        assert_eq!(signed.operation, "CreateBucket");
        assert_eq!(app.root().get("/v1/buckets/fresh").await.status, 200);

        let refused = neighbour.sign(&create).await;
        refused.refused(403, "foreign_bucket");
        assert_no_signature(app, &refused);
        neighbour.get("/v1/buckets/fresh").await.refused(404, "not_found");
        app.root().signed(&create).await;
        let reserved = S3::new("PUT", "/minio");
        app.root().sign(&reserved).await.refused(403, "reserved_bucket");
    })
    .await;
}

#[tokio::test]
async fn a_shared_account_lists_its_buckets_to_nobody() {
    on_both(async |app| {
        let mut store = app.store();
        store.shared = true;
        app.operator().cargo.put_store("main", &store).await.unwrap();
        app.root().sign(&S3::new("GET", "/")).await.refused(403, "account_shared");
    })
    .await;
}

#[tokio::test]
async fn what_opens_a_bucket_behind_cargos_back_is_signed_only_if_opted_into() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        root.signed(&S3::new("PUT", "/photos?policy").body("{}")).await;
        root.sign(&S3::new("PUT", "/photos?acl").body("<x/>")).await.refused(403, "root_optin");
        let acl = S3::new("PUT", "/photos/x").header("x-amz-acl", "public-read");
        root.sign(&acl).await.refused(403, "header_optin");
        root.sign(&S3::new("GET", "/photos?session")).await.refused(403, "never");
    })
    .await;
}

/// Requests that are signed for nobody, and why.
fn nonsense() -> Vec<(S3, &'static str)> {
    let s3 = S3::new;
    vec![
        (S3::to("GET", "http://evil.example/photos/x"), "host"),
        (S3::to("GET", "http://s3.local:9000.evil.example/photos/x"), "host"),
        (S3::to("GET", "https://s3.local:9000/photos/x"), "scheme_or_userinfo"),
        (S3::to("GET", "http://me:pw@s3.local:9000/photos/x"), "scheme_or_userinfo"),
        (S3::to("GET", "/photos/x"), "scheme_or_userinfo"),
        (s3("GET", "/photos/x").header("host", "evil.example"), "host_header"),
        (s3("PATCH", "/photos/x"), "method"),
        (s3("get", "/photos/x"), "method"),
        (s3("GET", "/Photos/x"), "bucket"),
        (s3("GET", "/photos/../vault/x"), "dot_segment"),
        (s3("GET", "/photos/%2e%2e/vault/x"), "dot_segment"),
        (s3("GET", "/photos/%252e%252e%252fvault"), "double_encoded"),
        (s3("GET", "/photos/a%00b"), "control_char"),
        (s3("GET", "/photos/x?unknown=1"), "query_unknown"),
        (s3("GET", "/photos/x?acl&tagging"), "ambiguous_subresource"),
        (s3("GET", "/photos/x?X-Amz-Signature=1"), "query_auth_or_header"),
        (s3("PUT", "/photos/x?delete"), "unknown_operation"),
        (s3("GET", "/photos/x?x-id=PutObject"), "x_id_mismatch"),
        (s3("PUT", "/photos/x").header("x-amz-unheard-of", "1"), "header_unknown"),
        (s3("GET", "/photos/x").header("x-amz-security-token", "t"), "header_denied"),
        (s3("GET", "/photos/x").header("x-amz-copy-source", "vault/x"), "copy_source_on"),
        (s3("PUT", "/photos/x").header("x-amz-copy-source", "Vault/x"), "copy_source_bucket"),
        (s3("PUT", "/photos/x").header("a", "1").header("A", "2"), "header_duplicate"),
        (s3("GET", "/photos/x").hashed("a body"), "body_not_allowed"),
        (s3("PUT", "/photos/x").payload("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), "payload_hash"),
        (s3("PUT", "/photos/x").body("this").payload(EMPTY_SHA256), "body_mismatch"),
        (s3("POST", "/photos?delete").body("<Delete/>"), "delete_body"),
        (s3("POST", "/photos?delete"), "body_must_be_hashed"),
    ]
}

#[tokio::test]
async fn what_is_no_request_of_ours_is_refused_with_its_code_and_told() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Read, Write, Delete]).await;
        for actor in [app.root(), app.ada()] {
            for (request, code) in nonsense() {
                let answer = actor.sign(&request).await;
                assert_eq!(
                    (answer.status, answer.problem().code.as_str()),
                    (400, code),
                    "{request:?}"
                );
                assert_no_signature(app, &answer);
                let told = record(app, &answer).await;
                assert_eq!((told.outcome, told.reason.as_str()), (Outcome::Malformed, code));
            }
        }
    })
    .await;
}

/// The events of the request that `answer` answers: there is exactly one.
async fn record(app: &TestApp, answer: &Answer) -> AuditEvent {
    let query = AuditQuery { page_size: Some(10), ..AuditQuery::default() };
    let events = app.root().cargo.audit_events(&query).await.unwrap().items;
    let id = answer.header("x-request-id");
    let mut own = events.into_iter().filter(|event| event.request_id == id);
    let event = own.next().unwrap_or_else(|| panic!("no record of {id}: {}", answer.body));
    assert_eq!(own.next(), None, "recorded once");
    event
}

/// Nothing in `answer` could be put on a request.
fn assert_no_signature(app: &TestApp, answer: &Answer) {
    let store = app.store();
    for text in ["AWS4-HMAC-SHA256", "Signature=", &store.access_key_id] {
        assert!(!answer.body.contains(text), "{}", answer.body);
        assert!(!format!("{:?}", answer.headers).contains(text));
    }
}

#[tokio::test]
async fn every_decision_is_on_record_when_it_is_answered() {
    on_both(async |app| {
        people(app).await;
        for (operation, request, _) in everyday() {
            for (actor, name) in [(app.root(), "key:"), (app.user("nobody"), "user:nobody")] {
                let answer = actor.sign(&request).await;
                let told = record(app, &answer).await;
                assert!(told.actor.starts_with(name), "{}", told.actor);
                assert_eq!(told.action, format!("s3:{operation}"));
                if answer.status == 200 {
                    assert_eq!((told.outcome, told.reason.as_str()), (Outcome::Allow, "ok"));
                    let revision = answer.json()["revision"].as_str().unwrap().to_owned();
                    assert_eq!(told.revision.unwrap().to_string(), revision);
                } else {
                    assert_eq!(told.outcome, Outcome::Deny);
                    assert_eq!(told.reason, answer.problem().code);
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_and_told_too() {
    on_both(async |app| {
        app.register("photos").await;
        let mut request = S3::new("PUT", "/photos/x");
        for body in ["not base64!", "YQ", "YQ==\n"] {
            request.0.body = Some(body.to_owned());
            let answer = app.root().sign(&request).await;
            let problem = answer.refused(400, "invalid_request");
            assert_eq!(problem.errors[0].pointer, "/body");
            assert_eq!(record(app, &answer).await.outcome, Outcome::Malformed);
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_of_a_mebibyte_is_read_and_a_byte_more_is_not() {
    on_both(async |app| {
        app.register("photos").await;
        let put = |length: usize| S3::new("PUT", "/photos/x").body(&"x".repeat(length));
        app.root().signed(&put(1024 * 1024)).await;
        app.root().sign(&put(1024 * 1024 + 1)).await.refused(400, "invalid_request");
    })
    .await;
}

#[tokio::test]
async fn a_key_without_the_scope_signs_nothing_not_even_for_a_user() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Read]).await;
        let key = app.key([sail_cargo_client::protocol::Scope::GrantsRead]).await.key;
        let token = app.token("ada").signed_by(&crate::harness::KEYS[0]);
        let proof = crate::harness::Proof { token: Some(token), key: Some(key), project: None };
        let answer = app.actor(&proof).sign(&S3::new("GET", "/photos/x")).await;
        answer.refused(403, "scope_missing");
    })
    .await;
}

//! Input that is not understood is refused with a problem document that names what is wrong.

use bytes::Bytes;
use http_body::Frame;
use http_body_util::StreamBody;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{TestApp, TestResponse, on_both};

const GRANT: &str = "/v1/buckets/photos/grants/ada";

/// A PUT with a body of exactly these bytes.
async fn put_bytes(app: &TestApp, path: &str, body: impl Into<reqwest::Body>) -> TestResponse {
    let root = app.root();
    let request = root.request(Method::PUT, path).header("content-type", "application/json");
    root.send(request.body(body)).await
}

#[tokio::test]
async fn what_is_no_json_of_the_right_shape_is_named_by_a_pointer() {
    on_both(async |app| {
        for (body, pointer, word) in [
            ("", "", "EOF"),
            ("{", "", "EOF"),
            ("nonsense", "", "expected"),
            ("[]", "", "not a list"),
            (r#"[["read"],null,null,null]"#, "", "not a list"),
            ("null", "", "invalid type"),
            ("{}", "", "permissions"),
            (r#"{"permissions":["read"]} {}"#, "", "follows"),
            (r#"{"permissions":["read"],"permissions":["read"]}"#, "", "duplicate"),
            (r#"{"permissions":["read",7]}"#, "/permissions/1", "expected"),
            (r#"{"permissions":{"read":true}}"#, "/permissions", "sequence"),
            (r#"{"permissions":["read"],"expires_at":"soon"}"#, "/expires_at", "invalid"),
            (r#"{"permissions":["read"],"expires_at":1800000000}"#, "/expires_at", "string"),
            (r#"{"permissions":["read"],"a/b~c":1}"#, "/a~1b~0c", "unknown field"),
        ] {
            let problem = put_bytes(app, GRANT, body).await.refused(400, "invalid_request");
            assert_eq!(problem.errors.len(), 1, "{body}");
            assert_eq!(problem.errors[0].pointer, pointer, "{body}: {}", problem.detail);
            assert!(problem.detail.contains(word), "{body}: {}", problem.detail);
        }
    })
    .await;
}

#[tokio::test]
async fn no_body_takes_a_field_it_does_not_know() {
    on_both(async |app| {
        for (actor, method, path, mut body) in [
            (app.root(), Method::PUT, "/v1/buckets/photos", json!({})),
            (app.root(), Method::PUT, GRANT, json!({ "permissions": ["read"] })),
            (app.root(), Method::POST, "/v1/api-keys", json!({ "name": "x" })),
            (app.root(), Method::POST, "/v1/access-keys", json!({ "name": "x" })),
            (app.root(), Method::POST, "/v1/sign", json!({ "method": "GET", "url": "x" })),
            (
                app.operator(),
                Method::POST,
                "/v1/projects",
                json!({ "slug": "x1", "store": "main" }),
            ),
            (app.operator(), Method::PUT, "/v1/stores/main", json!(app.store())),
        ] {
            body["surprise"] = Value::Null;
            let request = actor.request(method, path).json(&body);
            let problem = actor.send(request).await.refused(400, "invalid_request");
            assert!(problem.detail.contains("`surprise`"), "{path}: {}", problem.detail);
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_that_is_too_long_is_not_read() {
    on_both(async |app| {
        let blanks = |length: usize| " ".repeat(length);
        put_bytes(app, GRANT, blanks(65_537)).await.refused(413, "body_too_large");
        put_bytes(app, GRANT, blanks(65_536)).await.refused(400, "invalid_request");

        let chunk = || Ok::<_, std::io::Error>(Frame::data(Bytes::from(" ".repeat(8192))));
        let chunks = StreamBody::new(futures_util::stream::iter((0..9).map(move |_| chunk())));
        put_bytes(app, GRANT, reqwest::Body::wrap(chunks)).await.refused(413, "body_too_large");

        let root = app.root();
        let sign =
            root.request(Method::POST, "/v1/sign").header("content-type", "application/json");
        root.send(sign.body(blanks(2 * 1024 * 1024 + 1))).await.refused(413, "body_too_large");
    })
    .await;
}

#[tokio::test]
async fn a_body_says_that_it_is_json() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        let put = |kind: Option<&str>| {
            let request = root.request(Method::PUT, GRANT).body(r#"{"permissions":["read"]}"#);
            match kind {
                Some(kind) => request.header("content-type", kind),
                None => request,
            }
        };
        for kind in [
            None,
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
            Some("application/jsonx"),
        ] {
            root.send(put(kind)).await.refused(415, "unsupported_media_type");
        }
        for kind in ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"] {
            assert_eq!(root.send(put(Some(kind))).await.status, 200, "{kind}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_method_that_is_not_known_is_answered_with_those_that_are() {
    on_both(async |app| {
        for (method, path, allowed) in [
            (Method::GET, "/v1/sign", "POST"),
            (Method::POST, "/v1/whoami", "GET"),
            (Method::POST, "/v1/buckets/photos", "GET, PUT, PATCH, DELETE"),
            (Method::DELETE, "/v1/api-keys", "GET, POST"),
            (Method::PUT, "/v1/access-keys", "GET, POST, DELETE"),
            (Method::POST, "/livez", "GET"),
            (Method::OPTIONS, "/v1/sign", "POST"),
            (Method::TRACE, "/v1/whoami", "GET"),
        ] {
            let anon = app.anon();
            let answer = anon.send(anon.request(method.clone(), path)).await;
            answer.refused(405, "method_not_allowed");
            assert_eq!(answer.header("allow"), allowed, "{method} {path}");
        }
    })
    .await;
}

#[tokio::test]
async fn there_is_nothing_at_an_unknown_path() {
    on_both(async |app| {
        for path in [
            "/",
            "/v1",
            "/v1/",
            "/v1/whoami/",
            "/v2/whoami",
            "/V1/whoami",
            "//v1/whoami",
            "/v1/buckets/",
            "/v1/buckets/photos/x",
            "/metrics",
            "/v1/%77hoami2",
        ] {
            app.anon().get(path).await.refused(404, "no_such_route");
        }
    })
    .await;
}

#[tokio::test]
async fn bytes_that_are_no_text_are_no_name() {
    on_both(async |app| {
        for path in ["/v1/buckets/%ff", "/v1/buckets/%", "/v1/buckets/photos/grants/%ff%fe"] {
            let problem = app.root().get(path).await.problem();
            assert!(matches!(problem.status, 400 | 404), "{path}: {problem:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_has_a_size_that_is_one() {
    on_both(async |app| {
        app.register("photos").await;
        for listing in ["/v1/buckets", "/v1/buckets/photos/grants", "/v1/audit-events"] {
            for (query, pointer) in [
                ("page_size=0", "page_size"),
                ("page_size=1001", "page_size"),
                ("page_size=-1", "query"),
                ("page_size=ten", "query"),
                ("page_token=x", "page_token"),
                ("page_token=bnVsbA", "page_token"),
                ("page=2", "query"),
                ("page_size=1&page_size=2", "query"),
            ] {
                let answer = app.root().get(&format!("{listing}?{query}")).await;
                let problem = answer.refused(400, "invalid_request");
                assert_eq!(problem.errors[0].pointer, pointer, "{listing}?{query}");
            }
            assert_eq!(app.root().get(&format!("{listing}?page_size=1000")).await.status, 200);
        }
    })
    .await;
}

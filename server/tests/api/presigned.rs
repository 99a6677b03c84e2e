//! Presigned URLs: the requests they may contain, and the reasons given when one is refused.

use sail_cargo_client::protocol::{Permission, PresignRequest, PresignResponse};
use serde_json::json;

use crate::harness::{ENDPOINT, on_both};

fn ask(method: &str, path: &str, headers: &[(&str, &str)]) -> PresignRequest {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    PresignRequest {
        method: method.to_owned(),
        url: format!("{ENDPOINT}{path}"),
        headers: headers.collect(),
        payload: None,
        expires_in: None,
    }
}

#[tokio::test]
async fn a_url_answers_with_types_that_no_browser_runs_unless_the_application_opted_in() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        let get = |kind: &str| ask("GET", &format!("/photos/x?response-content-type={kind}"), &[]);
        for kind in ["text%2Fplain%3B%20charset%3Dutf-8", "application%2Fpdf", "image%2Fpng"] {
            assert_eq!(app.ada().post("/v1/presign", &get(kind)).await.status, 200, "{kind}");
        }
        let active =
            ["text%2Fhtml", "image%2Fsvg%2Bxml", "text%2Fcss", "x%2Fy", "text%2Fplain%2Cx"];
        for kind in active {
            for actor in [app.ada(), app.root()] {
                let problem =
                    actor.post("/v1/presign", &get(kind)).await.refused(400, "active_content");
                assert!(problem.detail.contains("root_extra names GetObject"), "{kind}");
            }
        }
        let (operator, project) = (app.operator(), json!({ "root_extra": ["GetObject"] }));
        let patch = operator.request(reqwest::Method::PATCH, "/v1/projects/sail").json(&project);
        assert_eq!(operator.send(patch).await.status, 200);
        for kind in active {
            assert_eq!(app.root().post("/v1/presign", &get(kind)).await.status, 200, "{kind}");
            app.ada().post("/v1/presign", &get(kind)).await.refused(400, "active_content");
        }
    })
    .await;
}

#[tokio::test]
async fn an_operation_that_never_becomes_a_url_is_said_at_once() {
    on_both(async |app| {
        app.register("photos").await;
        for (method, path, operation) in [
            ("POST", "/photos/x?uploadId=u1", "CompleteMultipartUpload"),
            ("POST", "/photos/x?uploads", "CreateMultipartUpload"),
            ("DELETE", "/photos/x?uploadId=u1", "AbortMultipartUpload"),
            ("POST", "/photos?delete", "DeleteObjects"),
            ("PUT", "/photos/x?tagging", "PutObjectTagging"),
            ("POST", "/photos/x?select&select-type=2", "SelectObjectContent"),
            ("DELETE", "/photos/x", "DeleteObject"),
            ("GET", "/photos?list-type=2", "ListObjectsV2"),
        ] {
            // The operation is refused first, whatever else is wrong with the request.
            let asked = ask(method, path, &[("x-amz-nonsense", "1")]);
            let problem = app.root().post("/v1/presign", &asked).await.refused(400, "presign_op");
            assert!(problem.detail.starts_with(&format!("{operation} cannot be presigned")));
        }
    })
    .await;
}

#[tokio::test]
async fn headers_that_are_not_in_a_url_are_named() {
    on_both(async |app| {
        app.register("photos").await;
        let headers = [
            ("X-Amz-Checksum-Mode", "ENABLED"),
            ("x-amz-user-agent", "aws-sdk-js"),
            ("range", "bytes=0-9"),
            ("Origin", "https://app.example.com"),
            ("host", "s3.local:9000"),
        ];
        let made: PresignResponse =
            app.root().post("/v1/presign", &ask("GET", "/photos/x", &headers)).await.ok();
        assert_eq!(made.dropped_headers, ["x-amz-checksum-mode", "x-amz-user-agent", "origin"]);
        assert_eq!(made.headers.keys().collect::<Vec<_>>(), ["range"]);
        let bare = app.root().post("/v1/presign", &ask("GET", "/photos/x", &[])).await.json();
        assert!(bare.get("dropped_headers").is_none(), "{bare}");
    })
    .await;
}

//! Values in queries: those that storages hand out are signed, and none leads to another place.

use sail_cargo_client::protocol::Permission::{Delete, Read, Write};

use crate::harness::{S3, on_both};

/// Requests that must not be signed for any storage, and the codes of their refusals.
const REFUSED: &[(&str, &str, &str)] = &[
    ("DELETE", "/photos/x?versionId=..", "query_value"),
    ("DELETE", "/photos/x?versionId=x%2F..%2F..%2Fvault%2Fsecret", "query_value"),
    ("DELETE", "/photos/x?versionId=", "query_value"),
    ("DELETE", "/photos/x?versionId", "query_value"),
    ("GET", "/photos/x?versionId=a%20b", "query_value"),
    ("GET", "/photos/x?versionId=a%252Fb", "query_value"),
    ("GET", "/photos/x?versionId=a/b", "query_value_syntax"),
    ("GET", "/photos/x?versionId=a+b", "query_value_syntax"),
    ("GET", "/photos/x?versionId=%3Cx%3E", "query_value"),
    ("DELETE", "/photos/x?uploadId=86f7e437%2F..%2F..%2Fvault", "query_value"),
    ("PUT", "/photos/x?partNumber=1&uploadId=a%5C..%5Cb", "query_value"),
    ("GET", "/photos?versions&key-marker=a&version-id-marker=..", "query_value"),
    ("GET", "/photos?versions&key-marker=a%2F..%2Fb", "dot_segment"),
    ("GET", "/photos?uploads&upload-id-marker=a%20b", "query_value"),
    ("GET", "/photos?marker=..%2Fvault%2Fsecret", "dot_segment"),
    ("GET", "/photos?marker=%252e%252e%252fvault", "double_encoded"),
    ("GET", "/photos?list-type=2&start-after=a%5C..%5Cb", "dot_segment"),
    ("GET", "/photos?list-type=2&continuation-token=a%2F..%2F..%2Fvault", "query_value"),
    ("GET", "/photos?list-type=2&continuation-token=..%252Fvault", "query_value"),
    ("GET", "/photos?list-type=2&continuation-token=a%09b", "control_char"),
    ("GET", "/photos?list-type=2&prefix=..", "dot_segment"),
    ("GET", "/photos?list-type=2&prefix=team%2F..", "dot_segment"),
    ("GET", "/photos?prefix=team%5C..", "dot_segment"),
    ("GET", "/photos?versions&prefix=team%2F%252e", "double_encoded"),
    ("GET", "/photos?uploads&prefix=team%2F..%2F", "dot_segment"),
    ("GET", "/photos?delimiter=%2F..%2F", "query_value"),
    ("GET", "/photos?max-keys=-1", "query_value"),
    ("GET", "/photos?max-keys=", "query_value"),
    ("GET", "/photos?max-keys=99999999999", "query_value"),
    ("GET", "/photos?uploads&max-uploads=1e3", "query_value"),
    ("GET", "/photos/x?uploadId=u&max-parts=%2B1", "query_value"),
    ("GET", "/photos/x?uploadId=u&part-number-marker=x", "query_value"),
    ("GET", "/photos/x?partNumber=0", "part_number"),
    ("GET", "/photos?encoding-type=base64", "query_value"),
    ("GET", "/photos?list-type=2&fetch-owner=yes", "query_value"),
    ("GET", "/photos/x?response-content-type=", "query_value"),
    ("GET", "/photos/x?annotation&annotationName=a%2F..%2Fb", "query_value"),
    ("GET", "/photos/x?annotation&annotation-prefix=..", "query_value"),
];

/// Values that storages hand out, as clients send them back.
const SIGNED: &[&str] = &[
    "/photos/x?versionId=null",
    "/photos/x?versionId=3%2FL4kqtJlcpXroDTDmJ%2BrmSpXd3dIbrHY%2BMTRCxf3vjVBH40Nr8X8gdRQBpUMLUo",
    "/photos/x?uploadId=2~Q7zNV8pZ0c3a1Xk2yTn5bW9dLrSgUeH&max-parts=1000&part-number-marker=0",
    "/photos?versions&key-marker=&version-id-marker=&max-keys=0",
    "/photos?versions&key-marker=a%20b%2F%C3%BC&version-id-marker=null&encoding-type=url",
    "/photos?uploads&key-marker=a%2F&upload-id-marker=include",
    "/photos?marker=a%26b%3Dc~&delimiter=%2F&prefix=",
    "/photos?marker=a%2F%5Bminio_cache%3Av2%2Creturn%3A%5D&delimiter=",
    "/photos?marker=%2F&delimiter=%2F",
    "/photos?list-type=2&prefix=.&delimiter=.",
    "/photos?list-type=2&prefix=team%2F.&start-after=team%2F..0",
    "/photos?list-type=2&continuation-token=1ueGcxLPRx1Tr%2FXYExHnhbYLgveDs2J%2Fwm36Hy4vbOwM%3D",
    "/photos?list-type=2&continuation-token=%5DYSBiL8O8LnR4dA%3D%3D",
    "/photos?list-type=2&continuation-token=dir%2520one%252F%25C3%25BC&fetch-owner=true",
    "/photos?list-type=2&continuation-token=%C3%BCn%C3%AF%2F%E6%97%A5%F0%9F%98%80",
    "/photos/x?response-content-disposition=attachment%3B%20filename%3D%22%C3%BC.pdf%22",
    "/photos/x?response-expires=Thu%2C%2001%20Dec%202026%2016%3A00%3A00%20GMT",
];

#[tokio::test]
async fn a_value_that_its_key_cannot_have_is_signed_for_nobody() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Read, Write, Delete]).await;
        for actor in [app.root(), app.ada()] {
            for (method, path, code) in REFUSED {
                let answer = actor.sign(&S3::new(method, path)).await;
                assert_eq!(answer.status, 400, "{method} {path}");
                assert_eq!(answer.problem().code, *code, "{method} {path}");
                answer.holds_no_signature();
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_storages_hand_out_is_signed_when_it_comes_back() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Read, Write, Delete]).await;
        for path in SIGNED {
            let signed = app.ada().signed(&S3::new("GET", path)).await;
            assert!(signed.url.ends_with(path), "{} for {path}", signed.url);
        }
    })
    .await;
}

#[tokio::test]
async fn a_version_is_an_id_in_a_body_and_in_a_copy_source_too() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Read, Write, Delete]).await;
        let delete = |version: &str| {
            let object = format!("<Key>x</Key><VersionId>{version}</VersionId>");
            let body = format!("<Delete><Object>{object}</Object></Delete>");
            S3::new("POST", "/photos?delete").body(&body)
        };
        let copy = |version: &str| {
            let source = format!("photos/x?versionId={version}");
            S3::new("PUT", "/photos/y").header("x-amz-copy-source", &source)
        };
        let ada = app.ada();
        ada.signed(&delete("3/L4kq+tJ=")).await;
        ada.signed(&copy("3%2FL4kq%2BtJ%3D")).await;
        for (request, code) in [
            (delete("x/../../vault/secret"), "delete_body"),
            (delete("a b"), "delete_body"),
            (delete(""), "delete_body"),
            (copy("x%2F..%2F..%2Fvault%2Fsecret"), "copy_source_query"),
            (copy("3/L4kq"), "copy_source_query"),
            (copy("a%20b"), "copy_source_query"),
        ] {
            ada.sign(&request).await.refused(400, code);
        }
    })
    .await;
}

use super::*;

#[tokio::test]
async fn a_presigned_url_works_as_signed_and_no_further() {
    let root = tempfile::tempdir().unwrap();
    let (storage, s3) = start_filled(&root).await;
    let minute = PresigningConfig::expires_in(Duration::from_mins(1)).unwrap();
    let put = s3.put_object().bucket("inbox").key("x").presigned(minute).await.unwrap();
    let target = put.uri().split_once(&storage.address().to_string()).unwrap().1;
    let host = header("host", &storage.address().to_string());
    let injected = [host.clone(), header("x-amz-copy-source", "vault/secret")];
    let answer = send(&storage, "PUT", target, &injected, "").await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert_eq!(keys(&s3, "inbox").await, [""; 0]);
    let answer = send(&storage, "PUT", target, &[host], "hi").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(get(&s3, "inbox", "x").await, b"hi");
}

#[tokio::test]
async fn a_header_added_after_signing_copies_nothing() {
    let root = tempfile::tempdir().unwrap();
    let (storage, s3) = start_filled(&root).await;
    let target = "/inbox/x";
    let mut headers = signed(&storage, "PUT", target, &[], "UNSIGNED-PAYLOAD");
    let answer = send(&storage, "PUT", target, &headers, "mine").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    headers.push(header("x-amz-copy-source", "vault/secret"));
    let answer = send(&storage, "PUT", target, &headers, "").await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(answer.contains("<Code>AccessDenied</Code>"), "{answer}");
    assert!(answer.contains("<HeadersNotSigned>x-amz-copy-source</HeadersNotSigned>"), "{answer}");
    assert_eq!(get(&s3, "inbox", "x").await, b"mine");
}

#[tokio::test]
async fn a_signed_request_stays_in_its_bucket() {
    let root = tempfile::tempdir().unwrap();
    let (storage, s3) = start_filled(&root).await;
    for target in ["/inbox/../vault/secret", "/inbox/%2e%2e/vault/secret", "/inbox//x"] {
        let headers = signed(&storage, "GET", target, &[], "UNSIGNED-PAYLOAD");
        let answer = send(&storage, "GET", target, &headers, "").await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{target}: {answer}");
    }
    let source = [("x-amz-copy-source", "inbox/../vault/secret")];
    let headers = signed(&storage, "PUT", "/inbox/x", &source, "UNSIGNED-PAYLOAD");
    let answer = send(&storage, "PUT", "/inbox/x", &headers, "").await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    let one = ObjectIdentifier::builder().key("../vault/secret").build().unwrap();
    let delete = Delete::builder().objects(one).build().unwrap();
    let refused = s3.delete_objects().bucket("inbox").delete(delete).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("InvalidURI"));
    assert_eq!(get(&s3, "vault", "secret").await, b"secret");
}

#[tokio::test]
async fn a_wrong_secret_or_region_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let (storage, _) = start_filled(&root).await;
    let eve = client_with(&storage, "guess", REGION);
    let refused = eve.get_object().bucket("vault").key("secret").send().await.unwrap_err();
    assert_eq!(refused.code(), Some("SignatureDoesNotMatch"));
    assert_eq!(refused.raw_response().unwrap().status().as_u16(), 403);
    let lost = client_with(&storage, SECRET, "eu-west-1");
    let refused = lost.get_object().bucket("vault").key("secret").send().await.unwrap_err();
    assert_eq!(refused.code(), Some("AuthorizationHeaderMalformed"));
}

#[tokio::test]
async fn who_sends_much_in_vain_gets_to_know_why() {
    let root = tempfile::tempdir().unwrap();
    let storage = start(&root).await;
    let body = "x".repeat(900_000);
    let answer = send(&storage, "PUT", "/inbox/x", &[header("host", "localhost")], &body).await;
    assert!(answer.contains("anonymous requests are not allowed"), "{answer}");
}

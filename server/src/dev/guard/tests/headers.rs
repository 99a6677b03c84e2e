use super::*;

#[test]
fn whatever_was_not_signed_is_refused() {
    let get = Sample::header_signed;
    let url = Sample::presigned;
    let put = || get().method(Method::PUT);
    hold([
        ("copy source", put().with("x-amz-copy-source", "vault/secret"), "AccessDenied"),
        ("ACL", put().with("x-amz-acl", "public-read"), "AccessDenied"),
        ("tagging", put().with("x-amz-tagging", "a=b"), "AccessDenied"),
        ("metadata", put().with("x-amz-meta-who", "eve"), "AccessDenied"),
        ("a date", get().signed("host;x-amz-content-sha256"), "AccessDenied"),
        ("a host", get().signed("x-amz-content-sha256;x-amz-date"), "AccessDenied"),
        ("no hash", get().without("x-amz-content-sha256"), "InvalidRequest"),
        ("no date", get().without("x-amz-date"), "AccessDenied"),
        ("nobody", get().without("authorization"), "AccessDenied"),
        ("a presigned copy", url().with("x-amz-copy-source", "vault/secret"), "AccessDenied"),
        ("a presigned hash", url().with("x-amz-content-sha256", EMPTY), "InvalidArgument"),
        (
            "a presigned host",
            url().replace("=host&", "=x-amz-meta-who&").with("x-amz-meta-who", "a"),
            "AccessDenied",
        ),
        (
            "a form",
            put().method(Method::POST).with("content-type", "Multipart/Form-Data; boundary=x"),
            "AccessDenied",
        ),
        (
            "another form",
            put().method(Method::POST).with("content-type", "application/x-www-form-urlencoded"),
            "AccessDenied",
        ),
    ]);
}

#[test]
fn headers_with_two_readings_are_refused() {
    let get = Sample::header_signed;
    hold([
        ("two hosts", get().also("host", "other"), "InvalidArgument"),
        ("two dates", get().also("x-amz-date", "20261122T101112Z"), "InvalidArgument"),
        ("two signatures", get().also("authorization", "x"), "InvalidArgument"),
        (
            "two sources",
            get().signed_with("x-amz-meta-a", "1").also("x-amz-meta-a", "2"),
            "InvalidArgument",
        ),
        ("an underscore", get().with("x_amz_copy_source", "vault/secret"), "InvalidArgument"),
        ("a signed underscore", get().signed_with("x-amz-meta-a_b", "1"), "InvalidArgument"),
        ("a forwarded prefix", get().with("x-forwarded-prefix", "/photos"), "InvalidArgument"),
        ("a forwarded host", get().with("x-forwarded-host", "photos.s3"), "InvalidArgument"),
        ("forwarded", get().with("forwarded", "host=photos.s3"), "InvalidArgument"),
        ("a forced delete", get().with("x-minio-force-delete", "true"), "InvalidArgument"),
        ("a session", get().signed_with("x-amz-security-token", "x"), "InvalidToken"),
        ("a sneaky source", get().signed_with("x-amz-rename-source", "a/../b"), "InvalidURI"),
    ]);
    let mut latin = get().signed_with("x-amz-meta-who", "eve");
    latin.headers.insert("x-amz-meta-who", HeaderValue::from_bytes(b"\xe9").unwrap());
    hold([("not ASCII", latin, "InvalidArgument")]);
}

#[test]
fn other_payloads_are_refused() {
    let put = |hash| Sample::header_signed().with("x-amz-content-sha256", hash);
    let streaming = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
    hold([
        ("signed chunks", put(streaming), "NotImplemented"),
        ("upper case", put(EMPTY.to_uppercase().as_str()), "InvalidArgument"),
        ("too short", put(&EMPTY[1..]), "InvalidArgument"),
        ("lower-case word", put("unsigned-payload"), "InvalidArgument"),
        ("base64", put("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), "InvalidArgument"),
        ("empty", put(""), "InvalidArgument"),
    ]);
}

use super::*;

#[test]
fn what_sdks_send_passes() {
    let get = Sample::header_signed;
    let url = Sample::presigned;
    let hash = "=300&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD";
    let put = || get().method(Method::PUT).at("/photos/cat.png");
    hold([
        ("a GET", get(), "ok"),
        ("an account", get().at("/?x-id=ListBuckets"), "ok"),
        ("a bucket", get().method(Method::HEAD).at("/photos/"), "ok"),
        ("a listing", get().at("/photos?list-type=2&prefix=a%2Fb&delimiter=%2F"), "ok"),
        ("a bare marker", get().method(Method::POST).at("/photos/big?uploads"), "ok"),
        ("DeleteBucket", get().method(Method::DELETE).at("/photos"), "ok"),
        ("no payload hash", put().with("x-amz-content-sha256", "UNSIGNED-PAYLOAD"), "ok"),
        (
            "a trailer",
            put().with("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            "ok",
        ),
        ("signed metadata", put().signed_with("x-amz-meta-who", "ada"), "ok"),
        (
            "a signed copy",
            put()
                .with("x-amz-copy-source", "photos/dog.png")
                .signed("host;x-amz-content-sha256;x-amz-copy-source;x-amz-date"),
            "ok",
        ),
        (
            "unsigned other headers",
            put().with("user-agent", "sdk").with("amz-sdk-request", "1"),
            "ok",
        ),
        (
            "no spaces",
            get().authorization(&format!(
                "AWS4-HMAC-SHA256 Credential={CREDENTIAL},SignedHeaders={NAMES},Signature=00"
            )),
            "ok",
        ),
        ("a slow clock", get().later(TimeDelta::minutes(15)), "ok"),
        ("a fast clock", get().later(TimeDelta::minutes(-15)), "ok"),
        ("a presigned GET", url(), "ok"),
        ("its last second", url().later(TimeDelta::seconds(300)), "ok"),
        ("the longest life", url().replace("Expires=300", "Expires=604800"), "ok"),
        ("a week later", url().replace("=300", "=604800").later(TimeDelta::days(7)), "ok"),
        ("a hash in the query", url().replace("=300", hash), "ok"),
        (
            "a signed header",
            url().replace("=host&", "=host%3Bx-amz-meta-who&").with("x-amz-meta-who", "ada"),
            "ok",
        ),
    ]);
}

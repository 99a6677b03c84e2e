use super::*;

#[test]
fn what_sdks_send_passes() {
    let get = Sample::header_signed;
    let url = Sample::presigned;
    let hash = "=300&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD";
    let put = || get().method(Method::PUT).at("/photos/cat.png");
    hold([
        ("a GET", get(), PASSES),
        ("an account", get().at("/?x-id=ListBuckets"), PASSES),
        ("a bucket", get().method(Method::HEAD).at("/photos/"), PASSES),
        ("a listing", get().at("/photos?list-type=2&prefix=a%2Fb&delimiter=%2F"), PASSES),
        ("a bare marker", get().method(Method::POST).at("/photos/big?uploads"), PASSES),
        ("DeleteBucket", get().method(Method::DELETE).at("/photos"), PASSES),
        ("no payload hash", put().with("x-amz-content-sha256", "UNSIGNED-PAYLOAD"), PASSES),
        (
            "a trailer",
            put()
                .with("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
                .with("x-amz-decoded-content-length", "5")
                .signed("host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length"),
            PASSES,
        ),
        ("a hash that is only declared", get().signed("host;x-amz-date"), PASSES),
        ("signed metadata", put().signed_with("x-amz-meta-who", "ada"), PASSES),
        (
            "a signed copy",
            put()
                .with("x-amz-copy-source", "photos/dog.png")
                .signed("host;x-amz-content-sha256;x-amz-copy-source;x-amz-date"),
            PASSES,
        ),
        (
            "unsigned other headers",
            put().with("user-agent", "sdk").with("amz-sdk-request", "1"),
            PASSES,
        ),
        (
            "no spaces",
            get().authorization(&format!(
                "AWS4-HMAC-SHA256 Credential={CREDENTIAL},SignedHeaders={NAMES},Signature=00"
            )),
            PASSES,
        ),
        ("a slow clock", get().later(TimeDelta::minutes(15)), PASSES),
        ("a fast clock", get().later(TimeDelta::minutes(-15)), PASSES),
        ("a presigned GET", url(), PASSES),
        ("its last second", url().later(TimeDelta::seconds(300)), PASSES),
        ("the longest life", url().replace("Expires=300", "Expires=604800"), PASSES),
        ("a week later", url().replace("=300", "=604800").later(TimeDelta::days(7)), PASSES),
        ("a hash in the query", url().replace("=300", hash), PASSES),
        (
            "a signed header",
            url().replace("=host&", "=host%3Bx-amz-meta-who&").with("x-amz-meta-who", "ada"),
            PASSES,
        ),
    ]);
}

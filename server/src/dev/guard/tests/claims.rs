use super::*;

#[test]
fn other_signatures_are_refused() {
    let get = Sample::header_signed;
    let scoped = |credential: &str| {
        get().authorization(&format!(
            "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={NAMES}, Signature=00"
        ))
    };
    let malformed = "AuthorizationHeaderMalformed";
    hold([
        ("SigV2", get().authorization("AWS AKID:c2ln"), "InvalidRequest"),
        ("SigV4A", get().authorization("AWS4-ECDSA-P256-SHA256 Credential=x"), "InvalidRequest"),
        ("a bearer", get().authorization("Bearer x"), "AccessDenied"),
        (
            "SigV2 in the query",
            get().at("/photos/x?AWSAccessKeyId=a&Signature=b&Expires=1").without("authorization"),
            "InvalidRequest",
        ),
        ("other case", get().at("/photos/x?signature=b"), "InvalidArgument"),
        (
            "both",
            Sample::presigned().signed(NAMES).with("x-amz-date", "20261122T101112Z"),
            "InvalidArgument",
        ),
        ("a hoisted header", get().at("/photos/x?x-amz-acl=public-read"), "InvalidArgument"),
        ("in any case", get().at("/photos/x?X-AMZ-Copy-Source=vault%2Fsecret"), "InvalidArgument"),
        ("escaped name", get().at("/photos/x?%58-Amz-Signature=0"), "InvalidArgument"),
        ("another region", scoped("AKID/20261122/eu-west-1/s3/aws4_request"), malformed),
        ("another service", scoped("AKID/20261122/us-east-1/sts/aws4_request"), malformed),
        ("a short scope", scoped("AKID/20261122/us-east-1/s3"), malformed),
        ("another key", scoped("AK/ID/20261122/us-east-1/s3/aws4_request"), "InvalidAccessKeyId"),
        ("nobody's key", scoped("/20261122/us-east-1/s3/aws4_request"), malformed),
        ("nothing", get().authorization("AWS4-HMAC-SHA256"), malformed),
        ("unordered names", get().signed("host;x-amz-date;x-amz-content-sha256"), malformed),
        ("repeated names", get().signed(&format!("host;{NAMES}")), malformed),
        ("spaces in names", get().signed("host ;x-amz-content-sha256;x-amz-date"), malformed),
        ("upper-case names", get().signed("Host;x-amz-content-sha256;x-amz-date"), malformed),
        ("no names", get().signed(""), malformed),
    ]);
}

#[test]
fn other_times_are_refused() {
    let get = Sample::header_signed;
    let url = Sample::presigned;
    let malformed = "AuthorizationQueryParametersError";
    hold([
        ("stale", get().later(TimeDelta::seconds(901)), "RequestTimeTooSkewed"),
        ("early", get().later(TimeDelta::seconds(-901)), "RequestTimeTooSkewed"),
        ("not a date", get().with("x-amz-date", "Sun, 22 Nov 2026"), "AccessDenied"),
        ("no such day", get().with("x-amz-date", "20261131T101112Z"), "AccessDenied"),
        ("expired", url().later(TimeDelta::seconds(301)), "AccessDenied"),
        ("from the future", url().later(TimeDelta::seconds(-901)), "AccessDenied"),
        (
            "a second too late",
            url().replace("Expires=300", "Expires=0").later(TimeDelta::seconds(1)),
            "AccessDenied",
        ),
        ("too long", url().replace("Expires=300", "Expires=604801"), malformed),
        ("a sign", url().replace("Expires=300", "Expires=+300"), malformed),
        ("a unit", url().replace("Expires=300", "Expires=300s"), malformed),
        ("no end", url().replace("&X-Amz-Expires=300", ""), malformed),
    ]);
}

#[test]
fn other_queries_are_refused() {
    let url = Sample::presigned;
    let malformed = "AuthorizationQueryParametersError";
    hold([
        ("only a signature", url().at("/photos/x?X-Amz-Signature=00"), malformed),
        (
            "two dates",
            url().replace("&X-Amz-Exp", "&X-Amz-Date=20261122T101112Z&X-Amz-Exp"),
            malformed,
        ),
        ("other case", url().replace("X-Amz-Expires", "x-amz-expires"), malformed),
        ("a hoisted header", url().replace("=300", "=300&x-amz-meta-a=b"), "InvalidArgument"),
        ("no hash", url().replace("=300", "=300&X-Amz-Content-Sha256=abc"), "InvalidArgument"),
        (
            "a hash",
            url().replace("=300", &format!("=300&X-Amz-Content-Sha256={EMPTY}")),
            "InvalidArgument",
        ),
        ("a session", url().replace("=300", "=300&X-Amz-Security-Token=x"), "InvalidToken"),
        ("another algorithm", url().replace("AWS4-HMAC", "AWS4-ECDSA-P256"), "InvalidRequest"),
        ("another region", url().replace("us-east-1", "eu-west-1"), malformed),
        ("another service", url().replace("%2Fs3%2F", "%2Fsts%2F"), malformed),
        ("a bad escape", url().replace("=300", "=300&prefix=%zz"), "InvalidURI"),
    ]);
}

#[test]
fn other_targets_are_refused() {
    let get = Sample::header_signed;
    hold([
        ("PATCH", get().method(Method::PATCH), "MethodNotAllowed"),
        ("CONNECT", get().method(Method::CONNECT), "MethodNotAllowed"),
        ("a proxy's form", get().at("http://127.0.0.1/photos/x"), "InvalidURI"),
        ("a server-wide form", get().at("*"), "InvalidURI"),
        ("a dot segment", get().at("/photos/../vault/secret"), "InvalidURI"),
        ("an encoded one", get().at("/photos/%2e%2E/vault/secret"), "InvalidURI"),
        ("a doubled slash", get().at("/photos//x"), "InvalidURI"),
        ("a control character", get().at("/photos/a%00"), "InvalidURI"),
    ]);
}

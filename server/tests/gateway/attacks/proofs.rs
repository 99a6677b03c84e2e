//! Who asks: each way to prove it, and each way to fail.

use chrono::TimeDelta;
use sail_cargo_client::protocol::{AccessKeyStatus, PatchAccessKey, Permission};

use crate::gateway_stack::{BUCKET, GatewayStack};
use crate::raw::{Answer, Signer, Wire, wall_clock};

const OBJECT: &str = "/photos/a/x";

/// A request, its name, and how it is refused.
type Row = (&'static str, Wire, u16, &'static str);

/// A stack with an object that ada may read, and her key.
async fn furnished() -> (GatewayStack, Signer) {
    let test = GatewayStack::start().await;
    test.grant("ada", "", &[Permission::Read, Permission::Write]).await;
    let ada = test.signer_of(Some("ada")).await;
    let put = test.send(&ada.put(OBJECT, b"content").signed()).await;
    assert_eq!(put.status, 200, "{}", put.text());
    (test, ada)
}

/// Sends each request: none reaches the storage.
async fn refused(test: &GatewayStack, rows: Vec<Row>) {
    let before = test.stack.storage_requests();
    for (name, wire, status, code) in rows {
        let answer = test.send(&wire).await;
        assert_eq!(answer.said(), (status, code.to_owned()), "{name}: {}", answer.text());
        let id = answer.header("x-amz-request-id").unwrap_or_default();
        assert_eq!(answer.element("RequestId"), id, "{name}");
    }
    assert_eq!(test.stack.storage_requests(), before, "a refused request reached the storage");
}

#[tokio::test]
async fn g1_a_request_proves_itself_in_exactly_one_way() {
    let (test, ada) = furnished().await;
    let get = || ada.ask("GET", OBJECT);
    let url = || ada.bare("GET", OBJECT).presigned("300");
    let two = (400, "InvalidArgument");
    let other = (400, "InvalidRequest");
    let missing = (501, "NotImplemented");
    let ecdsa = url().target.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256");
    let stream = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD";
    let form = ("content-type", "multipart/form-data; boundary=x");
    let rows = vec![
        ("signature and API key", get().signed().with("X-Api-Key", "k"), two),
        ("signature and token", get().signed().with("Authorization", "Bearer a.b.c"), two),
        ("URL and API key", url().with("x-api-key", "k"), two),
        ("URL and signature", get().aimed(&url().target).signed(), two),
        (
            "two API keys",
            ada.bare("GET", OBJECT).with("x-api-key", "k").with("x-api-key", "k"),
            two,
        ),
        ("two signatures", get().signed().signed_over("host"), two),
        ("SigV2", ada.bare("GET", OBJECT).with("Authorization", "AWS AKIA:x="), other),
        ("SigV2 URL", ada.bare("GET", &format!("{OBJECT}?AWSAccessKeyId=a&Signature=b")), other),
        (
            "SigV4a",
            ada.bare("GET", OBJECT).with("Authorization", "AWS4-ECDSA-P256-SHA256 x"),
            other,
        ),
        ("SigV4a URL", url().aimed(&ecdsa), other),
        ("Basic", ada.bare("GET", OBJECT).with("Authorization", "Basic dTpw"), two),
        ("ECDSA stream", get().changed("x-amz-content-sha256", stream).signed(), missing),
        ("form", ada.bare("POST", "/photos").with(form.0, form.1).carrying(b"--x--"), missing),
        ("nothing", ada.bare("GET", OBJECT), (403, "AccessDenied")),
        (
            "no token",
            ada.bare("GET", OBJECT).with("Authorization", "Bearer x"),
            (403, "AccessDenied"),
        ),
        ("no API key", ada.bare("GET", OBJECT).with("X-Api-Key", "x"), (403, "AccessDenied")),
    ];
    let rows = rows.into_iter().map(|(name, wire, (status, code))| (name, wire, status, code));
    refused(&test, rows.collect()).await;
    for right in [get().signed(), url()] {
        assert_eq!(test.send(&right).await.body, b"content");
    }
}

#[tokio::test]
async fn g2_each_row_of_the_table_has_its_status_and_code() {
    let (test, ada) = furnished().await;
    let get = || ada.ask("GET", OBJECT);
    let denied = (403, "AccessDenied");
    let wrong = (403, "SignatureDoesNotMatch");
    let malformed = (400, "AuthorizationHeaderMalformed");
    let names = "host;x-amz-content-sha256;x-amz-date";
    let day = get().scope[..8].to_owned();
    let (now, minutes) = (wall_clock(), TimeDelta::minutes);
    let authorized = |text: &str| get().with("Authorization", text);
    let signed = get().signed();
    let changed = |from: &str, to: &str| {
        let value = signed.value("authorization").unwrap().replace(from, to);
        get().with("Authorization", &value)
    };
    let signature = signed.seed_signature();
    let rows = vec![
        ("a meta header that is not signed", get().signed().with("x-amz-meta-a", "b"), denied),
        ("a date that is not signed", get().signed_over("host;x-amz-content-sha256"), denied),
        ("a host that is not signed", get().signed_over("x-amz-content-sha256;x-amz-date"), denied),
        (
            "a signed header that was not sent",
            get().signed_over(&format!("{names};x-amz-meta-a")),
            wrong,
        ),
        (
            "a header that was changed",
            get().with("x-amz-meta-a", "b").signed().changed("x-amz-meta-a", "c"),
            wrong,
        ),
        ("no date", get().without("x-amz-date").signed(), denied),
        ("a date that is none", get().changed("x-amz-date", "today").signed(), denied),
        ("no payload", get().without("x-amz-content-sha256").signed(), (400, "InvalidRequest")),
        (
            "a payload that is none",
            get().changed("x-amz-content-sha256", "abc").signed(),
            (400, "InvalidArgument"),
        ),
        ("an empty Authorization", authorized("AWS4-HMAC-SHA256 "), malformed),
        (
            "no signature",
            authorized(&format!(
                "AWS4-HMAC-SHA256 Credential=a/{day}/us-east-1/s3/aws4_request, SignedHeaders=host"
            )),
            malformed,
        ),
        ("a credential of four parts", changed("/aws4_request", ""), malformed),
        ("names out of order", changed(names, "x-amz-date;x-amz-content-sha256;host"), malformed),
        ("names in upper case", changed(names, "Host;x-amz-content-sha256;x-amz-date"), malformed),
        (
            "another service",
            get().scoped(&format!("{day}/us-east-1/ec2/aws4_request")).signed(),
            malformed,
        ),
        ("another day", get().scoped("20260101/us-east-1/s3/aws4_request").signed(), malformed),
        (
            "another terminal",
            get().scoped(&format!("{day}/us-east-1/s3/aws5_request")).signed(),
            malformed,
        ),
        (
            "another region",
            get().scoped(&format!("{day}/eu-west-1/s3/aws4_request")).signed(),
            malformed,
        ),
        (
            "too late",
            ada.at(now - minutes(16)).ask("GET", OBJECT).signed(),
            (403, "RequestTimeTooSkewed"),
        ),
        (
            "too early",
            ada.at(now + minutes(16)).ask("GET", OBJECT).signed(),
            (403, "RequestTimeTooSkewed"),
        ),
        ("another signature", changed(&signature, &"0".repeat(64)), wrong),
        ("a signature in upper case", changed(&signature, &signature.to_uppercase()), wrong),
        ("a short signature", changed(&signature, &signature[1..]), wrong),
        ("an empty signature", changed(&signature, ""), wrong),
        ("another path", get().signed().aimed("/photos/a/y"), wrong),
        ("another query", get().signed().aimed("/photos/a/x?versionId=1"), wrong),
        ("another method", Wire { method: "DELETE".to_owned(), ..get().signed() }, wrong),
        ("another host", get().signed().changed("Host", "127.0.0.1"), wrong),
    ];
    let rows = rows.into_iter().map(|(name, wire, (status, code))| (name, wire, status, code));
    refused(&test, rows.collect()).await;
    for (name, right) in [
        ("signed", get().signed()),
        ("at the edge", ada.at(now - minutes(14)).ask("GET", OBJECT).signed()),
        ("an HTTP date", http_date(&ada)),
        ("payload not named as signed", get().signed_over("host;x-amz-date")),
        (
            "any header signed",
            get().with("User-Agent", "raw  client").with("Accept-Encoding", "gzip").signed(),
        ),
        (
            "headers that are not signed",
            get().signed().with("Referer", "http://x/").with("range", "bytes=0-99"),
        ),
    ] {
        assert_eq!(test.send(&right).await.body, b"content", "{name}");
    }
}

/// Signed with `Date` in place of `x-amz-date`.
fn http_date(ada: &Signer) -> Wire {
    let wire = ada.ask("GET", OBJECT).without("x-amz-date");
    let time = chrono::NaiveDateTime::parse_from_str(&wire.stamp, "%Y%m%dT%H%M%SZ").unwrap();
    let date = time.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    wire.with("Date", &date).signed()
}

#[tokio::test]
async fn g2_what_clients_read_is_in_the_answer() {
    let (test, ada) = furnished().await;
    let get = || ada.ask("GET", OBJECT);
    let answered = async |wire: Wire| test.send(&wire).await;
    let unsigned =
        answered(get().signed().with("x-amz-meta-a", "b").with("X-Amz-Tagging", "c")).await;
    assert_eq!(unsigned.element("HeadersNotSigned"), "x-amz-meta-a, x-amz-tagging");
    let day = get().scope[..8].to_owned();
    let region = answered(get().scoped(&format!("{day}/eu-west-1/s3/aws4_request")).signed()).await;
    assert_eq!(region.element("Region"), "us-east-1");
    assert_eq!(region.header("x-amz-bucket-region"), Some("us-east-1"));
    let late = ada.at(wall_clock() - TimeDelta::minutes(16));
    let skewed = answered(late.ask("GET", OBJECT).signed()).await;
    assert_eq!(skewed.element("MaxAllowedSkewMilliseconds"), "900000");
    assert!(!skewed.element("RequestTime").is_empty() && !skewed.element("ServerTime").is_empty());
    let ended = answered(late.bare("GET", OBJECT).presigned("1")).await;
    assert_eq!(ended.element("X-Amz-Expires"), "1");
    assert!(!ended.element("Expires").is_empty() && !ended.element("ServerTime").is_empty());
    // Only `dev` says what it hashed.
    let wrong = answered(get().signed().aimed("/photos/a/y")).await;
    assert!(
        wrong.element("CanonicalRequest").starts_with("GET\n/photos/a/y\n"),
        "{}",
        wrong.text()
    );
    let head = Wire { method: "HEAD".to_owned(), ..get().signed() };
    let answer = answered(head).await;
    assert_eq!((answer.status, answer.body.len()), (403, 0));
}

#[tokio::test]
async fn g2_a_url_that_is_not_right_in_all_its_parts() {
    let (test, ada) = furnished().await;
    let at = |minutes| ada.at(wall_clock() + TimeDelta::minutes(minutes));
    let url = |expires: &str| ada.bare("GET", OBJECT).presigned(expires);
    let changed = |from: &str, to: &str| {
        let right = url("300");
        right.clone().aimed(&right.target.replace(from, to))
    };
    let malformed = (400, "AuthorizationQueryParametersError");
    let put =
        |query: &str| ada.bare("PUT", &format!("{OBJECT}?{query}")).presigned("300").carrying(b"x");
    let argument = (400, "InvalidArgument");
    let rows = vec![
        ("no expiry", changed("&X-Amz-Expires=300", ""), malformed),
        ("an expiry that is no number", url("soon"), malformed),
        ("a negative expiry", url("-1"), malformed),
        ("more than a week", url("604801"), malformed),
        ("no algorithm", changed("X-Amz-Algorithm=AWS4-HMAC-SHA256&", ""), malformed),
        ("another algorithm", changed("AWS4-HMAC-SHA256", "HMAC"), malformed),
        ("no date", changed("X-Amz-Date", "X-Amz-Datum"), malformed),
        (
            "a parameter twice",
            changed("X-Amz-Expires=300", "X-Amz-Expires=300&X-Amz-Expires=300"),
            malformed,
        ),
        ("not yet", at(16).bare("GET", OBJECT).presigned("300"), (403, "AccessDenied")),
        ("no more", at(-2).bare("GET", OBJECT).presigned("60"), (403, "AccessDenied")),
        (
            "a longer life",
            changed("X-Amz-Expires=300", "X-Amz-Expires=3000"),
            (403, "SignatureDoesNotMatch"),
        ),
        ("another key", changed("/a/x", "/a/y"), (403, "SignatureDoesNotMatch")),
        (
            "a header that is not signed",
            url("300").with("x-amz-acl", "private"),
            (403, "AccessDenied"),
        ),
        ("a copy", put("x-amz-copy-source=photos%2Fa%2Fx"), argument),
        ("a copy in capitals", put("X-Amz-Copy-Source=photos%2Fa%2Fx"), argument),
        ("an ACL", put("x-amz-acl=public-read"), argument),
        ("a grant", put("x-amz-grant-read=id%3Da"), argument),
        ("hoisted and sent", put("x-amz-meta-a=b").with("x-amz-meta-a", "b"), argument),
        ("hoisted twice", put("x-amz-meta-a=b&X-Amz-Meta-A=c"), argument),
    ];
    let rows = rows.into_iter().map(|(name, wire, (status, code))| (name, wire, status, code));
    refused(&test, rows.collect()).await;
    for query in [
        "x-amz-acl=private",
        "x-amz-meta-a=b",
        "x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32",
    ] {
        let answer = test.send(&put(query)).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    }
    let week = url("604800");
    assert_eq!(test.send(&week).await.body, b"x");
}

#[tokio::test]
async fn g2_keys_that_are_not_in_use_and_tokens_that_are_not_theirs() {
    let (test, ada) = furnished().await;
    let unknown = (403, "InvalidAccessKeyId");
    let revoked = test.key(Some("ada")).await;
    test.root().delete_access_key(&revoked.stored.access_key_id).await.unwrap();
    let disabled = test.key(Some("ada")).await;
    let off =
        PatchAccessKey { status: Some(AccessKeyStatus::Disabled), ..PatchAccessKey::default() };
    test.root().patch_access_key(&disabled.stored.access_key_id, &off).await.unwrap();
    let with_id = |id: &str| Signer { id: id.to_owned(), ..ada.clone() };
    let with_token = Signer { token: Some("AQAA".to_owned()), ..ada.clone() };
    let ask = |by: &Signer| by.ask("GET", OBJECT).signed();
    let url = |by: &Signer| by.bare("GET", OBJECT).presigned("300");
    let (revoked, disabled) = (test.signer(&revoked), test.signer(&disabled));
    let mut rows = Vec::new();
    for (name, by, (status, code)) in [
        ("unknown", with_id("CGAKAAAAAAAAAAAAAAAA"), unknown),
        ("another's form", with_id("AKIAIOSFODNN7EXAMPLE"), unknown),
        ("a session without its token", with_id("CGASAAAAAAAAAAAAAAAA"), unknown),
        ("revoked", revoked, unknown),
        ("disabled", disabled, unknown),
        ("a token with a long-term key", with_token, (400, "InvalidToken")),
        (
            "another secret",
            Signer { secret: "b".repeat(40), ..ada.clone() },
            (403, "SignatureDoesNotMatch"),
        ),
    ] {
        rows.push((name, ask(&by), status, code));
        rows.push((name, url(&by), status, code));
    }
    refused(&test, rows).await;
}

#[tokio::test]
async fn g5_the_host_is_the_one_that_arrived() {
    let (test, ada) = furnished().await;
    let port = test.gateway().port();
    let at = |host: &str| Signer { host: host.to_owned(), ..ada.clone() };
    let content = async |wire: &Wire| -> Answer { test.send(wire).await };
    for (host, target) in [
        (format!("localhost:{port}"), OBJECT),
        (format!("LocalHost:{port}"), OBJECT),
        ("localhost".to_owned(), OBJECT),
        (format!("{BUCKET}.localhost:{port}"), "/a/x"),
        (format!("127.0.0.1:{port}"), OBJECT),
    ] {
        let by = at(&host);
        for wire in [by.ask("GET", target).signed(), by.bare("GET", target).presigned("300")] {
            assert_eq!(content(&wire).await.body, b"content", "{host}");
        }
        let moved = by.ask("GET", target).signed().with("X-Forwarded-Host", "evil.localhost");
        let moved = moved.with("Forwarded", "host=evil.localhost").with("X-Forwarded-Prefix", "/b");
        assert_eq!(content(&moved).await.body, b"content", "{host}");
    }
    for host in ["evil.example", "localhost.evil.example", "evillocalhost", "a.b.localhost"] {
        let answer = content(&at(host).ask("GET", OBJECT).signed()).await;
        assert!(answer.status >= 400 && answer.body != b"content", "{host}: {}", answer.status);
    }
}

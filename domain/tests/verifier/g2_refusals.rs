//! G2: what a signature must be and cover, each row in each of its ways.

use sail_cargo_domain::s3::EMPTY_SHA256;
use sail_cargo_domain::sigv4::ProofError;

use crate::raw_client::{ID, SCOPE, STAMP, Wire, refused};

fn get() -> Wire {
    Wire::get("/photos/cat.png")
}

/// Signed with everything, then changed.
fn with_authorization(change: impl Fn(&str) -> String) -> Wire {
    let wire = get().signed();
    let value = String::from_utf8(wire.headers.last().unwrap().1.clone()).unwrap();
    wire.changed("Authorization", &change(&value))
}

/// A URL that was signed with everything, then changed.
fn with_url(from: &str, to: &str) -> Wire {
    let wire = Wire::new("GET", "/photos/cat.png").presigned("300", "host");
    assert!(wire.target.contains(from), "{from}");
    Wire { target: wire.target.replace(from, to), ..wire }
}

#[test]
fn g2_the_right_form_is_accepted() {
    assert!(get().signed().verify().is_ok());
    assert!(Wire::new("GET", "/photos/cat.png").presigned("300", "host").verify().is_ok());
    let claim = get().signed().claim().unwrap();
    assert_eq!((claim.access_key_id(), claim.scope().as_str()), (ID, SCOPE));
}

#[test]
fn g2_an_amz_header_that_is_not_signed() {
    let names = "host;x-amz-content-sha256;x-amz-date";
    for name in ["x-amz-copy-source", "X-Amz-Meta-A", "x-amz-acl", "x-amz-security-token"] {
        let wire = get().with(name, "v").signed_over(names);
        let error = wire.claim().unwrap_err();
        assert_eq!((error.code(), error.status()), ("AccessDenied", 403), "{name}");
        let expected = vec![("HeadersNotSigned", name.to_ascii_lowercase())];
        assert_eq!(error.elements(), expected);
        assert!(get().with(name, "v").signed().verify().is_ok(), "{name}");
        let url = Wire::new("PUT", "/photos/a").with(name, "v").presigned("300", "host");
        assert_eq!(refused(url.claim()), ("AccessDenied", 403), "{name} beside a URL");
    }
    let date = get().signed_over("host;x-amz-content-sha256");
    assert_eq!(refused(date.claim()), ("AccessDenied", 403));
}

#[test]
fn g2_the_payload_header_need_not_be_signed_twice() {
    assert!(get().signed_over("host;x-amz-date").verify().is_ok());
    let other = get().signed_over("host;x-amz-date");
    let other = other.changed("x-amz-content-sha256", &"0".repeat(64));
    assert_eq!(refused(other.verify()), ("SignatureDoesNotMatch", 403));
}

#[test]
fn g2_the_host_must_be_signed() {
    let wire = get().signed_over("x-amz-content-sha256;x-amz-date");
    let error = wire.claim().unwrap_err();
    assert_eq!((error.code(), error.status()), ("AccessDenied", 403));
    assert_eq!(error.elements(), [("HeadersNotSigned", "host".to_owned())]);
    let url = Wire::new("GET", "/photos/cat.png").with("range", "bytes=0-1");
    assert_eq!(refused(url.presigned("300", "range").claim()), ("AccessDenied", 403));
}

#[test]
fn g2_a_signed_header_that_was_not_sent() {
    let wire = get().signed_over("content-type;host;x-amz-content-sha256;x-amz-date");
    assert_eq!(refused(wire.verify()), ("SignatureDoesNotMatch", 403));
    let url = Wire::new("GET", "/photos/cat.png").presigned("300", "host;range");
    assert_eq!(refused(url.verify()), ("SignatureDoesNotMatch", 403));
}

#[test]
fn g2_a_date_must_be_there_and_readable() {
    for wire in [
        get().without("x-amz-date"),
        get().changed("x-amz-date", "2013-05-24T00:00:00Z"),
        get().changed("x-amz-date", ""),
        get().with("x-amz-date", STAMP),
        get().without("x-amz-date").with("date", "yesterday"),
        // What is there and cannot be read is not made good by another.
        get().changed("x-amz-date", "x").with("date", "Fri, 24 May 2013 00:00:00 GMT"),
    ] {
        let error = wire.signed().claim().unwrap_err();
        assert_eq!((error.code(), error.status()), ("AccessDenied", 403));
        assert_eq!(
            error.to_string(),
            "AWS authentication requires a valid Date or x-amz-date header"
        );
    }
    for date in ["Fri, 24 May 2013 00:00:00 GMT", STAMP] {
        let wire = get().without("x-amz-date").with("Date", date).signed();
        assert!(wire.verify().is_ok(), "{date}");
    }
}

#[test]
fn g2_the_payload_must_be_declared() {
    let absent = get().without("x-amz-content-sha256").signed();
    assert_eq!(refused(absent.claim()), ("InvalidRequest", 400));
    let upper = EMPTY_SHA256.to_ascii_uppercase();
    for value in ["", "unsigned-payload", "STREAMING-PAYLOAD", "e3b0c4", &upper] {
        let wire = get().changed("x-amz-content-sha256", value).signed();
        assert_eq!(refused(wire.claim()), ("InvalidArgument", 400), "{value}");
    }
    let twice = get().with("x-amz-content-sha256", EMPTY_SHA256).signed();
    assert_eq!(refused(twice.claim()), ("InvalidArgument", 400));
    for value in [EMPTY_SHA256, "UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"] {
        assert!(get().changed("x-amz-content-sha256", value).signed().verify().is_ok(), "{value}");
    }
}

#[test]
fn g2_a_malformed_authorization() {
    let code = ("AuthorizationHeaderMalformed", 400);
    for (from, to) in [
        ("Credential=", "Cred="),
        ("Signature=", "Sig="),
        ("SignedHeaders=", "Signed="),
        (", SignedHeaders=host;x-amz-content-sha256;x-amz-date", ""),
        ("host;x-amz-content-sha256", "x-amz-content-sha256;host"),
        ("SignedHeaders=host", "SignedHeaders=Host"),
        ("SignedHeaders=host", "SignedHeaders=host;host"),
        ("SignedHeaders=host", "SignedHeaders=;host"),
        (", Signature", ", Credential=a/20130524/us-east-1/s3/aws4_request, Signature"),
        (SCOPE, "20130524/us-east-1/s3"),
        (SCOPE, "2013-05-24/us-east-1/s3/aws4_request"),
        (SCOPE, "20131324/us-east-1/s3/aws4_request"),
        (SCOPE, "20130524//s3/aws4_request"),
        (ID, ""),
        ("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256,"),
        (" Credential", ""),
    ] {
        let wire = with_authorization(|value| value.replace(from, to));
        assert_eq!(refused(wire.claim()), code, "{from} -> {to}");
    }
    let spaceless = with_authorization(|value| value.replace(", ", ","));
    assert!(spaceless.verify().is_ok());
}

#[test]
fn g2_another_service_day_or_terminal() {
    for scope in [
        "20130524/us-east-1/iam/aws4_request",
        "20130524/us-east-1/S3/aws4_request",
        "20130524/us-east-1/s3/aws4",
        "20130523/us-east-1/s3/aws4_request",
        "20130525/us-east-1/s3/aws4_request",
    ] {
        let wire = Wire { scope: scope.to_owned(), ..get() }.signed();
        assert_eq!(refused(wire.claim()), ("AuthorizationHeaderMalformed", 400), "{scope}");
        let wire = Wire { scope: scope.to_owned(), ..Wire::new("GET", "/photos/a") };
        let url = wire.presigned("300", "host");
        assert_eq!(refused(url.claim()), ("AuthorizationQueryParametersError", 400), "{scope}");
    }
}

#[test]
fn g2_a_url_that_lacks_a_parameter_or_has_it_twice() {
    let code = ("AuthorizationQueryParametersError", 400);
    for name in ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"] {
        let (from, lower) = (format!("X-Amz-{name}="), format!("x-amz-{}=", name.to_lowercase()));
        assert_eq!(refused(with_url(&from, "x=").claim()), code, "{name}");
        assert_eq!(refused(with_url(&from, &lower).claim()), code, "{lower}");
        let twice = format!("X-Amz-{name}=1&{from}");
        assert_eq!(refused(with_url(&from, &twice).claim()), code, "{name} twice");
    }
    for (from, to) in [
        ("Algorithm=AWS4-HMAC-SHA256", "Algorithm=HMAC"),
        ("Date=20130524T000000Z", "Date=20130524"),
        ("SignedHeaders=host", "SignedHeaders=Host"),
        ("%2Faws4_request", ""),
    ] {
        assert_eq!(refused(with_url(from, to).claim()), code, "{to}");
    }
}

#[test]
fn g2_how_long_a_url_may_live() {
    let url = |expires: &str| Wire::new("GET", "/photos/cat.png").presigned(expires, "host");
    for expires in ["", "x", "3.5", "5m", "%2B5", "-1", "604801", "99999999999999999999"] {
        let found = refused(url(expires).claim());
        assert_eq!(found, ("AuthorizationQueryParametersError", 400), "{expires}");
    }
    for expires in ["0", "1", "604800"] {
        assert!(url(expires).verify().is_ok(), "{expires}");
    }
}

#[test]
fn g2_a_wrong_signature() {
    let code = ("SignatureDoesNotMatch", 403);
    for change in [
        |value: &str| {
            let (before, last) = value.split_at(value.len() - 1);
            format!("{before}{}", if last == "0" { 'f' } else { '0' })
        },
        |value: &str| value[..value.len() - 1].to_owned(),
        |value: &str| format!("{value}a"),
        |value: &str| {
            let (before, signature) = value.rsplit_once('=').unwrap();
            format!("{before}={}", signature.to_ascii_uppercase())
        },
        |value: &str| format!("{}=", value.rsplit_once('=').unwrap().0),
        |value: &str| format!("{}={}", value.rsplit_once('=').unwrap().0, "0".repeat(64)),
    ] {
        assert_eq!(refused(with_authorization(change).verify()), code);
    }
    let url = with_url("Signature=", "Signature=0");
    assert_eq!(refused(url.verify()), code);
    let other_secret = Wire { secret: "another".to_owned(), ..get() }.signed();
    let found = Wire { secret: get().secret, ..other_secret }.verify();
    assert_eq!(refused(found), code);
}

#[test]
fn g2_what_was_hashed_is_there_for_development_and_does_not_print() {
    let wire = get().with("x-amz-security-token", "TOKEN").signed();
    let wire = wire.changed("x-amz-date", STAMP).changed("host", "other");
    let error = wire.verify().unwrap_err();
    let echo = error.echo().unwrap();
    let scope = format!("AWS4-HMAC-SHA256\n{STAMP}\n{SCOPE}\n");
    assert!(echo.string_to_sign.starts_with(&scope), "{}", echo.string_to_sign);
    assert!(echo.canonical_request.starts_with("GET\n/photos/cat.png\n\nhost:other\n"));
    assert!(error.elements().is_empty());
    assert!(!format!("{error:?} {error} {:?} {:?}", wire.claim(), wire.head()).contains("TOKEN"));
}

#[test]
fn g2_the_token_of_a_session() {
    let wire = get().with("x-amz-security-token", "T/+=").signed();
    wire.verify().unwrap();
    assert_eq!(wire.claim().unwrap().session_token().unwrap().expose(), "T/+=");
    let url = Wire::new("GET", "/photos/a?X-Amz-Security-Token=T%2F%2B%3D").presigned("9", "host");
    url.verify().unwrap();
    assert_eq!(url.claim().unwrap().session_token().unwrap().expose(), "T/+=");
    let empty = get().with("x-amz-security-token", "").signed();
    assert_eq!(refused(empty.claim()), ("InvalidToken", 400));
    let twice = get().with("x-amz-security-token", "a").with("x-amz-security-token", "a").signed();
    assert_eq!(refused(twice.claim()), ("InvalidToken", 400));
    let both =
        Wire::new("GET", "/photos/a?X-Amz-Security-Token=T").with("x-amz-security-token", "T");
    let both = both.presigned("9", "host;x-amz-security-token");
    assert_eq!(refused(both.claim()), ("InvalidArgument", 400));
}

#[test]
fn g2_what_is_known_of_keys_and_sessions_has_its_codes() {
    for (error, code, status) in [
        (ProofError::SessionExpired, "ExpiredToken", 400),
        (ProofError::InvalidToken, "InvalidToken", 400),
        (ProofError::UnknownKey("CGAK".to_owned()), "InvalidAccessKeyId", 403),
    ] {
        assert_eq!((error.code(), error.status()), (code, status));
    }
    let unknown = ProofError::UnknownKey("CGAK".to_owned());
    assert_eq!(unknown.elements(), [("AWSAccessKeyId", "CGAK".to_owned())]);
}

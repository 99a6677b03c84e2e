//! The examples of the S3 documentation.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html> and
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>. The example that
//! signs a `date`, which Cargo never does, is a test of `sigv4::key`.

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_domain::Secret;
use sail_cargo_domain::s3::{EMPTY_SHA256, Presignable};
use sail_cargo_domain::sigv4::{self, StoreCredentials};

use crate::test_project::{CallerRequest, TestProject};

const HOST: &str = "https://examplebucket.s3.amazonaws.com";

fn credentials() -> StoreCredentials {
    let secret = Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned());
    StoreCredentials::new("AKIAIOSFODNN7EXAMPLE".to_owned(), secret, "us-east-1".to_owned())
}

fn midnight() -> DateTime<Utc> {
    "2013-05-24T00:00:00Z".parse().unwrap()
}

fn get(path: &str, headers: &[(&str, &str)], payload: &str) -> CallerRequest {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let (url, payload) = (format!("{HOST}{path}"), payload.to_owned());
    CallerRequest { method: "GET", url, headers: headers.collect(), payload }
}

#[test]
fn the_header_form() {
    let project = TestProject::new();
    for (path, headers, names, signature) in [
        (
            "/test.txt",
            &[("Range", "bytes=0-9")][..],
            "host;range;x-amz-content-sha256;x-amz-date",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "/?lifecycle",
            &[],
            "host;x-amz-content-sha256;x-amz-date",
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            "/?max-keys=2&prefix=J",
            &[],
            "host;x-amz-content-sha256;x-amz-date",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ] {
        let request = project.parse(&get(path, headers, EMPTY_SHA256)).unwrap();
        let approved = project.approve(&request).unwrap();
        let ours = sigv4::sign(&approved, &credentials(), midnight());
        let scope = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";
        let expected = [
            (
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, \
                     Signature={signature}"
                ),
            ),
            ("x-amz-content-sha256", EMPTY_SHA256.to_owned()),
            ("x-amz-date", "20130524T000000Z".to_owned()),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(ours.headers, expected.into(), "{path}");
    }
}

#[test]
fn the_query_form() {
    let project = TestProject::new();
    let request = project.parse(&get("/test.txt", &[], "UNSIGNED-PAYLOAD")).unwrap();
    let approved = project.approve(&request).unwrap();
    let may = Presignable::check(&request, 86_400, TimeDelta::days(7)).unwrap();
    let lifetime = may.lifetime(None, midnight()).unwrap();
    let ours = sigv4::presign(&approved, lifetime, &credentials(), midnight());
    let expected = "https://examplebucket.s3.amazonaws.com/test.txt\
        ?X-Amz-Algorithm=AWS4-HMAC-SHA256\
        &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
        &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
        &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    assert_eq!(ours.url, expected);
    assert!(ours.headers.is_empty());
}

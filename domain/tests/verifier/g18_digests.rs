//! G18: what was said of a body, and what came.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sail_cargo_domain::s3::Operation;
use sail_cargo_domain::s3::checksum::{BodyChecks, BodyError, ChecksumAlgorithm};

use crate::chunk_writer::decode;
use crate::raw_client::{STAMP, Wire, hash, refused};

const BODY: &[u8] = b"123456789";

/// The check values of the catalogue of CRCs, and of FIPS 180: of `123456789`.
const SUMS: [(ChecksumAlgorithm, &str); 5] = [
    (ChecksumAlgorithm::Crc32, "cbf43926"),
    (ChecksumAlgorithm::Crc32c, "e3069283"),
    (ChecksumAlgorithm::Crc64Nvme, "ae8b14860a799888"),
    (ChecksumAlgorithm::Sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
    (ChecksumAlgorithm::Sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
];

fn base64(hex: &str) -> String {
    STANDARD.encode(hex::decode(hex).unwrap())
}

fn put(name: &str, value: &str) -> Wire {
    Wire::new("PUT", "/photos/a")
        .with("x-amz-date", STAMP)
        .with("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        .with("content-length", "9")
        .with(name, value)
        .signed()
}

#[test]
fn g18_every_checksum_is_computed() {
    for (algorithm, sum) in SUMS {
        let wire = put(algorithm.header(), &base64(sum));
        for sizes in [&[][..], &[1, 1], &[4]] {
            assert_eq!(decode(&wire, BODY, sizes), Ok(BODY.to_vec()), "{algorithm:?}");
        }
        assert_eq!(refused(decode(&wire, b"123456780", &[])), ("BadDigest", 400), "{algorithm:?}");
        for value in ["", "x", &base64(&sum[2..]), &base64(&format!("{sum}00"))] {
            let found = decode(&put(algorithm.header(), value), BODY, &[]);
            assert_eq!(refused(found), ("InvalidRequest", 400), "{algorithm:?} {value}");
        }
    }
}

#[test]
fn g18_content_md5() {
    let sum = base64("25f9e794323b453885f5181f1b624d0b");
    assert!(decode(&put("content-md5", &sum), BODY, &[2]).is_ok());
    let other = decode(&put("content-md5", &sum), b"12345678x", &[]);
    assert_eq!(refused(other), ("BadDigest", 400));
    for value in ["", "25f9e794323b453885f5181f1b624d0b", "AAAA"] {
        let found = decode(&put("content-md5", value), BODY, &[]);
        assert_eq!(refused(found), ("InvalidDigest", 400), "{value}");
    }
}

#[test]
fn g18_the_declared_hash() {
    let wire = Wire::new("PUT", "/photos/a")
        .with("x-amz-date", STAMP)
        .with("x-amz-content-sha256", &hash(BODY))
        .signed();
    assert!(decode(&wire, BODY, &[1, 2, 3]).is_ok());
    let error = decode(&wire, b"x", &[]).unwrap_err();
    assert_eq!((error.code(), error.status()), ("XAmzContentSHA256Mismatch", 400));
    let expected =
        [("ClientComputedContentSHA256", hash(BODY)), ("S3ComputedContentSHA256", hash(b"x"))];
    assert_eq!(error.elements(), expected);
}

#[test]
fn g18_a_short_body_and_a_long_one() {
    let wire = put("x-amz-meta-a", "1");
    for body in [&b""[..], b"12345678", b"1234567890"] {
        assert_eq!(refused(decode(&wire, body, &[4])), ("IncompleteBody", 400));
    }
}

#[test]
fn g18_one_checksum_and_no_more() {
    let wire = put("x-amz-checksum-crc32", "AAAAAA==").with("x-amz-checksum-sha1", "x").signed();
    let wire = wire.without("authorization").signed();
    assert_eq!(refused(decode(&wire, BODY, &[])), ("InvalidRequest", 400));
}

#[test]
fn g18_checksums_of_the_object_are_not_those_of_the_body() {
    let headers = [("x-amz-checksum-crc32".to_owned(), "AAAAAA==-2".to_owned())];
    let checks = |operation| BodyChecks::read(operation, &headers, None, None, None);
    let mut checks_of_complete = checks(Operation::CompleteMultipartUpload).unwrap();
    assert!(!checks_of_complete.has_digest());
    checks_of_complete.update(BODY).unwrap();
    assert_eq!(checks_of_complete.finish(None), Ok(()));
    let of_put = checks(Operation::PutObject).unwrap_err();
    assert_eq!(of_put, BodyError::ChecksumValue(ChecksumAlgorithm::Crc32));
    // What is not computed here is the storage's to check.
    let headers = [("x-amz-checksum-xxhash64".to_owned(), "AAAA".to_owned())];
    let unknown = BodyChecks::read(Operation::PutObject, &headers, None, None, None).unwrap();
    assert!(!unknown.has_digest());
}

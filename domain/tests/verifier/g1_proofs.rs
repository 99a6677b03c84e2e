//! G1: one proof, and which.

use sail_cargo_domain::sigv4::inbound::{Proof, read};

use crate::raw_client::{Wire, refused};

fn kind(wire: &Wire) -> &'static str {
    match read(&wire.head()).unwrap() {
        Proof::None => "none",
        Proof::Plain => "plain",
        Proof::SigV4(claim) if claim.is_presigned() => "presigned",
        Proof::SigV4(_) => "signed",
    }
}

fn bare() -> Wire {
    Wire::new("GET", "/photos/cat.png")
}

fn presigned() -> Wire {
    bare().presigned("300", "host")
}

#[test]
fn g1_each_proof_is_known() {
    for (wire, expected) in [
        (bare(), "none"),
        (Wire::get("/photos/cat.png").signed(), "signed"),
        (presigned(), "presigned"),
        (bare().with("Authorization", "Bearer x.y.z"), "plain"),
        (bare().with("authorization", "bearer x.y.z"), "plain"),
        (bare().with("X-Api-Key", "k"), "plain"),
        // The application on behalf of a user: one proof.
        (bare().with("X-Api-Key", "k").with("Authorization", "Bearer x.y.z"), "plain"),
        // No proof, whatever else stands in a query.
        (Wire::new("GET", "/photos?prefix=X-Amz-Signature"), "none"),
    ] {
        assert_eq!(kind(&wire), expected, "{wire:?}");
    }
}

#[test]
fn g1_two_proofs_are_refused() {
    let signed = || Wire::get("/photos/cat.png").signed();
    for wire in [
        signed().with("X-Api-Key", "k"),
        signed().with("Authorization", "Bearer x.y.z"),
        presigned().with("X-Api-Key", "k"),
        presigned().with("Authorization", "Bearer x.y.z"),
        bare().with("X-Api-Key", "k").with("x-api-key", "k"),
        Wire::get("/photos/cat.png?X-Amz-Expires=5").signed(),
        Wire::get("/photos/cat.png?x-amz-signature=5").signed(),
        Wire::get("/photos/cat.png?X%2DAmz-Date=5").signed(),
        Wire { target: format!("{}&AWSAccessKeyId=x", presigned().target), ..presigned() },
        Wire { target: "/photos/cat.png?Signature=x".to_owned(), ..signed() },
    ] {
        let found = read(&wire.head()).unwrap_err();
        assert_eq!((found.code(), found.status()), ("InvalidArgument", 400), "{wire:?}");
    }
}

#[test]
fn g1_other_signatures_are_refused_by_name() {
    let ecdsa = presigned().target.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256");
    for wire in [
        bare().with("Authorization", "AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg="),
        bare().with("Authorization", "AWS4-ECDSA-P256-SHA256 Credential=a, Signature=b"),
        Wire::new("GET", "/photos/cat.png?AWSAccessKeyId=a&Expires=1&Signature=b"),
        Wire { target: ecdsa, ..bare() },
    ] {
        let found = read(&wire.head()).unwrap_err();
        assert_eq!((found.code(), found.status()), ("InvalidRequest", 400), "{wire:?}");
        assert!(found.to_string().ends_with("not supported. Please use AWS4-HMAC-SHA256."));
    }
    let basic = bare().with("Authorization", "Basic dTpw");
    assert_eq!(refused(read(&basic.head())), ("InvalidArgument", 400));
}

#[test]
fn g1_what_is_not_implemented_says_so() {
    let form = Wire::new("POST", "/photos").with("Content-Type", "Multipart/Form-Data; boundary=x");
    assert_eq!(refused(read(&form.head())), ("NotImplemented", 501));
    for suffix in ["", "-TRAILER"] {
        let kind = format!("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD{suffix}");
        let wire = Wire::get("/photos/a").changed("x-amz-content-sha256", &kind).signed();
        assert_eq!(refused(wire.claim()), ("NotImplemented", 501), "{kind}");
    }
    let parts = Wire::new("PUT", "/photos/a").with("Content-Type", "multipart/form-data");
    assert_eq!(kind(&parts), "none");
}

#[test]
fn g1_the_target_is_a_path() {
    for target in ["*", "http://s3.example.com/photos/cat.png", "photos"] {
        let wire = Wire { target: target.to_owned(), ..bare() };
        assert_eq!(refused(read(&wire.head())), ("InvalidURI", 400), "{target}");
    }
    let long = Wire::new("GET", &format!("/photos/{}", "a".repeat(9000)));
    assert_eq!(refused(read(&long.head())), ("InvalidURI", 400));
}

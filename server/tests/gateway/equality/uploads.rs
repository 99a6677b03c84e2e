//! Multipart uploads.

use super::ask::{Ask, Place};

const PART: usize = 5 << 20;

fn upload(name: &str, method: &'static str, query: &str) -> Ask {
    Ask::key(format!("upload/{name}"), method, &format!("uploads/large?{query}"))
}

fn part(name: &str, number: u16) -> Ask {
    upload(name, "PUT", &format!("partNumber={number}&uploadId={{upload}}"))
}

fn complete(name: &str, parts: &[(u16, &str)]) -> Ask {
    let parts = parts.iter().map(|(number, etag)| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
    });
    let parts = parts.collect::<Vec<_>>().concat();
    let xml = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    upload(name, "POST", "uploadId={upload}").with("content-type", "application/xml").body(xml)
}

fn list(name: &str, query: &str) -> Ask {
    upload(&format!("parts{name}"), "GET", &format!("uploadId={{upload}}{query}"))
}

fn uploads(name: &str, query: &str) -> Ask {
    Ask::bucket(format!("upload/list{name}"), "GET", &format!("uploads{query}"))
}

pub(super) fn all() -> Vec<Ask> {
    const UNKNOWN: &str = "uploadId=00000000000000000000000000000000";
    vec![
        upload("create", "POST", "uploads=")
            .with("content-type", "text/x-large")
            .with("x-amz-meta-colour", "blue")
            .keep("upload", Place::Element("UploadId")),
        Ask::key("upload/create-other", "POST", "uploads/other?uploads")
            .keep("upload-other", Place::Element("UploadId")),
        uploads("", ""),
        uploads("-prefix", "&prefix=uploads%2Fl"),
        uploads("-max", "&max-uploads=1"),
        uploads("-delimiter", "&delimiter=%2F"),
        uploads("-marker", "&key-marker=uploads%2Flarge"),
        uploads("-encoded", "&encoding-type=url"),
        list("-none", ""),
        part("one", 1).body(vec![b'a'; PART]).keep("etag-one", Place::Header("etag")),
        part("two", 2).body("the rest").keep("etag-two", Place::Header("etag")),
        part("copied", 3)
            .with("x-amz-copy-source", "/{bucket}/whole")
            .keep("etag-three", Place::Element("ETag")),
        part("copied-range", 4)
            .with("x-amz-copy-source", "/{bucket}/whole")
            .with("x-amz-copy-source-range", "bytes=0-9"),
        part("copied-bad-range", 5)
            .with("x-amz-copy-source", "/{bucket}/whole")
            .with("x-amz-copy-source-range", "bytes=0-5000"),
        part("copied-missing", 5).with("x-amz-copy-source", "/{bucket}/nothing/here"),
        part("wrong-md5", 6).with("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==").body("hello"),
        part("number-zero", 0).body("hello"),
        part("number-too-large", 10_001).body("hello"),
        upload("unknown", "PUT", &format!("partNumber=1&{UNKNOWN}")).body("hello"),
        list("", ""),
        list("-max", "&max-parts=1"),
        list("-marker", "&part-number-marker=1"),
        upload("parts-unknown", "GET", UNKNOWN),
        complete("complete-nothing", &[]),
        complete("complete-wrong-etag", &[(1, "\"00000000000000000000000000000000\"")]),
        complete("complete-missing-part", &[(1, "{etag-one}"), (9, "\"0\"")]),
        complete("complete-wrong-order", &[(2, "{etag-two}"), (1, "{etag-one}")]),
        upload("complete-malformed", "POST", "uploadId={upload}")
            .with("content-type", "application/xml")
            .body("<CompleteMultipartUpload><Part>"),
        complete("complete", &[(1, "{etag-one}"), (2, "{etag-two}")]),
        complete("complete-again", &[(1, "{etag-one}"), (2, "{etag-two}")]),
        Ask::key("upload/head", "HEAD", "uploads/large"),
        Ask::key("upload/head-part", "HEAD", "uploads/large?partNumber=1"),
        Ask::key("upload/get-part", "GET", "uploads/large?partNumber=2"),
        Ask::key("upload/get-no-part", "GET", "uploads/large?partNumber=7"),
        Ask::key("upload/get-across", "GET", "uploads/large").with("range", "bytes=5242870-5242885"),
        Ask::key("upload/attributes", "GET", "uploads/large?attributes")
            .with("x-amz-object-attributes", "ETag,ObjectParts,ObjectSize"),
        Ask::key("upload/abort", "DELETE", "uploads/other?uploadId={upload-other}"),
        Ask::key("upload/abort-again", "DELETE", "uploads/other?uploadId={upload-other}"),
        upload("abort-unknown", "DELETE", UNKNOWN),
        uploads("-after", ""),
        upload("complete-unknown", "POST", UNKNOWN)
            .with("content-type", "application/xml")
            .body("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"0\"</ETag></Part></CompleteMultipartUpload>"),
    ]
}

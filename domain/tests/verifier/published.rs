//! The examples of the S3 documentation, as they would come in.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html> and
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>

use sail_cargo_domain::s3::EMPTY_SHA256;

use crate::chunk_writer::decode;
use crate::raw_client::{ID, SCOPE, STAMP, Wire, refused};

fn wire(method: &str, host: &str, target: &str, headers: &[(&str, &str)]) -> Wire {
    let wire = Wire::new(method, target).changed("Host", host).with("x-amz-date", STAMP);
    headers.iter().fold(wire, |wire, (name, value)| wire.with(name, value))
}

fn authorized(wire: Wire, names: &str, signature: &str) -> Wire {
    let value = format!(
        "AWS4-HMAC-SHA256 Credential={ID}/{SCOPE},SignedHeaders={names},Signature={signature}"
    );
    wire.with("Authorization", &value)
}

#[test]
fn the_header_form() {
    let upload = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
    for (method, target, headers, payload, names, signature) in [
        (
            "GET",
            "/test.txt",
            &[("Range", "bytes=0-9")][..],
            EMPTY_SHA256,
            "host;range;x-amz-content-sha256;x-amz-date",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT",
            "/test$file.text",
            &[
                ("Date", "Fri, 24 May 2013 00:00:00 GMT"),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ],
            upload,
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            "GET",
            "/?lifecycle",
            &[],
            EMPTY_SHA256,
            "host;x-amz-content-sha256;x-amz-date",
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            "GET",
            "/?max-keys=2&prefix=J",
            &[],
            EMPTY_SHA256,
            "host;x-amz-content-sha256;x-amz-date",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ] {
        let sent = wire(method, "examplebucket.s3.amazonaws.com", target, headers);
        let sent = sent.with("x-amz-content-sha256", payload);
        let sent = authorized(sent, names, signature);
        assert!(sent.verify().is_ok(), "{method} {target}");
    }
}

#[test]
fn the_query_form() {
    let target = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
        &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
        &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
        &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    let sent = Wire::new("GET", target).changed("Host", "examplebucket.s3.amazonaws.com");
    assert!(sent.verify().is_ok());
}

/// 65 KiB of `a` in two chunks and the last one.
fn body(signatures: [&str; 3], trailer: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (size, signature) in [65_536, 1024, 0].into_iter().zip(signatures) {
        body.extend(format!("{size:x};chunk-signature={signature}\r\n").as_bytes());
        body.extend(vec![b'a'; size]);
        body.extend(if size == 0 { trailer.as_bytes() } else { b"\r\n" });
    }
    body.extend(b"\r\n");
    body
}

#[test]
fn the_signed_chunks() {
    let sent = wire(
        "PUT",
        "s3.amazonaws.com",
        "/examplebucket/chunkObject.txt",
        &[
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
            ("Content-Encoding", "aws-chunked"),
            ("x-amz-decoded-content-length", "66560"),
            ("Content-Length", "66824"),
        ],
    );
    let names = "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;\
        x-amz-decoded-content-length;x-amz-storage-class";
    let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
    let sent = authorized(sent, names, seed);
    let signatures = [
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ];
    let right = body(signatures, "");
    assert_eq!(right.len(), 66_824);
    assert_eq!(decode(&sent, &right, &[100, 65_500]), Ok(vec![b'a'; 66_560]));
    let [first, second, last] = signatures;
    for wrong in [[second, second, last], [first, last, last], [first, second, first]] {
        let found = decode(&sent, &body(wrong, ""), &[]);
        assert_eq!(refused(found), ("SignatureDoesNotMatch", 403));
    }
}

#[test]
fn the_signed_trailer() {
    let sent = wire(
        "PUT",
        "s3.amazonaws.com",
        "/examplebucket/chunkObject.txt",
        &[
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
            ("Content-Encoding", "aws-chunked"),
            ("x-amz-decoded-content-length", "66560"),
            ("x-amz-trailer", "x-amz-checksum-crc32c"),
        ],
    );
    let names = "content-encoding;host;x-amz-content-sha256;x-amz-date;\
        x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer";
    let seed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
    let sent = authorized(sent, names, seed);
    let signatures = [
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    ];
    let sum = "x-amz-checksum-crc32c:sOO8/Q==\r\n";
    let signature = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435";
    let right = format!("{sum}x-amz-trailer-signature:{signature}\r\n");
    let found = decode(&sent, &body(signatures, &right), &[7]);
    assert_eq!(found, Ok(vec![b'a'; 66_560]));
    let wrong = format!("{sum}x-amz-trailer-signature:{}\r\n", signatures[2]);
    let found = decode(&sent, &body(signatures, &wrong), &[]);
    assert_eq!(refused(found), ("SignatureDoesNotMatch", 403));
}

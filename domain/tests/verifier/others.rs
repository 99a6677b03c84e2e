//! What went wrong in other gateways, and does not here.

use sail_cargo_domain::s3::Operation;
use sail_cargo_domain::sigv4::inbound::{Framing, read, strip};
use sail_cargo_domain::sigv4::{BodyReader, ProofError};

use crate::chunk_writer::{Defect, Style, body, content, decode, upload};
use crate::raw_client::{Wire, refused};

/// multistore #92, clyso/chorus #265: chunks went on with their framing.
#[test]
fn chunks_go_on_without_their_framing() {
    let wire = upload(Framing::Signed).signed();
    let sent = body(&wire, Framing::Signed, Style::Sdk, Defect::None);
    assert_eq!(decode(&wire, &sent, &[]), Ok(content()));
    wire.plain(|plain| {
        assert_eq!(plain.content_length, Some(content().len() as u64));
        assert_eq!(plain.declared.as_outbound(), "UNSIGNED-PAYLOAD");
        assert!(plain.headers.iter().all(|(name, _)| name != "content-encoding"));
    })
    .unwrap();
}

/// trinodb/aws-proxy #102: the bytes of a bad chunk were stored already.
#[test]
fn the_last_bytes_of_a_chunk_come_out_when_its_signature_is_right() {
    let wire = upload(Framing::Signed).signed();
    let sent = body(&wire, Framing::Signed, Style::Sdk, Defect::Content(0));
    let head = wire.head();
    let plain = strip(&head, &read(&head).unwrap()).unwrap();
    let seed = Some(wire.verify().unwrap());
    let mut reader = BodyReader::new(&plain, seed, Operation::PutObject).unwrap();
    let mut came = 0;
    let found = sent.chunks(1).try_for_each(|byte| {
        came += reader.feed(byte)?.content.len();
        Ok::<_, ProofError>(())
    });
    assert_eq!(found, Err(ProofError::ChunkSignature));
    assert_eq!(came, crate::chunk_writer::PIECES[0].len() - 1);
}

/// versitygw #2400, #2427: `Content-Encoding: aws-chunked` was stored.
#[test]
fn aws_chunked_is_no_coding_of_the_object() {
    let wire = upload(Framing::UnsignedTrailer).changed("content-encoding", "aws-chunked,gzip");
    let headers = wire.signed().plain(|plain| plain.headers).unwrap();
    assert!(headers.contains(&("content-encoding".to_owned(), "gzip".to_owned())), "{headers:?}");
}

/// versitygw #2047: `%2F` as it was sent; aws-sdk-js #853, supabase #793: spellings of the path.
#[test]
fn the_path_may_be_signed_as_it_was_sent() {
    for (sent, signed) in [
        ("/photos/a%2Fb", "/photos/a%2Fb"),
        ("/photos/a%2Fb", "/photos/a/b"),
        ("/photos/it's%20(1)!.png", "/photos/it's%20(1)!.png"),
        ("/photos/it's%20(1)!.png", "/photos/it%27s%20%281%29%21.png"),
        ("/photos/a%20b", "/photos/a%20b"),
    ] {
        let wire = Wire::get(sent).signed_as("host;x-amz-content-sha256;x-amz-date", signed, "");
        assert!(wire.verify().is_ok(), "{sent} as {signed}");
        assert_eq!(wire.plain(|plain| plain.path.to_owned()).unwrap(), sent, "as it came");
    }
}

/// mojatter/s2 #45: a stream without `Content-Encoding`.
#[test]
fn a_stream_needs_no_content_encoding() {
    for framing in Framing::ALL {
        let wire = upload(framing).without("content-encoding").signed();
        let sent = body(&wire, framing, Style::Sdk, Defect::None);
        assert_eq!(decode(&wire, &sent, &[]), Ok(content()), "{framing:?}");
    }
}

/// s3-orchestrator #1536: a trailer's signature was demanded of the unsigned form.
#[test]
fn an_unsigned_trailer_has_no_signature() {
    let wire = upload(Framing::UnsignedTrailer).signed();
    let sent = body(&wire, Framing::UnsignedTrailer, Style::Sdk, Defect::None);
    assert!(!String::from_utf8_lossy(&sent).contains("x-amz-trailer-signature"));
    assert_eq!(decode(&wire, &sent, &[]), Ok(content()));
}

/// MinIO GHSA-9c4q: unsigned streams were taken without a verified signature.
#[test]
fn an_unsigned_stream_needs_a_request_that_is_signed_rightly() {
    let wire = upload(Framing::UnsignedTrailer).signed();
    let forged = Wire { secret: "another".to_owned(), ..wire.clone() };
    assert_eq!(refused(forged.verify()), ("SignatureDoesNotMatch", 403));
    let url = upload(Framing::UnsignedTrailer);
    let names = url.names();
    let url = url.presigned_with("300", &names, "UNSIGNED-PAYLOAD");
    assert_eq!(refused(url.verify()), ("SignatureDoesNotMatch", 403), "beside a URL");
    assert_eq!(refused(upload(Framing::UnsignedTrailer).plain(|_| ())), ("InvalidRequest", 400));
}

/// Ceph CVE-2026-54330, s3s before #818: an unsigned `x-amz-copy-source` was honoured.
#[test]
fn an_unsigned_copy_source_is_refused() {
    let names = "host;x-amz-content-sha256;x-amz-date";
    for name in ["x-amz-copy-source", "X-Amz-Copy-Source", "x-amz-copy-source-if-match"] {
        let wire = Wire::get("/photos/a").with(name, "vault/secret").signed_over(names);
        assert_eq!(refused(wire.claim()), ("AccessDenied", 403), "{name}");
    }
    let url = Wire::new("PUT", "/photos/a").presigned("300", "host");
    let url = url.with("x-amz-copy-source", "vault/secret");
    assert_eq!(refused(url.claim()), ("AccessDenied", 403));
}

/// aws-sdk-go-v2 #2610 and the default presign of the JS SDK: headers in the query.
#[test]
fn hoisted_headers_of_sdks_are_taken() {
    let go = "X-Amz-Meta-Owner=me&X-Amz-Storage-Class=STANDARD&x-id=PutObject";
    let js = "x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32&x-id=PutObject";
    for (query, count) in [(go, 2), (js, 0)] {
        let wire = Wire::new("PUT", &format!("/photos/a?{query}")).presigned("900", "host");
        wire.verify().unwrap();
        assert_eq!(wire.plain(|plain| plain.headers.len()).unwrap(), count, "{query}");
    }
}

//! G19: bodies in chunks, every form, every defect, every split.

use proptest::prelude::*;
use sail_cargo_domain::limits;
use sail_cargo_domain::s3::Operation;
use sail_cargo_domain::sigv4::inbound::{Framing, read, strip};
use sail_cargo_domain::sigv4::{BodyReader, ProofError};

use crate::chunk_writer::{Defect, Style, body, content, decode, upload};
use crate::raw_client::{Wire, refused};

const SIGNATURE: &str = "SignatureDoesNotMatch";
const INCOMPLETE: &str = "IncompleteBody";
const TRAILER: &str = "MalformedTrailerError";

/// Every defect of a form, and the code it is refused with.
fn defects(framing: Framing) -> Vec<(Defect, &'static str)> {
    let signed = framing.is_signed();
    let content = if signed { SIGNATURE } else { "BadDigest" };
    let missing = if signed { SIGNATURE } else { INCOMPLETE };
    let mut all = vec![
        (Defect::Content(0), content),
        (Defect::Content(2), content),
        (Defect::Missing(0), missing),
        (Defect::Missing(2), missing),
        (Defect::Truncated(1), INCOMPLETE),
        (Defect::Truncated(2), INCOMPLETE),
        (Defect::Extra("\r\n"), INCOMPLETE),
        (Defect::Extra("0"), INCOMPLETE),
        (Defect::Extra("5\r\nhello\r\n"), INCOMPLETE),
    ];
    if signed {
        all.extend([0, 2, 3].map(|number| (Defect::Signature(number), SIGNATURE)));
    }
    if framing != Framing::Signed {
        all.extend([
            (Defect::TrailerName, TRAILER),
            // The signature is not that of no trailer.
            (Defect::TrailerMissing, if signed { SIGNATURE } else { TRAILER }),
            // Where it is signed, as it was sent: and not the checksum of the content.
            (Defect::TrailerValue, "BadDigest"),
        ]);
    }
    if framing == Framing::SignedTrailer {
        all.extend([
            (Defect::TrailerSignature, SIGNATURE),
            (Defect::TrailerSignatureMissing, SIGNATURE),
        ]);
    }
    all
}

#[test]
fn g19_every_form_is_read() {
    for framing in Framing::ALL {
        for style in [Style::Sdk, Style::Minio] {
            let wire = upload(framing).signed();
            let body = body(&wire, framing, style, Defect::None);
            let found = decode(&wire, &body, &[]);
            assert_eq!(found, Ok(content()), "{framing:?} {style:?}");
        }
    }
}

#[test]
fn g19_every_defect_is_refused() {
    for framing in Framing::ALL {
        let wire = upload(framing).signed();
        for (defect, code) in defects(framing) {
            let body = body(&wire, framing, Style::Sdk, defect);
            let error = decode(&wire, &body, &[]).unwrap_err();
            assert_eq!(error.code(), code, "{framing:?} {defect:?}");
            assert_eq!(error.status(), if code == SIGNATURE { 403 } else { 400 });
        }
    }
}

#[test]
fn g19_the_zero_chunk_is_needed() {
    for (framing, code) in [
        (Framing::Signed, SIGNATURE),
        (Framing::SignedTrailer, SIGNATURE),
        (Framing::UnsignedTrailer, INCOMPLETE),
    ] {
        let wire = upload(framing).signed();
        let body = body(&wire, framing, Style::Sdk, Defect::Missing(3));
        assert_eq!(decode(&wire, &body, &[]).unwrap_err().code(), code, "{framing:?}");
    }
}

#[test]
fn g19_every_prefix_is_incomplete() {
    for framing in Framing::ALL {
        let wire = upload(framing).signed();
        let whole = body(&wire, framing, Style::Sdk, Defect::None);
        for end in 0..whole.len() {
            let error = decode(&wire, &whole[..end], &[]).unwrap_err();
            assert_eq!(error.code(), INCOMPLETE, "{framing:?} {end}");
        }
    }
}

#[test]
fn g19_one_byte_at_a_time_is_the_same() {
    for framing in Framing::ALL {
        let wire = upload(framing).signed();
        for style in [Style::Sdk, Style::Minio] {
            let body = body(&wire, framing, style, Defect::None);
            let sizes = vec![1; body.len()];
            assert_eq!(decode(&wire, &body, &sizes), Ok(content()), "{framing:?} {style:?}");
        }
    }
}

#[test]
fn g19_a_split_at_every_byte_changes_nothing() {
    for framing in Framing::ALL {
        let wire = upload(framing).signed();
        for (defect, code) in [(Defect::None, "")].into_iter().chain(defects(framing)) {
            let body = body(&wire, framing, Style::Sdk, defect);
            for at in 0..=body.len() {
                let found = decode(&wire, &body, &[at]).map_err(|error| error.code());
                let expected = if code.is_empty() { Ok(content()) } else { Err(code) };
                assert_eq!(found, expected, "{framing:?} {defect:?} {at}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn g19_any_split_of_any_form_gives_one_answer(
        form in 0..3_usize,
        minio in any::<bool>(),
        which in any::<prop::sample::Index>(),
        sizes in prop::collection::vec(1..40_usize, 0..20),
    ) {
        let framing = Framing::ALL[form];
        let wire = upload(framing).signed();
        let all: Vec<_> = [(Defect::None, "")].into_iter().chain(defects(framing)).collect();
        let (defect, _) = all[which.index(all.len())];
        let style = if minio { Style::Minio } else { Style::Sdk };
        let body = body(&wire, framing, style, defect);
        let whole = decode(&wire, &body, &[]).map_err(|error| error.code());
        let split = decode(&wire, &body, &sizes).map_err(|error| error.code());
        prop_assert_eq!(whole, split, "{:?} {:?}", framing, defect);
    }

    #[test]
    fn g19_a_changed_byte_never_passes_the_signed_forms(
        form in 0..2_usize,
        at in any::<prop::sample::Index>(),
        flip in 1..=255_u8,
    ) {
        let framing = Framing::ALL[form];
        let wire = upload(framing).signed();
        let mut body = body(&wire, framing, Style::Sdk, Defect::None);
        let at = at.index(body.len());
        let before = body[at];
        body[at] ^= flip;
        // The case of hex digits of a size, and of a name, means nothing.
        prop_assume!(!before.eq_ignore_ascii_case(&body[at]));
        let found = decode(&wire, &body, &[]);
        // A blank around the value of the trailer means nothing either.
        prop_assert!(found.is_err(), "{} {:?}", at, found);
    }
}

#[test]
fn g19_the_length_that_was_said_is_the_length() {
    for framing in Framing::ALL {
        let right = content().len();
        for length in [0, right - 1, right + 1, usize::MAX] {
            let wire = upload(framing).changed("x-amz-decoded-content-length", &length.to_string());
            let wire = wire.signed();
            let body = body(&wire, framing, Style::Sdk, Defect::None);
            assert_eq!(refused(decode(&wire, &body, &[])), (INCOMPLETE, 400), "{length}");
        }
        let absent = upload(framing).without("x-amz-decoded-content-length").signed();
        assert_eq!(refused(absent.plain(|_| ())), ("MissingContentLength", 411));
        for text in ["", "-1", "1e3", "0x10", "99999999999999999999"] {
            let wire = upload(framing).changed("x-amz-decoded-content-length", text).signed();
            assert_eq!(refused(wire.plain(|_| ())), ("InvalidArgument", 400), "{text}");
        }
    }
}

#[test]
fn g19_one_chunk_may_be_as_large_as_the_content() {
    // No limit is met by its size alone.
    let wire = upload(Framing::UnsignedTrailer)
        .changed("x-amz-decoded-content-length", &(1_u64 << 40).to_string())
        .signed();
    let head = wire.head();
    let plain = strip(&head, &read(&head).unwrap()).unwrap();
    let seed = Some(wire.verify().unwrap());
    let mut reader = BodyReader::new(&plain, seed, Operation::UploadPart).unwrap();
    assert_eq!(reader.feed(b"10000000000\r\nabc").unwrap().content, 13..16);
    assert_eq!(refused(reader.finish()), (INCOMPLETE, 400));
}

#[test]
fn g19_a_line_and_a_trailer_have_limits() {
    let wire = upload(Framing::UnsignedTrailer).signed();
    let zeros = |count: usize| "0".repeat(count);
    for body in
        [zeros(limits::MAX_CHUNK_LINE + 1), format!("{}\r\n", zeros(limits::MAX_CHUNK_LINE))]
    {
        assert_eq!(refused(decode(&wire, body.as_bytes(), &[3])), (INCOMPLETE, 400));
    }
    let whole = body(&wire, Framing::UnsignedTrailer, Style::Sdk, Defect::TrailerMissing);
    let before = String::from_utf8(whole[..whole.len() - 2].to_vec()).unwrap();
    let long = format!("{before}x-amz-checksum-crc32:{}\r\n\r\n", zeros(limits::MAX_TRAILER));
    assert_eq!(refused(decode(&wire, long.as_bytes(), &[])), (INCOMPLETE, 400));
}

#[test]
fn g19_odd_framing_is_refused() {
    let wire = upload(Framing::UnsignedTrailer).changed("x-amz-decoded-content-length", "5");
    let wire = wire.without("x-amz-trailer").signed();
    for right in [
        "5\r\nhello\r\n0\r\n\r\n",
        "2\r\nhe\r\n3\r\nllo\r\n00\r\n\r\n",
        "0005\r\nhello\r\n0\r\n\r\n",
    ] {
        assert_eq!(decode(&wire, right.as_bytes(), &[]), Ok(b"hello".to_vec()), "{right:?}");
    }
    for wrong in [
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhelloxx0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "\r\nhello\r\n0\r\n\r\n",
        "5;a=b\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\r\n\n",
        "00000000000000005\r\nhello\r\n0\r\n\r\n",
        "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n1\r\nx\r\n0\r\n\r\n",
        "hello",
    ] {
        let error = decode(&wire, wrong.as_bytes(), &[]).unwrap_err();
        assert_eq!(error.status(), 400, "{wrong:?}");
    }
}

#[test]
fn g19_an_unsigned_stream_needs_no_trailer() {
    let wire = upload(Framing::UnsignedTrailer).without("x-amz-trailer").signed();
    let body = body(&wire, Framing::UnsignedTrailer, Style::Sdk, Defect::TrailerMissing);
    assert_eq!(decode(&wire, &body, &[]), Ok(content()));
}

#[test]
fn g19_a_trailer_is_declared_as_it_comes() {
    let code = ("InvalidRequest", 400);
    for (framing, name) in [
        (Framing::Signed, "x-amz-checksum-crc32"),
        (Framing::SignedTrailer, "x-amz-checksum-xxhash64"),
        (Framing::UnsignedTrailer, "x-amz-meta-a"),
        (Framing::UnsignedTrailer, ""),
        (Framing::UnsignedTrailer, "x-amz-checksum-crc32,x-amz-checksum-sha1"),
    ] {
        let wire = upload(framing).changed("x-amz-trailer", name).signed();
        assert_eq!(refused(wire.plain(|_| ())), code, "{framing:?} {name}");
    }
    let absent = upload(Framing::SignedTrailer).without("x-amz-trailer").signed();
    assert_eq!(refused(absent.plain(|_| ())), code);
    let both = upload(Framing::UnsignedTrailer).with("x-amz-checksum-crc32", "AAAAAA==").signed();
    assert_eq!(refused(both.plain(|_| ())), code, "in the headers and in the trailer");
}

#[test]
fn g19_a_stream_needs_a_signature() {
    for framing in Framing::ALL {
        let unsigned = upload(framing);
        assert_eq!(refused(unsigned.plain(|_| ())), ("InvalidRequest", 400), "{framing:?}");
        let with_key = upload(framing).with("X-Api-Key", "k");
        assert_eq!(refused(with_key.plain(|_| ())), ("InvalidRequest", 400), "{framing:?}");
        let signed = upload(framing).signed();
        let head = signed.head();
        let plain = strip(&head, &read(&head).unwrap()).unwrap();
        let without_seed = BodyReader::new(&plain, None, Operation::PutObject);
        assert_eq!(without_seed.unwrap_err(), ProofError::StreamUnproven);
        let seed = Some(signed.verify().unwrap());
        let elsewhere = BodyReader::new(&plain, seed, Operation::PutObjectTagging);
        assert_eq!(elsewhere.unwrap_err(), ProofError::StreamElsewhere);
    }
}

#[test]
fn g19_only_the_payload_header_makes_a_stream() {
    // `Content-Encoding: aws-chunked` says nothing by itself.
    let wire = Wire::new("PUT", "/photos/a")
        .with("x-amz-date", "20130524T000000Z")
        .with("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        .with("content-encoding", "aws-chunked")
        .with("content-length", "3")
        .signed();
    assert_eq!(decode(&wire, b"0\r\n", &[]), Ok(b"0\r\n".to_vec()));
    assert!(wire.plain(|plain| plain.stream.is_none()).unwrap());
}

//! G20: what is written in chunks is read as it was, and is as long as was said.

use proptest::prelude::*;
use sail_cargo_domain::s3::Operation;
use sail_cargo_domain::s3::checksum::ChecksumAlgorithm;
use sail_cargo_domain::sigv4::BodyReader;
use sail_cargo_domain::sigv4::chunked::Encoder;
use sail_cargo_domain::sigv4::inbound::{read, strip};

use crate::raw_client::{STAMP, Wire};

/// The body in chunks of content that comes in pieces.
fn encode(content: &[u8], sizes: &[usize], algorithm: ChecksumAlgorithm, sum: &str) -> Vec<u8> {
    let mut encoder = Encoder::new(content.len() as u64, algorithm);
    let (mut out, mut rest) = (Vec::new(), content);
    for size in sizes {
        let (piece, behind) = rest.split_at(rest.len().min(*size));
        encoder.write(piece, &mut out);
        rest = behind;
    }
    encoder.write(rest, &mut out);
    encoder.finish(sum, &mut out);
    out
}

/// The content of a body in chunks, as the storage reads it.
fn decode(
    body: &[u8],
    length: usize,
    algorithm: ChecksumAlgorithm,
) -> Result<Vec<u8>, &'static str> {
    let wire = Wire::new("PUT", "/photos/a")
        .with("x-amz-date", STAMP)
        .with("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        .with("content-encoding", "aws-chunked")
        .with("x-amz-decoded-content-length", &length.to_string())
        .with("x-amz-trailer", algorithm.header())
        .signed();
    let (head, seed) = (wire.head(), wire.verify().unwrap());
    let plain = strip(&head, &read(&head).unwrap()).unwrap();
    let mut reader = BodyReader::new(&plain, Some(seed), Operation::PutObject).unwrap();
    let (mut content, mut rest) = (Vec::new(), body);
    while !rest.is_empty() {
        let fed = reader.feed(rest).map_err(|error| error.code())?;
        content.extend(&rest[fed.content]);
        rest = &rest[fed.taken..];
    }
    reader.finish().map(|_| content).map_err(|error| error.code())
}

#[test]
fn g20_the_length_is_known_before_for_every_size_near_a_chunk() {
    let chunk = 64 * 1024;
    for algorithm in ChecksumAlgorithm::ALL {
        for length in
            [0, 1, 15, 16, 255, 4096, chunk - 1, chunk, chunk + 1, 2 * chunk, 3 * chunk + 7]
        {
            let content = vec![b'a'; length];
            let body = encode(&content, &[], algorithm, &algorithm.of(&content));
            let said = Encoder::encoded_length(length as u64, algorithm);
            assert_eq!(body.len() as u64, said, "{algorithm:?} {length}");
            assert_eq!(decode(&body, length, algorithm), Ok(content), "{algorithm:?} {length}");
        }
    }
    // More than there is: no panic, and a length that no body has.
    assert_eq!(Encoder::encoded_length(u64::MAX, ChecksumAlgorithm::Sha256), u64::MAX);
}

#[test]
fn g20_another_checksum_or_another_length_makes_no_body() {
    let (content, algorithm) = (b"hello".as_slice(), ChecksumAlgorithm::Crc32c);
    let wrong = encode(content, &[], algorithm, &algorithm.of(b"other"));
    assert_eq!(decode(&wrong, 5, algorithm), Err("BadDigest"));
    let mut encoder = Encoder::new(4, algorithm);
    let mut body = Vec::new();
    encoder.write(content, &mut body);
    assert_eq!(body, b"4\r\nhell\r\n");
    let mut encoder = Encoder::new(6, algorithm);
    let mut body = Vec::new();
    encoder.write(content, &mut body);
    encoder.finish(&algorithm.of(content), &mut body);
    assert!(decode(&body, 6, algorithm).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn g20_pieces_of_any_size_make_the_same_body(
        which in 0..5_usize,
        content in prop::collection::vec(any::<u8>(), 0..200_000),
        sizes in prop::collection::vec(0..90_000_usize, 0..8),
    ) {
        let algorithm = ChecksumAlgorithm::ALL[which];
        let sum = algorithm.of(&content);
        let body = encode(&content, &sizes, algorithm, &sum);
        prop_assert!(body == encode(&content, &[], algorithm, &sum));
        prop_assert!(decode(&body, content.len(), algorithm).as_ref() == Ok(&content));
    }
}

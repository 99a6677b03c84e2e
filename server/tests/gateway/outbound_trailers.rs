//! A checksum behind its content goes on behind the content, to a storage that was seen to take it (G20).

use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::StreamBody;

use super::gateway_stack::{BUCKET, GatewayStack, STORE, code};
use super::raw::{Defect, Form, Upload, crc32};
use super::storages::{Fronted, Kind, Sent, Storage, decoded};

/// More than is held until its checksum has come.
const LARGE: usize = 300_000;

fn uploads(storage: &Fronted, path: &str) -> Vec<Sent> {
    let sent = storage.sent().into_iter();
    sent.filter(|sent| sent.method == "PUT" && sent.path == path).collect()
}

#[tokio::test]
async fn g20_a_verified_checksum_goes_on_in_chunks_and_another_one_never_does() {
    let storage = Fronted::strict().await;
    let test = GatewayStack::before_probed(&storage.url).await;
    let found = test.operator().store(STORE).await.unwrap();
    assert!(found.contract.takes_trailers, "{:?}", found.probe);
    let root = test.signer_of(None).await;
    let pieces = [vec![b'a'; 100_000], vec![b'b'; LARGE]];
    for form in [Form::UnsignedTrailer, Form::SignedTrailer] {
        let path = format!("/photos/{form:?}");
        let upload = Upload { pieces: &pieces, form, defect: Defect::None };
        let answer = test.send(&upload.request(&root, &path)).await;
        assert_eq!(answer.status, 200, "{form:?}: {}", answer.text());
        let sent = uploads(&storage, &path).pop().unwrap();
        for (name, value) in [
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            ("content-encoding", "aws-chunked"),
            ("x-amz-decoded-content-length", "400000"),
            ("x-amz-trailer", "x-amz-checksum-crc32"),
            ("content-length", &sent.body.len().to_string()),
        ] {
            assert_eq!(sent.header(name), Some(value), "{form:?}");
        }
        let (content, trailer) = decoded(&sent.body).unwrap();
        assert!(content == upload.content(), "{form:?}");
        assert_eq!(trailer, format!("x-amz-checksum-crc32:{}\r\n\r\n", crc32(&content)));
        let got = test.send(&root.ask("GET", &path).signed()).await;
        assert!(got.body == content && got.header("content-encoding").is_none(), "{form:?}");

        for (defect, status, said) in form.defects(1) {
            let path = format!("/photos/{form:?}-{}", hex::encode(format!("{defect:?}")));
            let upload = Upload { pieces: &pieces, form, defect };
            let answer = test.send(&upload.request(&root, &path)).await;
            assert_eq!(answer.said(), (status, said.to_owned()), "{form:?} {defect:?}");
            let whole = uploads(&storage, &path).into_iter().filter(|sent| sent.is_whole).count();
            assert_eq!(whole, 0, "{form:?} {defect:?}: the storage has all of it");
            let head = test.send(&root.ask("HEAD", &path).signed()).await;
            assert_eq!(head.status, 404, "{form:?} {defect:?}");
        }
    }
}

/// A body of `size` bytes that comes in pieces: the SDK sends its checksum behind it.
fn streamed(size: usize) -> ByteStream {
    let pieces =
        stream::iter([Ok::<_, std::io::Error>(Frame::data(Bytes::from(vec![b'a'; size])))]);
    ByteStream::new(SdkBody::from_body_1_x(StreamBody::new(pieces)))
}

/// What the probe says of a storage is what its checksums become: kept, for objects and for parts, or
/// verified and dropped.
#[tokio::test]
async fn g20_checksums_are_kept_by_storages_that_take_them_and_dropped_for_others() {
    for kind in [Kind::SeaweedFs, Kind::Rclone, Kind::Embedded] {
        let Some(storage) = Storage::start(kind).await else { continue };
        let test = GatewayStack::before(&storage).await;
        let takes = test.operator().store(STORE).await.unwrap().contract.takes_trailers;
        println!("{} takes trailers: {takes}", kind.name());
        let s3 = test.root_s3().await;
        let put = s3.put_object().bucket(BUCKET).key("x").content_length(LARGE.try_into().unwrap());
        let put = put.checksum_algorithm(ChecksumAlgorithm::Crc32).body(streamed(LARGE));
        assert_eq!(code(put.send().await), "ok", "{}", kind.name());
        let head = s3.head_object().bucket(BUCKET).key("x").checksum_mode(ChecksumMode::Enabled);
        let head = head.send().await.unwrap();
        assert_eq!(head.content_length(), Some(LARGE.try_into().unwrap()), "{}", kind.name());
        assert_eq!(head.content_encoding(), None, "{}", kind.name());
        assert_eq!(head.checksum_crc32().is_some(), takes, "{}", kind.name());
        if kind == Kind::Rclone {
            // Its answer to CreateMultipartUpload is one that the SDK cannot read.
            continue;
        }
        let begin = s3.create_multipart_upload().bucket(BUCKET).key("y");
        let begun = begin.checksum_algorithm(ChecksumAlgorithm::Crc32).send().await.unwrap();
        let id = begun.upload_id().unwrap();
        let mut parts = CompletedMultipartUpload::builder();
        for (number, size) in [(1, 5 << 20), (2, LARGE)] {
            let part = s3.upload_part().bucket(BUCKET).key("y").upload_id(id).part_number(number);
            let part = part.content_length(size.try_into().unwrap()).body(streamed(size));
            let part = part.checksum_algorithm(ChecksumAlgorithm::Crc32).send().await.unwrap();
            let sum = crc32(&vec![b'a'; size]);
            let done = CompletedPart::builder().part_number(number).e_tag(part.e_tag().unwrap());
            parts = parts.parts(done.checksum_crc32(sum).build());
        }
        let complete = s3.complete_multipart_upload().bucket(BUCKET).key("y").upload_id(id);
        let complete = complete.multipart_upload(parts.build()).send().await;
        assert_eq!(code(complete), "ok", "{}", kind.name());
        let head = s3.head_object().bucket(BUCKET).key("y").send().await.unwrap();
        let length = ((5 << 20) + LARGE).try_into().unwrap();
        assert_eq!(head.content_length(), Some(length), "{}", kind.name());
    }
}

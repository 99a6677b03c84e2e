//! Upload operations, with every kind of body and description of it.

use std::path::Path;

use aws_sdk_s3::Config;
use aws_sdk_s3::client::customize::CustomizableOperation;
use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumAlgorithm;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::operations;
use super::transcript::Transcript;

const KEY: &str = "plain";
const SHORT: &[u8] = b"hi";
/// More than one chunk.
const LONG: usize = 100_000;

#[derive(Clone, Copy, PartialEq)]
enum Source {
    Empty,
    Bytes,
    File,
}

/// The checksum that the caller provides.
#[derive(Clone, Copy, PartialEq)]
enum Said {
    Nothing,
    Sha256,
    Crc32c,
    Crc64Nvme,
    OwnChecksum,
    ChecksumWhenRequired,
    PayloadNotSigned,
}

const ALL_SAID: [Said; 7] = [
    Said::Nothing,
    Said::Sha256,
    Said::Crc32c,
    Said::Crc64Nvme,
    Said::OwnChecksum,
    Said::ChecksumWhenRequired,
    Said::PayloadNotSigned,
];

struct Upload<'a> {
    source: Source,
    said: Said,
    file: &'a Path,
}

pub(super) async fn send(to: &mut Transcript) {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), long()).unwrap();
    let upload = |source, said| Upload { source, said, file: file.path() };
    let mut uploads = vec![upload(Source::Empty, Said::Nothing)];
    uploads.extend(ALL_SAID.map(|said| upload(Source::Bytes, said)));
    uploads.extend(ALL_SAID.map(|said| upload(Source::File, said)));
    for upload in uploads {
        upload.put_object(to).await;
        upload.upload_part(to).await;
    }
    put_described(to, file.path()).await;
}

/// Sets all properties that become headers. The SDK repeats one of them, `content-encoding`.
async fn put_described(to: &mut Transcript, file: &Path) {
    let put = to.s3.put_object().bucket(to.bucket).key(operations::KEY).metadata("m", "a  b");
    let put = put.content_encoding("gzip").content_type("text/plain; a=b").tagging("a=b%20c");
    let put = put.cache_control("no-store").if_none_match("*");
    let put = put.body(ByteStream::from_path(file).await.unwrap());
    to.note("put_object: file, described", put.send()).await;
}

impl Upload<'_> {
    async fn put_object(&self, to: &mut Transcript) {
        let put = to.s3.put_object().bucket(to.bucket).key(KEY).set_body(self.body().await);
        let put = put.set_checksum_algorithm(self.algorithm()).set_checksum_sha256(self.checksum());
        let mut put = self.configure(put.customize());
        if self.said == Said::PayloadNotSigned {
            put = put.disable_payload_signing();
        }
        to.note(&self.name("put_object"), put.send()).await;
    }

    async fn upload_part(&self, to: &mut Transcript) {
        let part = to.s3.upload_part().bucket(to.bucket).key(KEY).upload_id("u+/=").part_number(3);
        let part = part.set_body(self.body().await).set_checksum_sha256(self.checksum());
        let part = part.set_checksum_algorithm(self.algorithm());
        let mut part = self.configure(part.customize());
        if self.said == Said::PayloadNotSigned {
            part = part.disable_payload_signing();
        }
        to.note(&self.name("upload_part"), part.send()).await;
    }

    fn name(&self, operation: &str) -> String {
        let source = match self.source {
            Source::Empty => "empty",
            Source::Bytes => "bytes",
            Source::File => "file",
        };
        let said = match self.said {
            Said::Nothing => "",
            Said::Sha256 => ", SHA256",
            Said::Crc32c => ", CRC32C",
            Said::Crc64Nvme => ", CRC64NVME",
            Said::OwnChecksum => ", own checksum",
            Said::ChecksumWhenRequired => ", checksum when required",
            Said::PayloadNotSigned => ", payload not signed",
        };
        format!("{operation}: {source}{said}")
    }

    async fn body(&self) -> Option<ByteStream> {
        match self.source {
            Source::Empty => None,
            Source::Bytes => Some(ByteStream::from_static(SHORT)),
            Source::File => Some(ByteStream::from_path(self.file).await.unwrap()),
        }
    }

    fn algorithm(&self) -> Option<ChecksumAlgorithm> {
        match self.said {
            Said::Sha256 => Some(ChecksumAlgorithm::Sha256),
            Said::Crc32c => Some(ChecksumAlgorithm::Crc32C),
            Said::Crc64Nvme => Some(ChecksumAlgorithm::Crc64Nvme),
            _ => None,
        }
    }

    fn checksum(&self) -> Option<String> {
        let hash = match self.source {
            Source::File => Sha256::digest(long()),
            _ => Sha256::digest(SHORT),
        };
        (self.said == Said::OwnChecksum).then(|| BASE64_STANDARD.encode(hash))
    }

    fn configure<T, E, B>(
        &self,
        call: CustomizableOperation<T, E, B>,
    ) -> CustomizableOperation<T, E, B> {
        if self.said != Said::ChecksumWhenRequired {
            return call;
        }
        let when_required = RequestChecksumCalculation::WhenRequired;
        call.config_override(Config::builder().request_checksum_calculation(when_required))
    }
}

fn long() -> Vec<u8> {
    (0..=250).cycle().take(LONG).collect()
}

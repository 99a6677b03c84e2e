//! Bodies in chunks with a checksum behind them (G20). The gateway sends such only to a storage that
//! stores their content, refuses another checksum, and keeps nothing of what breaks off.

use super::body::Parts;
use super::environment::ProbeEnvironment;
use super::error::ProbeError;
use super::findings::{Outcome, Tried};
use crate::domain::s3::checksum::ChecksumAlgorithm;
use crate::domain::sigv4::chunked::Encoder;
use crate::domain::xml_document::escaped;
use crate::storage_client::{PayloadMode, Signed, StorageResponse, UnsignedRequest};

/// What is uploaded, and something else.
const CONTENT: &str = "content with a checksum behind it";
const OTHER: &str = "something else";

impl ProbeEnvironment {
    /// Uploads objects with right and with wrong checksums of all kinds, one that breaks off before its
    /// checksum, and a part.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer.
    pub(super) async fn trailers(&self) -> Tried {
        let mut broken = Vec::new();
        for algorithm in ChecksumAlgorithm::ALL {
            let outcome = self.trailer_of(algorithm).await?;
            if outcome != Outcome::Accepted {
                return Ok(outcome);
            }
            let name = format!("g003-broken-{}", algorithm.name());
            let put = self.with_trailer(&name, algorithm, CONTENT)?;
            // Once before the checksum, once before its last byte.
            let sent = if broken.is_empty() { CONTENT.len() + 4 } else { put.body.len() - 3 };
            self.break_off(&name, &put, sent).await?;
            broken.push(name);
        }
        if self.keeps_any(&broken).await? {
            return Ok(Outcome::Acted);
        }
        self.parts_with_trailers().await
    }

    async fn trailer_of(&self, algorithm: ChecksumAlgorithm) -> Tried {
        let name = format!("g003-wrong-{}", algorithm.name());
        // There are storages that refuse it when they have stored it: it is removed whatever they say.
        self.created().objects.entry(name.clone()).or_default();
        let answer = self.write(&name, &self.with_trailer(&name, algorithm, OTHER)?).await?;
        if answer.is_ok() || self.get(&name).await?.is_ok() {
            return Ok(Outcome::Acted);
        }
        let name = format!("g003-{}", algorithm.name());
        let answer = self.write(&name, &self.with_trailer(&name, algorithm, CONTENT)?).await?;
        let stored = self.get(&name).await?;
        let misread = stored.is_ok() && !is_content(&stored);
        Ok(Outcome::seen(misread || (answer.is_ok() && !stored.is_ok()), &answer))
    }

    /// An upload of the content, with the checksum of `summed` behind it.
    fn with_trailer(
        &self,
        rest: &str,
        algorithm: ChecksumAlgorithm,
        summed: &str,
    ) -> Result<Signed, ProbeError> {
        let mut encoder = Encoder::new(CONTENT.len() as u64, algorithm);
        let mut body = Vec::new();
        encoder.write(CONTENT.as_bytes(), &mut body);
        encoder.finish(&algorithm.of(summed.as_bytes()), &mut body);
        let headers = [
            ("content-encoding", "aws-chunked"),
            ("x-amz-decoded-content-length", &CONTENT.len().to_string()),
            ("x-amz-trailer", algorithm.header()),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let (draft, payload) = (self.unsigned("PUT", rest), PayloadMode::Streamed);
        self.sign(UnsignedRequest { headers, payload, body, ..draft })
    }

    /// An upload that says which checksums its parts have, as SDKs do.
    async fn parts_with_trailers(&self) -> Tried {
        let (name, algorithm) = ("g003-parts", ChecksumAlgorithm::Crc32);
        let mut begin = self.unsigned("POST", &format!("{name}?uploads"));
        begin.headers.push(("x-amz-checksum-algorithm".to_owned(), "CRC32".to_owned()));
        let id = match self.begin(name, begin).await? {
            Ok(id) => id,
            Err(answer) => return Ok(Outcome::seen(false, &answer)),
        };
        let rest = format!("{name}?partNumber=1&uploadId={id}");
        let wrong = self.send_tampered(&self.with_trailer(&rest, algorithm, OTHER)?).await?;
        if wrong.is_ok() {
            return Ok(Outcome::Acted);
        }
        let part = self.send_tampered(&self.with_trailer(&rest, algorithm, CONTENT)?).await?;
        let Some(tag) = part.header("etag").filter(|_| part.is_ok()) else {
            return Ok(Outcome::seen(false, &part));
        };
        let parts = Parts { id, tags: vec![tag] };
        let answer = self.write(name, &self.summed_completion(name, &parts, algorithm)?).await?;
        let stored = self.get(name).await?;
        Ok(Outcome::seen(answer.is_ok() && !is_content(&stored), &answer))
    }

    /// The request that completes an upload, with the checksum of its part.
    fn summed_completion(
        &self,
        name: &str,
        parts: &Parts,
        algorithm: ChecksumAlgorithm,
    ) -> Result<Signed, ProbeError> {
        let (tag, sum) = (escaped(&parts.tags[0]), algorithm.of(CONTENT.as_bytes()));
        let body = format!(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag>\
             <ChecksumCRC32>{sum}</ChecksumCRC32></Part></CompleteMultipartUpload>"
        );
        let url = self.object_url(&format!("{name}?uploadId={}", parts.id));
        self.sign(self.with_body("POST", url, body))
    }
}

/// Whether this is the content, and nothing says that it is in chunks.
fn is_content(stored: &StorageResponse) -> bool {
    let coding = stored.header("content-encoding").unwrap_or_default();
    stored.is_ok()
        && stored.body() == CONTENT.as_bytes()
        && !coding.to_ascii_lowercase().contains("aws-chunked")
}

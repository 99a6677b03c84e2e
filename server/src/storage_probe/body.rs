//! Attacks that send another body than the signed hash declares, for each operation whose body
//! controls it. The unmodified request must work first: otherwise a refusal says nothing about the
//! modified one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

use super::environment::ProbeEnvironment;
use super::error::ProbeError;
use super::findings::{Outcome, Tried};
use crate::domain::s3::Operation;
use crate::domain::xml_document::escaped;
use crate::storage_client::{PayloadMode, Signed, StorageResponse, UnsignedRequest};

impl ProbeEnvironment {
    /// Signs one body and sends another.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer.
    pub(super) async fn body_of(&self, operation: Operation) -> Tried {
        match operation {
            Operation::DeleteObjects => self.other_keys().await,
            Operation::PutObjectTagging => self.other_tags().await,
            Operation::CompleteMultipartUpload => self.other_parts().await,
            Operation::PutBucketCors => self.other_rules().await,
            _ => self.other_body("b001", PayloadMode::Hashed).await,
        }
    }

    async fn other_keys(&self) -> Tried {
        for name in ["b002-honest", "b002-signed", "b002-other"] {
            self.write(name, &self.put(name, PayloadMode::Hashed, &[], "kept")?).await?;
        }
        let honest = self.delete_list("b002-honest")?;
        let answer = self.send_tampered(&with_md5(honest.clone(), honest.body)).await?;
        if !answer.is_ok() || !self.get("b002-honest").await?.is_missing() {
            return Ok(Outcome::Untestable(format!(
                "an unchanged DeleteObjects deletes nothing: {answer}"
            )));
        }
        let other = self.delete_list("b002-other")?.body;
        let answer = self.send_tampered(&with_md5(self.delete_list("b002-signed")?, other)).await?;
        let gone = async { Ok(self.get("b002-other").await?.is_missing()) };
        self.judge(&answer, gone).await
    }

    pub(super) fn delete_list(&self, name: &str) -> Result<Signed, ProbeError> {
        let key = self.key(name);
        let key = escaped(&key);
        let body = format!("<Delete><Object><Key>{key}</Key></Object></Delete>");
        self.sign(self.with_body("POST", self.bucket_url("?delete"), body))
    }

    async fn other_tags(&self) -> Tried {
        let name = "b003";
        self.write(name, &self.put(name, PayloadMode::Hashed, &[], "kept")?).await?;
        let tags = |value: &str| {
            let body = format!(
                "<Tagging><TagSet><Tag><Key>sail-cargo-probe</Key><Value>{value}</Value></Tag>\
                 </TagSet></Tagging>"
            );
            self.sign(self.with_body("PUT", self.object_url("b003?tagging"), body))
        };
        let honest = tags("honest")?;
        let answer = self.write(name, &with_md5(honest.clone(), honest.body)).await?;
        // A storage that knows no tags sends the object, and may break off: it announced the length that
        // the object had before.
        let tag = self.tag(name).await.unwrap_or_default();
        if !answer.is_ok() || tag.as_deref() != Some("honest") {
            return Ok(Outcome::Untestable(format!("an object cannot be tagged: {answer}")));
        }
        let answer = self.write(name, &with_md5(tags("signed")?, tags("others")?.body)).await?;
        let tagged = async { Ok(self.tag(name).await?.as_deref() == Some("others")) };
        self.judge(&answer, tagged).await
    }

    async fn tag(&self, name: &str) -> Result<Option<String>, ProbeError> {
        let tags = self.get(&format!("{name}?tagging")).await?;
        Ok(tags.element("Value").filter(|_| tags.is_ok()))
    }

    async fn other_parts(&self) -> Tried {
        let name = "b004";
        let (honest, upload) = ("b004-honest", "an unchanged multipart upload does not complete");
        let Ok(parts) = self.upload_parts(honest).await? else {
            return Ok(Outcome::Untestable(upload.to_owned()));
        };
        let complete = self.completion(honest, &parts, 0)?;
        let answer = self.write(honest, &complete).await?;
        if !answer.is_ok() || self.get(honest).await?.body() != PARTS[0].as_bytes() {
            return Ok(Outcome::Untestable(format!("{upload}: {answer}")));
        }
        let Ok(parts) = self.upload_parts(name).await? else {
            return Ok(Outcome::Untestable(upload.to_owned()));
        };
        let mut complete = self.completion(name, &parts, 0)?;
        complete.body = self.completion(name, &parts, 1)?.body;
        let answer = self.write(name, &complete).await?;
        let stored = async { Ok(self.get(name).await?.body() == PARTS[1].as_bytes()) };
        self.judge(&answer, stored).await
    }

    /// Starts a multipart upload, and uploads parts that could each be the whole object.
    pub(super) async fn upload_parts(
        &self,
        name: &str,
    ) -> Result<Result<Parts, StorageResponse>, ProbeError> {
        let id = match self.begin_upload(name).await? {
            Ok(id) => id,
            Err(answer) => return Ok(Err(answer)),
        };
        let mut tags = Vec::new();
        for (number, body) in (1..).zip(PARTS) {
            let url = self.object_url(&format!("{name}?partNumber={number}&uploadId={id}"));
            let part = self.sign(self.with_body("PUT", url, body.to_owned()))?;
            let answer = self.send_tampered(&part).await?;
            match answer.header("etag") {
                Some(tag) if answer.is_ok() => tags.push(tag),
                _ => return Ok(Err(answer)),
            }
        }
        Ok(Ok(Parts { id, tags }))
    }

    /// The request that completes the upload with only the part `which`.
    pub(super) fn completion(
        &self,
        name: &str,
        parts: &Parts,
        which: usize,
    ) -> Result<Signed, ProbeError> {
        let (number, tag) = (which + 1, parts.tags.get(which).map_or("", String::as_str));
        let tag = escaped(tag);
        let body = format!(
            "<CompleteMultipartUpload><Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag>\
             </Part></CompleteMultipartUpload>"
        );
        let url = self.object_url(&format!("{name}?uploadId={}", parts.id));
        self.sign(self.with_body("POST", url, body))
    }

    async fn other_rules(&self) -> Tried {
        if self.workspace.lent {
            return Ok(Outcome::Untestable(
                "the bucket is not the probe's own: its rules stay".to_owned(),
            ));
        }
        let rules = |host: &str| {
            let body = format!(
                "<CORSConfiguration><CORSRule><AllowedOrigin>https://{host}.example</AllowedOrigin>\
                 <AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>"
            );
            self.sign(self.with_body("PUT", self.bucket_url("?cors"), body))
        };
        let honest = rules("honest")?;
        let answer = self.send_tampered(&with_md5(honest.clone(), honest.body)).await?;
        if !answer.is_ok() || self.origin().await?.as_deref() != Some("https://honest.example") {
            return Ok(Outcome::Untestable(format!("a bucket accepts no CORS rules: {answer}")));
        }
        let answer = self.send_tampered(&with_md5(rules("signed")?, rules("others")?.body)).await?;
        let ruled = async { Ok(self.origin().await?.as_deref() == Some("https://others.example")) };
        self.judge(&answer, ruled).await
    }

    async fn origin(&self) -> Result<Option<String>, ProbeError> {
        let url = self.bucket_url("?cors");
        let rules = self
            .send_tampered(&self.sign(UnsignedRequest { url, ..self.unsigned("GET", "") })?)
            .await?;
        Ok(rules.element("AllowedOrigin").filter(|_| rules.is_ok()))
    }

    pub(super) fn with_body(
        &self,
        method: &'static str,
        url: String,
        body: String,
    ) -> UnsignedRequest {
        let (payload, body) = (PayloadMode::Hashed, body.into_bytes());
        UnsignedRequest { url, payload, body, ..self.unsigned(method, "") }
    }
}

/// The contents of the parts of an upload.
pub(super) const PARTS: [&str; 2] = ["first", "other"];

/// A started multipart upload: its id and the ETags of its parts.
pub(super) struct Parts {
    pub(super) id: String,
    pub(super) tags: Vec<String>,
}

/// The request with another body and its `Content-MD5`. Some storages require this header, and it
/// need not be signed.
pub(super) fn with_md5(request: Signed, body: Vec<u8>) -> Signed {
    let sum = STANDARD.encode(Md5::digest(&body));
    Signed { body, ..request }.with("content-md5", &sum)
}

//! Runs each attack: it signs a valid request, modifies it, sends it, and checks whether the
//! modification had an effect.

use super::case::{Added, Attack};
use super::environment::{ProbeEnvironment, SECRET};
use super::error::ProbeError;
use super::findings::{Outcome, Tried};
use super::workspace::PREFIX;
use crate::domain::s3::AddressingStyle::{Path, VirtualHosted};
use crate::domain::s3::Ambiguity;
use crate::storage_client::StorageResponse;
use crate::storage_client::{PayloadMode, Signed, UnsignedRequest};

/// What shows that an added header had an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Evidence {
    /// The object has the content of the secret.
    Secret,
    /// The object can be read without a signature.
    Public,
    /// The object has the added tag.
    Tag,
    /// The object has the added metadata.
    Metadata,
    /// The object has the added disposition.
    Disposition,
}

impl ProbeEnvironment {
    /// Runs one attack.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer.
    pub(super) async fn attempt(&self, attack: Attack) -> Tried {
        match attack {
            Attack::AddToPut(added) => self.add_to_put(added).await,
            Attack::AddToPart => self.add_to_part().await,
            Attack::AddBypass => self.add_bypass().await,
            Attack::AddForceDelete => self.add_force_delete().await,
            Attack::ForwardedPrefix => self.forwarded_prefix().await,
            Attack::ForwardedHost => self.forwarded_host().await,
            Attack::OtherHost => self.other_host().await,
            Attack::UnknownHost => self.unknown_host().await,
            Attack::OtherBody => self.other_body("r011", PayloadMode::Unsigned).await,
            Attack::BodyForNothing => self.other_body("r012", PayloadMode::Nothing).await,
            Attack::BodyOf(operation) => self.body_of(operation).await,
            Attack::SplitHeader => self.split_header().await,
            Attack::Again => self.again().await,
            Attack::BreakOff => self.break_off_objects().await,
            Attack::BreakOffPart => self.break_off_part().await,
            Attack::Trailers => self.trailers().await,
            Attack::Reads(Ambiguity::Underscore) => self.named_metadata().await,
            Attack::Reads(ambiguity) => self.read_keys(ambiguity).await,
            Attack::OtherCase => self.read_in_other_case().await,
        }
    }

    async fn add_to_put(&self, added: Added) -> Tried {
        let source = self.secret_source();
        let headers: &[(&str, &str, Evidence)] = match added {
            Added::CopySource => &[("x-amz-copy-source", &source, Evidence::Secret)],
            Added::CopySourceAlias => &[("x_amz_copy_source", &source, Evidence::Secret)],
            Added::PublicAcl => &[("x-amz-acl", "public-read", Evidence::Public)],
            Added::Disposition => {
                &[("response-content-disposition", "inline;acted", Evidence::Disposition)]
            }
            Added::TagsAndMetadata => &[
                ("x-amz-tagging", "sail-cargo-probe=acted", Evidence::Tag),
                ("x-amz-meta-sail-cargo-probe", "acted", Evidence::Metadata),
            ],
        };
        if added == Added::PublicAcl && self.get_unsigned(SECRET).await?.is_ok() {
            return Ok(Outcome::Untestable("this bucket is public already".to_owned()));
        }
        let mut worst = Outcome::Refused;
        for (header, value, evidence) in headers {
            for &form in &self.forms {
                let name = format!("{}-{}", header.to_ascii_lowercase(), form.word());
                let signed = self.sign_in(form, self.unsigned("PUT", &name))?.with(header, value);
                let answer = self.write(&name, &signed).await?;
                let outcome = self.judge(&answer, self.shows(*evidence, &name)).await?;
                log::debug!("{header} added to a PUT signed in the {}: {outcome:?}", form.word());
                worst = worst.or_worse(outcome);
            }
        }
        Ok(worst)
    }

    /// Checks for the effect whatever the response was: a storage may have an effect and still
    /// answer with an error.
    pub(super) async fn judge(
        &self,
        answer: &StorageResponse,
        acted: impl Future<Output = Result<bool, ProbeError>>,
    ) -> Tried {
        Ok(Outcome::seen(acted.await?, answer))
    }

    async fn shows(&self, evidence: Evidence, name: &str) -> Result<bool, ProbeError> {
        Ok(match evidence {
            Evidence::Secret => self.is_secret(&self.get(name).await?),
            Evidence::Public => self.get_unsigned(name).await?.is_ok(),
            Evidence::Tag => {
                let tags = self.get(&format!("{name}?tagging")).await?;
                tags.is_ok() && tags.element("Value").as_deref() == Some("acted")
            }
            Evidence::Disposition => {
                let object = self.get(name).await?;
                object.header("content-disposition").is_some_and(|value| value.contains("acted"))
            }
            Evidence::Metadata => {
                let object = self.get(name).await?;
                object.header("x-amz-meta-sail-cargo-probe").is_some()
            }
        })
    }

    async fn add_to_part(&self) -> Tried {
        let id = match self.begin_upload("parts").await? {
            Ok(id) => id,
            Err(answer) => {
                return Ok(Outcome::Untestable(format!(
                    "a multipart upload cannot begin: {answer}"
                )));
            }
        };
        let mut worst = Outcome::Refused;
        for (number, &form) in (1..).zip(&self.forms) {
            let draft = self.unsigned("PUT", &format!("parts?partNumber={number}&uploadId={id}"));
            let source = self.secret_source();
            let part = self.sign_in(form, draft)?.with("x-amz-copy-source", &source);
            let answer = self.send_tampered(&part).await?;
            worst = worst.or_worse(self.judge(&answer, self.holds_secret_part(&id)).await?);
        }
        Ok(worst)
    }

    /// The uploaded parts are empty, so a part as long as the secret is a copy of the secret.
    async fn holds_secret_part(&self, id: &str) -> Result<bool, ProbeError> {
        let parts = self.get(&format!("parts?uploadId={id}")).await?;
        Ok(parts.has_element("Size", &self.secret_length().to_string()))
    }

    async fn add_bypass(&self) -> Tried {
        let name = "r005";
        self.write(name, &self.put(name, PayloadMode::Hashed, &[], "kept")?).await?;
        let delete = self.sign(self.unsigned("DELETE", name))?;
        let delete = delete.with("x-amz-bypass-governance-retention", "true");
        let answer = self.write(name, &delete).await?;
        Ok(if answer.is_ok() {
            Outcome::Untestable(
                "it was accepted; the probe locks no object that would show its effect".to_owned(),
            )
        } else {
            Outcome::seen(false, &answer)
        })
    }

    async fn add_force_delete(&self) -> Tried {
        let leaf = "r006/leaf";
        self.write(leaf, &self.put(leaf, PayloadMode::Hashed, &[], "kept")?).await?;
        let delete = self.sign(self.unsigned("DELETE", "r006"))?;
        let answer = self.write("r006", &delete.with("x-minio-force-delete", "true")).await?;
        let gone = async { Ok(self.get(leaf).await?.is_missing()) };
        self.judge(&answer, gone).await
    }

    /// Signs for a key that begins with the bucket's name, and shifts the path so that the rest is
    /// the key.
    async fn forwarded_prefix(&self) -> Tried {
        let bucket = &self.workspace.bucket;
        let (url, shift) = match self.style {
            Path => (self.url(bucket, Path, &self.secret_source()), format!("/{bucket}")),
            // Virtual-hosted paths contain no bucket, so the signed key has a prefix that the shift
            // removes.
            VirtualHosted => {
                let longer = format!("{PREFIX}/{}", self.key(SECRET));
                (self.url(bucket, VirtualHosted, &longer), format!("/{PREFIX}"))
            }
        };
        let mut worst = Outcome::Refused;
        for &form in &self.forms {
            let draft = UnsignedRequest { url: url.clone(), ..self.unsigned("GET", SECRET) };
            let mut get = self.sign_in(form, draft)?;
            get.target.replace_range(..shift.len(), "");
            worst = worst.or_worse(self.reads(get.with("x-forwarded-prefix", &shift)).await?);
        }
        Ok(worst)
    }

    /// Signs for one host, sends to another, and names the signed host in `X-Forwarded-Host`. It
    /// replaces the bare host by a bucket's host, which a storage may know even if its endpoint is
    /// path style. It also replaces a bucket's host by the bare host, and by another bucket's.
    async fn forwarded_host(&self) -> Tried {
        let (nowhere, bucket) = (&self.workspace.nowhere, &self.workspace.bucket);
        let mut changes = vec![(self.bare_url(&self.key(SECRET)), self.host_of(bucket))];
        if self.has_bucket_hosts() {
            let hosted = |rest: &str| self.url(nowhere, VirtualHosted, rest);
            changes.push((hosted(&self.key(SECRET)), self.host_of(bucket)));
            changes.push((hosted(&self.secret_source()), self.bare_host().to_owned()));
        }
        let mut worst = Outcome::Refused;
        for (url, host) in &changes {
            for &form in &self.forms {
                let draft = UnsignedRequest { url: url.clone(), ..self.unsigned("GET", SECRET) };
                let mut get = self.sign_in(form, draft)?;
                let signed = std::mem::replace(&mut get.host, host.clone());
                worst = worst.or_worse(self.reads(get.with("x-forwarded-host", &signed)).await?);
            }
        }
        Ok(worst)
    }

    /// Signs a path on the bare host, and sends it to a bucket's host. The probe's keys begin with
    /// a valid bucket name, so that the signed path is valid too.
    async fn other_host(&self) -> Tried {
        let mut worst = Outcome::Refused;
        for &form in &self.forms {
            let url = self.bare_url(&self.key(SECRET));
            let mut get =
                self.sign_in(form, UnsignedRequest { url, ..self.unsigned("GET", SECRET) })?;
            get.host = self.host_of(&self.workspace.bucket);
            worst = worst.or_worse(self.reads(get).await?);
        }
        Ok(worst)
    }

    async fn unknown_host(&self) -> Tried {
        if !self.has_bucket_hosts() {
            return Ok(path_style());
        }
        let url = self.url(&self.workspace.nowhere, VirtualHosted, &self.secret_source());
        self.reads(self.sign(UnsignedRequest { url, ..self.unsigned("GET", SECRET) })?).await
    }

    /// Whether a modified download returns the secret.
    async fn reads(&self, get: Signed) -> Tried {
        let answer = self.send_tampered(&get).await?;
        Ok(Outcome::seen(self.is_secret(&answer), &answer))
    }

    pub(super) async fn other_body(&self, name: &str, payload: PayloadMode) -> Tried {
        let mut put = self.put(
            name,
            payload,
            &[],
            if payload == PayloadMode::Hashed { "bytes" } else { "" },
        )?;
        put.body = b"other".to_vec();
        let answer = self.write(name, &put).await?;
        let stored = async { Ok(self.get(name).await?.body() == b"other") };
        self.judge(&answer, stored).await
    }

    async fn split_header(&self) -> Tried {
        let (name, header) = ("r013", "x-amz-meta-sail-cargo-probe");
        let mut put = self.put(name, PayloadMode::Unsigned, &[(header, "one,two")], "kept")?;
        put.headers.retain(|(name, _)| name != header);
        let answer = self.write(name, &put.with(header, "one").with(header, "two")).await?;
        let other = async {
            let value = self.get(name).await?.header(header).map(|value| value.replace(' ', ""));
            Ok(value.is_some_and(|value| value != "one,two"))
        };
        self.judge(&answer, other).await
    }

    async fn again(&self) -> Tried {
        let get = self.sign(self.unsigned("GET", SECRET))?;
        self.send_tampered(&get).await?;
        self.reads(get).await
    }
}

fn path_style() -> Outcome {
    Outcome::Untestable("the endpoint is path style".to_owned())
}

//! The bucket and the objects a probe works with, from the first to the last of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt as _;

use super::error::ProbeError;
use super::pen::{Declared, Draft, Form, Pen, Signed};
use super::send::{Answer, Line};
use crate::domain::BucketName;
use crate::domain::s3::AddressingStyle;

/// The first segment of every key, and a bucket that is signed for and never touched.
pub(super) const PREFIX: &str = "sail-cargo-probe";
/// How many requests are under way at once.
pub(super) const AT_ONCE: usize = 4;

/// Where a probe works.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The bucket.
    pub(super) bucket: BucketName,
    /// It was somebody's before, and stays.
    pub(super) lent: bool,
    /// In the names of everything that is made.
    pub(super) random: String,
    /// A bucket that is nowhere.
    pub(super) nowhere: BucketName,
}

impl Place {
    /// `bucket`, or one that is made for the occasion.
    ///
    /// # Errors
    /// Never, but for a defect.
    pub(super) fn choose(bucket: Option<BucketName>) -> Result<Self, ProbeError> {
        let random = uuid::Uuid::new_v4().simple().to_string()[..12].to_owned();
        let name = |text: String| {
            BucketName::parse(&text).map_err(|error| ProbeError::Failed(error.to_string()))
        };
        let lent = bucket.is_some();
        let bucket = bucket.map_or_else(|| name(format!("{PREFIX}-{random}")), Ok)?;
        let nowhere = name(format!("sail-cargo-decoy-{random}"))?;
        Ok(Self { bucket, lent, random, nowhere })
    }

    /// Every bucket that is signed for.
    ///
    /// # Errors
    /// Never, but for a defect.
    pub(super) fn buckets(&self) -> Result<[BucketName; 3], ProbeError> {
        let decoy =
            BucketName::parse(PREFIX).map_err(|error| ProbeError::Failed(error.to_string()))?;
        Ok([self.bucket.clone(), self.nowhere.clone(), decoy])
    }
}

/// What has to be removed.
#[derive(Debug, Default)]
struct Litter {
    bucket: bool,
    /// Keys, with their versions where the bucket keeps any.
    objects: BTreeMap<String, BTreeSet<String>>,
    /// Keys and upload ids.
    uploads: Vec<(String, String)>,
}

/// One endpoint with the probe's bucket, and a secret in it that nobody was allowed to read.
#[derive(Debug)]
pub(super) struct Scene {
    line: Line,
    pen: Pen,
    pub(super) place: Place,
    /// How honest requests name the bucket.
    style: AddressingStyle,
    /// Where the storage takes a signature from.
    pub(super) forms: Vec<Form>,
    secret: String,
    litter: Mutex<Litter>,
}

impl Scene {
    pub(super) fn new(line: Line, pen: Pen, place: Place) -> Self {
        let secret = format!("nobody may read this: {}", uuid::Uuid::new_v4());
        let litter = Mutex::default();
        let (style, forms) = (AddressingStyle::Path, Vec::new());
        Self { line, pen, place, style, forms, secret, litter }
    }

    /// Makes the bucket, and the secret in it. A storage that wants buckets in host names is
    /// asked so, where its endpoint says that it does.
    ///
    /// # Errors
    /// The storage cannot be reached, or refuses an honest request.
    pub(super) async fn set(&mut self) -> Result<(), ProbeError> {
        match self.furnish().await {
            Err(ProbeError::Refused { .. }) if self.has_bucket_hosts() => {
                self.style = AddressingStyle::VirtualHosted;
                self.furnish().await?;
            }
            other => other?,
        }
        self.learn_forms().await
    }

    /// What will be changed has to be taken unchanged, or a refusal would say nothing.
    async fn learn_forms(&mut self) -> Result<(), ProbeError> {
        for form in [Form::Headers, Form::Url] {
            let name = format!("honest-{}", form.word());
            let put = self.sign_in(form, self.draft("PUT", &name))?;
            let answer = self.write(&name, &put).await?;
            match form {
                Form::Headers => self.demand(&answer, "store an empty object")?,
                Form::Url if !answer.is_ok() => continue,
                Form::Url => {}
            }
            self.forms.push(form);
        }
        Ok(())
    }

    async fn furnish(&self) -> Result<(), ProbeError> {
        if !self.place.lent && !self.litter().bucket {
            self.create_bucket().await?;
        }
        let put = self.put(SECRET, Declared::Hashed, &[], &self.secret)?;
        let answer = self.write(SECRET, &put).await?;
        self.demand(&answer, "store a small object")?;
        let answer = self.get(SECRET).await?;
        self.demand(&answer, "give back an object just stored")?;
        if self.is_secret(&answer) {
            Ok(())
        } else {
            Err(ProbeError::Failed("the storage gave back another object than it got".to_owned()))
        }
    }

    async fn create_bucket(&self) -> Result<(), ProbeError> {
        let region = &self.pen.credentials.region;
        let somewhere = format!(
            "<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint>\
             </CreateBucketConfiguration>"
        );
        let usual = region == "us-east-1";
        self.litter().bucket = true;
        let mut answer = self.try_create(if usual { "" } else { &somewhere }).await?;
        if !answer.is_ok() && !usual {
            answer = self.try_create("").await?;
        }
        self.litter().bucket = answer.is_ok();
        self.demand(&answer, "create a bucket")
    }

    async fn try_create(&self, body: &str) -> Result<Answer, ProbeError> {
        let draft = Draft {
            method: "PUT",
            url: self.url(&self.place.bucket, self.style, ""),
            headers: Vec::new(),
            payload: Declared::Hashed,
            body: body.as_bytes().to_vec(),
        };
        self.line.send(&self.pen.sign(draft)?).await
    }

    /// An honest request has to succeed, or nothing can be said.
    fn demand(&self, answer: &Answer, what: &'static str) -> Result<(), ProbeError> {
        if answer.is_ok() {
            return Ok(());
        }
        Err(ProbeError::Refused {
            endpoint: self.line.url().to_owned(),
            what,
            answer: answer.to_string(),
            advice: "Check access key, secret, region and endpoint; with a key that may not \
                create buckets, name one to probe in with --bucket",
        })
    }

    /// Scheme, host and port.
    pub(super) fn endpoint_url(&self) -> &str {
        self.line.url()
    }

    /// The endpoint says that buckets may be in the host.
    pub(super) fn has_bucket_hosts(&self) -> bool {
        self.pen.endpoint.style() == AddressingStyle::VirtualHosted
    }

    /// The host that stands for a bucket.
    pub(super) fn host_of(&self, bucket: &BucketName) -> String {
        let url = self.line.url();
        let authority = url.split_once("://").map_or(url, |(_, authority)| authority);
        format!("{bucket}.{authority}")
    }

    /// The URL of a key, or of a bucket when `rest` is empty.
    pub(super) fn url(&self, bucket: &BucketName, style: AddressingStyle, rest: &str) -> String {
        let url = self.line.url();
        match style {
            AddressingStyle::Path if rest.is_empty() => format!("{url}/{bucket}"),
            AddressingStyle::Path => format!("{url}/{bucket}/{rest}"),
            AddressingStyle::VirtualHosted => {
                let scheme = url.split_once("://").map_or("https", |(scheme, _)| scheme);
                format!("{scheme}://{}/{rest}", self.host_of(bucket))
            }
        }
    }

    /// The URL of a path on the bare host.
    pub(super) fn bare_url(&self, path: &str) -> String {
        format!("{}/{path}", self.line.url())
    }

    /// The full key of one of the probe's objects.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{PREFIX}/{}/{name}", self.place.random)
    }

    /// The secret, as `x-amz-copy-source` names it.
    pub(super) fn secret_source(&self) -> String {
        format!("{}/{}", self.place.bucket, self.key(SECRET))
    }

    /// How long the secret is, in bytes.
    pub(super) fn secret_length(&self) -> usize {
        self.secret.len()
    }

    /// Whether this answer gives the secret away.
    pub(super) fn is_secret(&self, answer: &Answer) -> bool {
        answer.body() == self.secret.as_bytes()
    }

    /// A request for one of the probe's objects; `rest` is its name, with a query maybe.
    pub(super) fn draft(&self, method: &'static str, rest: &str) -> Draft {
        let url = self.url(&self.place.bucket, self.style, &self.key(rest));
        let (headers, body) = (Vec::new(), Vec::new());
        Draft { method, url, headers, payload: Declared::Unsigned, body }
    }

    /// Signs in headers.
    ///
    /// # Errors
    /// A defect.
    pub(super) fn sign(&self, draft: Draft) -> Result<Signed, ProbeError> {
        self.pen.sign(draft)
    }

    /// Signs in headers or in the URL.
    ///
    /// # Errors
    /// A defect.
    pub(super) fn sign_in(&self, form: Form, draft: Draft) -> Result<Signed, ProbeError> {
        self.pen.sign_in(form, draft)
    }

    /// A signed upload.
    ///
    /// # Errors
    /// A defect.
    pub(super) fn put(
        &self,
        name: &str,
        payload: Declared,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Signed, ProbeError> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let draft = self.draft("PUT", name);
        let body = body.as_bytes().to_vec();
        self.sign(Draft { payload, headers: headers.collect(), body, ..draft })
    }

    /// Downloads an object, honestly.
    ///
    /// # Errors
    /// See [`Line::send`].
    pub(super) async fn get(&self, rest: &str) -> Result<Answer, ProbeError> {
        self.line.send(&self.sign(self.draft("GET", rest))?).await
    }

    /// Downloads an object as anybody could.
    ///
    /// # Errors
    /// See [`Line::send`].
    pub(super) async fn get_unsigned(&self, name: &str) -> Result<Answer, ProbeError> {
        let signed = self.sign(self.draft("GET", name))?;
        self.line.send(&Signed { headers: Vec::new(), ..signed }).await
    }

    /// Sends a changed request that writes nothing.
    ///
    /// # Errors
    /// See [`Line::dare`].
    pub(super) async fn dare(&self, request: &Signed) -> Result<Answer, ProbeError> {
        self.line.dare(request).await
    }

    /// Sends a request, changed or not, that may write the object `name`.
    ///
    /// # Errors
    /// See [`Line::dare`].
    pub(super) async fn write(&self, name: &str, request: &Signed) -> Result<Answer, ProbeError> {
        if request.method != "DELETE" {
            self.litter().objects.entry(name.to_owned()).or_default();
        }
        let answer = match name {
            SECRET => self.line.send(request).await?,
            _ => self.line.dare(request).await?,
        };
        let mut litter = self.litter();
        if let Some(version) = version(&answer) {
            litter.objects.entry(name.to_owned()).or_default().insert(version);
        } else if answer.is_refusal() && litter.objects.get(name).is_some_and(BTreeSet::is_empty) {
            litter.objects.remove(name);
        }
        drop(litter);
        Ok(answer)
    }

    /// Begins an upload in parts and returns its id, or the storage's refusal.
    ///
    /// # Errors
    /// See [`Line::send`].
    pub(super) async fn begin_upload(
        &self,
        name: &str,
    ) -> Result<Result<String, Answer>, ProbeError> {
        let post = self.sign(self.draft("POST", &format!("{name}?uploads")))?;
        let answer = self.line.send(&post).await?;
        let Some(id) = answer.element("UploadId").filter(|_| answer.is_ok()) else {
            return Ok(Err(answer));
        };
        let id = encode(&id);
        self.litter().uploads.push((name.to_owned(), id.clone()));
        Ok(Ok(id))
    }

    /// Removes everything, and says in the log what could not be removed.
    pub(super) async fn clear(&self) {
        let litter = std::mem::take(&mut *self.litter());
        let uploads =
            litter.uploads.iter().map(|(name, id)| format!("{name}?uploadId={id}")).collect();
        let objects = litter.objects.iter().flat_map(|(name, versions)| {
            let all = || versions.iter().map(|id| format!("{name}?versionId={}", encode(id)));
            if versions.is_empty() { vec![name.clone()] } else { all().collect() }
        });
        let mut clean = self.remove(uploads).await;
        clean &= self.remove(objects.collect()).await;
        if litter.bucket {
            clean &= self.remove_bucket().await.is_ok_and(|answer| answer.is_ok());
        }
        if !clean {
            let (bucket, key) = (&self.place.bucket, self.key(""));
            log::warn!("the probe could not remove all it made: see `{key}` in bucket `{bucket}`");
        }
    }

    /// Whether all of them are gone.
    async fn remove(&self, rests: Vec<String>) -> bool {
        let gone = futures_util::stream::iter(rests).map(|rest| async move {
            let answer = self.delete(&rest).await?;
            match version(&answer).filter(|_| !rest.contains('?')) {
                Some(marker) => self.delete(&format!("{rest}?versionId={}", encode(&marker))).await,
                None => Ok::<_, ProbeError>(answer),
            }
        });
        let is_gone = |answer: Answer| answer.is_ok() || answer.is_missing();
        let gone: Vec<_> = gone.buffer_unordered(AT_ONCE).collect().await;
        gone.into_iter().all(|answer| answer.is_ok_and(is_gone))
    }

    async fn delete(&self, rest: &str) -> Result<Answer, ProbeError> {
        self.line.send(&self.sign(self.draft("DELETE", rest))?).await
    }

    async fn remove_bucket(&self) -> Result<Answer, ProbeError> {
        let url = self.url(&self.place.bucket, self.style, "");
        let (headers, payload, body) = (Vec::new(), Declared::Unsigned, Vec::new());
        self.line.send(&self.sign(Draft { method: "DELETE", url, headers, payload, body })?).await
    }

    fn litter(&self) -> MutexGuard<'_, Litter> {
        self.litter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The object that must not be read.
pub(super) const SECRET: &str = "secret";

/// The version that a request made, in buckets that keep versions: of an object, or a marker that
/// stands for a deleted one.
fn version(answer: &Answer) -> Option<String> {
    answer.header("x-amz-version-id").filter(|id| id != "null")
}

/// A value for a query.
fn encode(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    value
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

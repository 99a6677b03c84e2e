//! The bucket and the objects a probe works with, from the first to the last of them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::ProbeError;
use super::litter::{Litter, version};
use super::place::{PREFIX, Place};
use crate::domain::BucketName;
use crate::domain::s3::AddressingStyle;
use crate::storage::{Answer, Declared, Draft, Form, Line, Pen, Signed, StorageError, encode};

/// How many requests are under way at once.
pub(super) const AT_ONCE: usize = 4;

/// One endpoint with the probe's bucket, and a secret in it that nobody was allowed to read.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) line: Line,
    pen: Pen,
    pub(super) place: Place,
    /// How honest requests name the bucket.
    pub(super) style: AddressingStyle,
    /// Where the storage takes a signature from.
    pub(super) forms: Vec<Form>,
    /// What the storage calls itself.
    pub(super) server: Option<String>,
    secret: String,
    /// Buckets are made without saying where, whatever the region.
    places_itself: AtomicBool,
    litter: Mutex<Litter>,
}

impl Scene {
    pub(super) fn new(line: Line, pen: Pen, place: Place) -> Self {
        let secret = format!("nobody may read this: {}", uuid::Uuid::new_v4());
        let litter = Mutex::default();
        let (style, forms) = (AddressingStyle::Path, Vec::new());
        Self {
            line,
            pen,
            place,
            style,
            forms,
            server: None,
            secret,
            places_itself: AtomicBool::new(false),
            litter,
        }
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
        self.server = None;
        for form in [Form::Headers, Form::Url] {
            let name = format!("honest-{}", form.word());
            let put = self.sign_in(form, self.draft("PUT", &name))?;
            let answer = self.write(&name, &put).await?;
            self.server = answer.header("server").map(|name| plain(&name)).or(self.server.take());
            match form {
                Form::Headers => self.demand(&answer, "store an empty object")?,
                Form::Url if answer.is_refusal() => continue,
                Form::Url => self.demand(&answer, "store an empty object by a presigned URL")?,
            }
            self.forms.push(form);
        }
        Ok(())
    }

    async fn furnish(&self) -> Result<(), ProbeError> {
        let bucket = &self.place.bucket;
        if !self.place.lent && !self.litter().buckets.contains(bucket) {
            let made = self.create(bucket).await?;
            self.demand(&made, "create a bucket")?;
        }
        let put = self.put(SECRET, Declared::Hashed, &[], &self.secret)?;
        let answer = self.write(SECRET, &put).await?;
        self.demand(&answer, "store a small object")?;
        let answer = self.get(SECRET).await?;
        self.demand(&answer, "give back an object just stored")?;
        if self.is_secret(&answer) {
            Ok(())
        } else {
            Err(self.refused(&answer, "give back an object as it was stored"))
        }
    }

    /// Makes a bucket, where the keys' region is or where the storage wants it.
    ///
    /// # Errors
    /// See [`Line::send`].
    pub(super) async fn create(&self, bucket: &BucketName) -> Result<Answer, ProbeError> {
        self.litter().buckets.insert(bucket.clone());
        let somewhere = self.somewhere();
        let mut answer = self.try_create(bucket, &somewhere).await?;
        if answer.is_refusal() && !somewhere.is_empty() {
            answer = self.try_create(bucket, "").await?;
            self.places_itself.store(answer.is_ok(), Ordering::Relaxed);
        }
        if answer.is_refusal() {
            self.litter().buckets.remove(bucket);
        }
        Ok(answer)
    }

    /// The body that a bucket is made with here.
    pub(super) fn creation(&self) -> String {
        if self.places_itself.load(Ordering::Relaxed) { String::new() } else { self.somewhere() }
    }

    /// Where a bucket is to be: nothing for the usual region.
    fn somewhere(&self) -> String {
        match self.pen.credentials.region() {
            "us-east-1" => String::new(),
            region => format!(
                "<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint>\
                 </CreateBucketConfiguration>"
            ),
        }
    }

    async fn try_create(&self, bucket: &BucketName, body: &str) -> Result<Answer, ProbeError> {
        let draft = Draft {
            method: "PUT",
            url: self.url(bucket, self.style, ""),
            headers: Vec::new(),
            payload: Declared::Hashed,
            body: body.as_bytes().to_vec(),
        };
        let answer = self.line.send(&self.pen.sign(draft)?).await;
        if matches!(answer, Err(StorageError::Unreachable { .. })) {
            self.litter().buckets.remove(bucket);
        }
        Ok(answer?)
    }

    /// An honest request has to succeed, or nothing can be said.
    fn demand(&self, answer: &Answer, what: &'static str) -> Result<(), ProbeError> {
        if answer.is_ok() { Ok(()) } else { Err(self.refused(answer, what)) }
    }

    fn refused(&self, answer: &Answer, what: &'static str) -> ProbeError {
        ProbeError::Refused {
            endpoint: self.line.url().to_owned(),
            what,
            answer: answer.to_string(),
            advice: "Check access key, secret, region and endpoint; with a key that may not \
                create buckets, name one to probe in with --bucket",
        }
    }

    /// Scheme, host and port.
    pub(super) fn endpoint_url(&self) -> &str {
        self.line.url()
    }

    /// The endpoint says that buckets may be in the host.
    pub(super) fn has_bucket_hosts(&self) -> bool {
        self.pen.endpoint.style() == AddressingStyle::VirtualHosted
    }

    /// The endpoint's host and port.
    pub(super) fn bare_host(&self) -> &str {
        let url = self.line.url();
        url.split_once("://").map_or(url, |(_, authority)| authority)
    }

    /// The host that stands for a bucket.
    pub(super) fn host_of(&self, bucket: &BucketName) -> String {
        format!("{bucket}.{}", self.bare_host())
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

    /// The URL of one of the probe's objects; `rest` is its name, with a query maybe.
    pub(super) fn object_url(&self, rest: &str) -> String {
        self.url(&self.place.bucket, self.style, &self.key(rest))
    }

    /// The URL of the probe's bucket with a query.
    pub(super) fn bucket_url(&self, query: &str) -> String {
        self.url(&self.place.bucket, self.style, query)
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
        let url = self.object_url(rest);
        let (headers, body) = (Vec::new(), Vec::new());
        Draft { method, url, headers, payload: Declared::Unsigned, body }
    }

    /// Signs in headers.
    ///
    /// # Errors
    /// A defect.
    pub(super) fn sign(&self, draft: Draft) -> Result<Signed, ProbeError> {
        Ok(self.pen.sign(draft)?)
    }

    /// Signs in headers or in the URL.
    ///
    /// # Errors
    /// A defect.
    pub(super) fn sign_in(&self, form: Form, draft: Draft) -> Result<Signed, ProbeError> {
        Ok(self.pen.sign_in(form, draft)?)
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
        Ok(self.line.send(&self.sign(self.draft("GET", rest))?).await?)
    }

    /// Downloads an object as anybody could.
    ///
    /// # Errors
    /// See [`Line::send`].
    pub(super) async fn get_unsigned(&self, name: &str) -> Result<Answer, ProbeError> {
        let signed = self.sign(self.draft("GET", name))?;
        Ok(self.line.send(&Signed { headers: Vec::new(), ..signed }).await?)
    }

    /// Sends a changed request that writes nothing.
    ///
    /// # Errors
    /// See [`Line::dare`].
    pub(super) async fn dare(&self, request: &Signed) -> Result<Answer, ProbeError> {
        Ok(self.line.dare(request).await?)
    }

    /// Sends a request, changed or not, that may write the object `name`.
    ///
    /// # Errors
    /// See [`Line::dare`].
    pub(super) async fn write(&self, name: &str, request: &Signed) -> Result<Answer, ProbeError> {
        let makes = request.method != "DELETE" && !self.litter().objects.contains_key(name);
        if makes {
            self.litter().objects.insert(name.to_owned(), BTreeSet::new());
        }
        let answer = match name {
            SECRET => self.line.send(request).await?,
            _ => self.line.dare(request).await?,
        };
        let mut litter = self.litter();
        if let Some(version) = version(&answer) {
            litter.objects.entry(name.to_owned()).or_default().insert(version);
        } else if makes && answer.is_refusal() {
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

    /// What was made so far.
    pub(super) fn litter(&self) -> MutexGuard<'_, Litter> {
        self.litter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The object that must not be read.
pub(super) const SECRET: &str = "secret";

/// A name that a storage gave itself, as far as it is one.
fn plain(name: &str) -> String {
    name.chars().filter(|one| one.is_ascii_graphic() || *one == ' ').take(100).collect()
}

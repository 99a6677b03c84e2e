//! The bucket and the objects a probe works with, from the first to the last of them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::created::{CreatedResources, version};
use super::error::ProbeError;
use super::workspace::{PREFIX, Workspace};
use crate::domain::BucketName;
use crate::domain::s3::{AddressingStyle, percent};
use crate::storage_client::{
    Form, PayloadMode, Signed, Signer, StorageClient, StorageError, StorageResponse,
    UnsignedRequest,
};

/// How many requests are under way at once.
pub(super) const AT_ONCE: usize = 4;

/// One endpoint with the probe's bucket, and a secret in it that nobody was allowed to read.
#[derive(Debug)]
pub(super) struct ProbeEnvironment {
    pub(super) client: StorageClient,
    signer: Signer,
    pub(super) workspace: Workspace,
    /// How honest requests name the bucket.
    pub(super) style: AddressingStyle,
    /// Where the storage takes a signature from.
    pub(super) forms: Vec<Form>,
    /// What the storage calls itself.
    pub(super) server: Option<String>,
    secret: String,
    /// Buckets are made without saying where, whatever the region.
    places_itself: AtomicBool,
    created: Mutex<CreatedResources>,
}

impl ProbeEnvironment {
    pub(super) fn new(client: StorageClient, signer: Signer, workspace: Workspace) -> Self {
        let secret = format!("nobody may read this: {}", uuid::Uuid::new_v4());
        let created = Mutex::default();
        let (style, forms) = (AddressingStyle::Path, Vec::new());
        Self {
            client,
            signer,
            workspace,
            style,
            forms,
            server: None,
            secret,
            places_itself: AtomicBool::new(false),
            created,
        }
    }

    /// Makes the bucket, and the secret in it. A storage that wants buckets in host names is
    /// asked so, where its endpoint says that it does.
    ///
    /// # Errors
    /// The storage cannot be reached, or refuses an honest request.
    pub(super) async fn setup(&mut self) -> Result<(), ProbeError> {
        match self.prepare().await {
            Err(ProbeError::Refused { .. }) if self.has_bucket_hosts() => {
                self.style = AddressingStyle::VirtualHosted;
                self.prepare().await?;
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
            let put = self.sign_in(form, self.unsigned("PUT", &name))?;
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

    async fn prepare(&self) -> Result<(), ProbeError> {
        let bucket = &self.workspace.bucket;
        if !self.workspace.lent && !self.created().buckets.contains(bucket) {
            let made = self.create(bucket).await?;
            self.demand(&made, "create a bucket")?;
        }
        let put = self.put(SECRET, PayloadMode::Hashed, &[], &self.secret)?;
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
    /// See [`StorageClient::send`].
    pub(super) async fn create(&self, bucket: &BucketName) -> Result<StorageResponse, ProbeError> {
        self.created().buckets.insert(bucket.clone());
        let somewhere = self.somewhere();
        let mut answer = self.try_create(bucket, &somewhere).await?;
        if answer.is_refusal() && !somewhere.is_empty() {
            answer = self.try_create(bucket, "").await?;
            self.places_itself.store(answer.is_ok(), Ordering::Relaxed);
        }
        if answer.is_refusal() {
            self.created().buckets.remove(bucket);
        }
        Ok(answer)
    }

    /// The body that a bucket is made with here.
    pub(super) fn creation(&self) -> String {
        if self.places_itself.load(Ordering::Relaxed) { String::new() } else { self.somewhere() }
    }

    /// Where a bucket is to be: nothing for the usual region.
    fn somewhere(&self) -> String {
        match self.signer.credentials.region() {
            "us-east-1" => String::new(),
            region => format!(
                "<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint>\
                 </CreateBucketConfiguration>"
            ),
        }
    }

    async fn try_create(
        &self,
        bucket: &BucketName,
        body: &str,
    ) -> Result<StorageResponse, ProbeError> {
        let draft = UnsignedRequest {
            method: "PUT",
            url: self.url(bucket, self.style, ""),
            headers: Vec::new(),
            payload: PayloadMode::Hashed,
            body: body.as_bytes().to_vec(),
        };
        let answer = self.client.send(&self.signer.sign(draft)?).await;
        if matches!(answer, Err(StorageError::Unreachable { .. })) {
            self.created().buckets.remove(bucket);
        }
        Ok(answer?)
    }

    /// An honest request has to succeed, or nothing can be said.
    fn demand(&self, answer: &StorageResponse, what: &'static str) -> Result<(), ProbeError> {
        if answer.is_ok() { Ok(()) } else { Err(self.refused(answer, what)) }
    }

    fn refused(&self, answer: &StorageResponse, what: &'static str) -> ProbeError {
        ProbeError::Refused {
            endpoint: self.client.url().to_owned(),
            what,
            answer: answer.to_string(),
            advice: "Check access key, secret, region and endpoint; if the key may not create \
                     buckets, name an existing one with --bucket",
        }
    }

    /// Scheme, host and port.
    pub(super) fn endpoint_url(&self) -> &str {
        self.client.url()
    }

    /// The endpoint says that buckets may be in the host.
    pub(super) fn has_bucket_hosts(&self) -> bool {
        self.signer.endpoint.style() == AddressingStyle::VirtualHosted
    }

    /// The endpoint's host and port.
    pub(super) fn bare_host(&self) -> &str {
        let url = self.client.url();
        url.split_once("://").map_or(url, |(_, authority)| authority)
    }

    /// The host that stands for a bucket.
    pub(super) fn host_of(&self, bucket: &BucketName) -> String {
        format!("{bucket}.{}", self.bare_host())
    }

    /// The URL of a key, or of a bucket when `rest` is empty.
    pub(super) fn url(&self, bucket: &BucketName, style: AddressingStyle, rest: &str) -> String {
        let url = self.client.url();
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
        self.url(&self.workspace.bucket, self.style, &self.key(rest))
    }

    /// The URL of the probe's bucket with a query.
    pub(super) fn bucket_url(&self, query: &str) -> String {
        self.url(&self.workspace.bucket, self.style, query)
    }

    /// The URL of a path on the bare host.
    pub(super) fn bare_url(&self, path: &str) -> String {
        format!("{}/{path}", self.client.url())
    }

    /// The full key of one of the probe's objects.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{PREFIX}/{}/{name}", self.workspace.random)
    }

    /// The secret, as `x-amz-copy-source` names it.
    pub(super) fn secret_source(&self) -> String {
        format!("{}/{}", self.workspace.bucket, self.key(SECRET))
    }

    /// How long the secret is, in bytes.
    pub(super) fn secret_length(&self) -> usize {
        self.secret.len()
    }

    /// Whether this answer gives the secret away.
    pub(super) fn is_secret(&self, answer: &StorageResponse) -> bool {
        answer.body() == self.secret.as_bytes()
    }

    /// A request for one of the probe's objects; `rest` is its name, with a query maybe.
    pub(super) fn unsigned(&self, method: &'static str, rest: &str) -> UnsignedRequest {
        let url = self.object_url(rest);
        let (headers, body) = (Vec::new(), Vec::new());
        UnsignedRequest { method, url, headers, payload: PayloadMode::Unsigned, body }
    }

    /// Signs in headers.
    ///
    /// # Errors
    /// A defect.
    pub(super) fn sign(&self, draft: UnsignedRequest) -> Result<Signed, ProbeError> {
        Ok(self.signer.sign(draft)?)
    }

    /// Signs in headers or in the URL.
    ///
    /// # Errors
    /// A defect.
    pub(super) fn sign_in(&self, form: Form, draft: UnsignedRequest) -> Result<Signed, ProbeError> {
        Ok(self.signer.sign_in(form, draft)?)
    }

    /// A signed upload.
    ///
    /// # Errors
    /// A defect.
    pub(super) fn put(
        &self,
        name: &str,
        payload: PayloadMode,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Signed, ProbeError> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let draft = self.unsigned("PUT", name);
        let body = body.as_bytes().to_vec();
        self.sign(UnsignedRequest { payload, headers: headers.collect(), body, ..draft })
    }

    /// Downloads an object, honestly.
    ///
    /// # Errors
    /// See [`StorageClient::send`].
    pub(super) async fn get(&self, rest: &str) -> Result<StorageResponse, ProbeError> {
        Ok(self.client.send(&self.sign(self.unsigned("GET", rest))?).await?)
    }

    /// Downloads an object as anybody could.
    ///
    /// # Errors
    /// See [`StorageClient::send`].
    pub(super) async fn get_unsigned(&self, name: &str) -> Result<StorageResponse, ProbeError> {
        let signed = self.sign(self.unsigned("GET", name))?;
        Ok(self.client.send(&Signed { headers: Vec::new(), ..signed }).await?)
    }

    /// Sends a changed request that writes nothing.
    ///
    /// # Errors
    /// See [`StorageClient::send_tampered`].
    pub(super) async fn send_tampered(
        &self,
        request: &Signed,
    ) -> Result<StorageResponse, ProbeError> {
        Ok(self.client.send_tampered(request).await?)
    }

    /// Sends a request, changed or not, that may write the object `name`.
    ///
    /// # Errors
    /// See [`StorageClient::send_tampered`].
    pub(super) async fn write(
        &self,
        name: &str,
        request: &Signed,
    ) -> Result<StorageResponse, ProbeError> {
        let makes = request.method != "DELETE" && !self.created().objects.contains_key(name);
        if makes {
            self.created().objects.insert(name.to_owned(), BTreeSet::new());
        }
        let answer = match name {
            SECRET => self.client.send(request).await?,
            _ => self.client.send_tampered(request).await?,
        };
        let mut created = self.created();
        if let Some(version) = version(&answer) {
            created.objects.entry(name.to_owned()).or_default().insert(version);
        } else if makes && answer.is_refusal() {
            created.objects.remove(name);
        }
        drop(created);
        Ok(answer)
    }

    /// Begins an upload in parts and returns its id, or the storage's refusal.
    ///
    /// # Errors
    /// See [`StorageClient::send`].
    pub(super) async fn begin_upload(
        &self,
        name: &str,
    ) -> Result<Result<String, StorageResponse>, ProbeError> {
        let post = self.sign(self.unsigned("POST", &format!("{name}?uploads")))?;
        let answer = self.client.send(&post).await?;
        let Some(id) = answer.element("UploadId").filter(|_| answer.is_ok()) else {
            return Ok(Err(answer));
        };
        let id = percent::encode(&id).into_owned();
        self.created().uploads.push((name.to_owned(), id.clone()));
        Ok(Ok(id))
    }

    /// What was made so far.
    pub(super) fn created(&self) -> MutexGuard<'_, CreatedResources> {
        self.created.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The object that must not be read.
pub(super) const SECRET: &str = "secret";

/// A name that a storage gave itself, as far as it is one.
fn plain(name: &str) -> String {
    name.chars().filter(|one| one.is_ascii_graphic() || *one == ' ').take(100).collect()
}

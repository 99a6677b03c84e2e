//! The probe's bucket and objects on one endpoint, from setup to cleanup.

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

/// How many requests run at the same time.
pub(super) const AT_ONCE: usize = 4;

/// One endpoint with the probe's bucket. The bucket holds a secret object, which no attack may be
/// able to read.
#[derive(Debug)]
pub(super) struct ProbeEnvironment {
    pub(super) client: StorageClient,
    signer: Signer,
    pub(super) workspace: Workspace,
    /// How unmodified requests address the bucket.
    pub(super) style: AddressingStyle,
    /// Where the storage accepts a signature.
    pub(super) forms: Vec<Form>,
    /// The storage's `Server` header.
    pub(super) server: Option<String>,
    secret: String,
    /// Whether buckets that are not there are refused as those of others are (403).
    pub(super) hides_buckets: bool,
    /// Whether the storage only creates buckets without a location, whatever the region.
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
            hides_buckets: false,
            places_itself: AtomicBool::new(false),
            created,
        }
    }

    /// The same before the gateway, which refuses all buckets that are not its project's.
    pub(super) fn before_gateway(self) -> Self {
        Self { hides_buckets: true, ..self }
    }

    /// Creates the bucket and the secret object. If path style fails and the endpoint allows
    /// virtual-hosted style, it tries this too.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer, or refuses a valid request.
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

    /// Checks that the storage accepts unmodified requests: otherwise a refusal of a modified one
    /// says nothing.
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

    /// Creates a bucket, in the region of the credentials, or without a location if the storage
    /// refuses that.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer ([`StorageClient::send`]).
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

    /// The body that creates a bucket on this storage.
    pub(super) fn creation(&self) -> String {
        if self.places_itself.load(Ordering::Relaxed) { String::new() } else { self.somewhere() }
    }

    /// The body that names the region; empty for the default region.
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

    /// Fails the probe if an unmodified request fails.
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

    /// The endpoint's scheme, host and port.
    pub(super) fn endpoint_url(&self) -> &str {
        self.client.url()
    }

    /// Whether the endpoint allows buckets in the host name.
    pub(super) fn has_bucket_hosts(&self) -> bool {
        self.signer.endpoint.style() == AddressingStyle::VirtualHosted
    }

    /// The endpoint's host and port.
    pub(super) fn bare_host(&self) -> &str {
        let url = self.client.url();
        url.split_once("://").map_or(url, |(_, authority)| authority)
    }

    /// The host name of a bucket.
    pub(super) fn host_of(&self, bucket: &BucketName) -> String {
        format!("{bucket}.{}", self.bare_host())
    }

    /// The URL of a key, or of the bucket if `rest` is empty.
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

    /// The URL of an object of the probe. `rest` is its name, optionally with a query.
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

    /// The full key of an object of the probe.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{PREFIX}/{}/{name}", self.workspace.random)
    }

    /// The secret object, as `x-amz-copy-source` names it.
    pub(super) fn secret_source(&self) -> String {
        format!("{}/{}", self.workspace.bucket, self.key(SECRET))
    }

    /// The length of the secret in bytes.
    pub(super) fn secret_length(&self) -> usize {
        self.secret.len()
    }

    /// Whether a response contains the secret.
    pub(super) fn is_secret(&self, answer: &StorageResponse) -> bool {
        answer.body() == self.secret.as_bytes()
    }

    /// An unsigned request for an object of the probe. `rest` is its name, optionally with a query.
    pub(super) fn unsigned(&self, method: &'static str, rest: &str) -> UnsignedRequest {
        let url = self.object_url(rest);
        let (headers, body) = (Vec::new(), Vec::new());
        UnsignedRequest { method, url, headers, payload: PayloadMode::Unsigned, body }
    }

    /// Signs in the headers.
    ///
    /// # Errors
    /// [`ProbeError::Storage`] by a defect of this server.
    pub(super) fn sign(&self, draft: UnsignedRequest) -> Result<Signed, ProbeError> {
        Ok(self.signer.sign(draft)?)
    }

    /// Signs in the headers or in the URL.
    ///
    /// # Errors
    /// [`ProbeError::Storage`] by a defect of this server.
    pub(super) fn sign_in(&self, form: Form, draft: UnsignedRequest) -> Result<Signed, ProbeError> {
        Ok(self.signer.sign_in(form, draft)?)
    }

    /// A signed upload.
    ///
    /// # Errors
    /// [`ProbeError::Storage`] by a defect of this server.
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

    /// Downloads an object with a valid signature.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer ([`StorageClient::send`]).
    pub(super) async fn get(&self, rest: &str) -> Result<StorageResponse, ProbeError> {
        Ok(self.client.send(&self.sign(self.unsigned("GET", rest))?).await?)
    }

    /// Downloads an object without a signature.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer ([`StorageClient::send`]).
    pub(super) async fn get_unsigned(&self, name: &str) -> Result<StorageResponse, ProbeError> {
        let signed = self.sign(self.unsigned("GET", name))?;
        Ok(self.client.send(&Signed { headers: Vec::new(), ..signed }).await?)
    }

    /// Sends a modified request that writes nothing.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer ([`StorageClient::send_tampered`]).
    pub(super) async fn send_tampered(
        &self,
        request: &Signed,
    ) -> Result<StorageResponse, ProbeError> {
        Ok(self.client.send_tampered(request).await?)
    }

    /// Sends a request that may write the object `name`. The request may be modified.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer ([`StorageClient::send_tampered`]).
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

    /// Starts a multipart upload. Returns its id, or the response if the storage refuses.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer ([`StorageClient::send`]).
    pub(super) async fn begin_upload(
        &self,
        name: &str,
    ) -> Result<Result<String, StorageResponse>, ProbeError> {
        self.begin(name, self.unsigned("POST", &format!("{name}?uploads"))).await
    }

    /// The same by this request.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer ([`StorageClient::send`]).
    pub(super) async fn begin(
        &self,
        name: &str,
        post: UnsignedRequest,
    ) -> Result<Result<String, StorageResponse>, ProbeError> {
        let answer = self.client.send(&self.sign(post)?).await?;
        let Some(id) = answer.element("UploadId").filter(|_| answer.is_ok()) else {
            return Ok(Err(answer));
        };
        let id = percent::encode(&id).into_owned();
        self.created().uploads.push((name.to_owned(), id.clone()));
        Ok(Ok(id))
    }

    /// The resources created so far.
    pub(super) fn created(&self) -> MutexGuard<'_, CreatedResources> {
        self.created.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name of the secret object.
pub(super) const SECRET: &str = "secret";

/// A `Server` header reduced to 100 printable ASCII characters.
fn plain(name: &str) -> String {
    name.chars().filter(|one| one.is_ascii_graphic() || *one == ' ').take(100).collect()
}

//! Tests whether the storage knows a sub-resource, or ignores it and runs the plain operation.
//!
//! The probe sends every operation that a sub-resource selects correctly, to an object or a bucket
//! of its own, with a body that is invalid for every sub-resource. Then it checks what happened to
//! the object or the bucket.

use super::environment::{ProbeEnvironment, SECRET};
use super::error::ProbeError;
use super::findings::{Outcome, Tried};
use crate::domain::BucketName;
use crate::domain::s3::{BodyRule, Level, Method, Operation, percent};
use crate::storage_client::{PayloadMode, Seen, UnsignedRequest};

/// The content of an object before the test.
const KEPT: &str = "kept";
/// The body of requests that need one.
const ODD: &str = "sail-cargo-probe";

impl ProbeEnvironment {
    /// Sends one operation, and checks what happened to its object or bucket.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer.
    pub(super) async fn try_sub_resource(&self, operation: Operation) -> Tried {
        let row = operation.row();
        match (row.level, row.method) {
            (Level::Account, _) => Ok(Outcome::Untestable("it has no bucket".to_owned())),
            (Level::Bucket, Method::Get | Method::Head) => self.read_bucket(operation).await,
            (Level::Bucket, Method::Put) => self.put_bucket(operation).await,
            (Level::Bucket, Method::Delete) => self.delete_bucket(operation).await,
            (Level::Bucket, Method::Post) => self.post_bucket(operation).await,
            (Level::Object, Method::Get | Method::Head) => self.read_object(operation).await,
            (Level::Object, _) => self.change_object(operation).await,
        }
    }

    /// The effect is a listing in place of the sub-resource.
    async fn read_bucket(&self, operation: Operation) -> Tried {
        let answer = self
            .send_tampered(&self.sign(self.on_bucket(operation, &self.workspace.bucket))?)
            .await?;
        Ok(Outcome::seen(answer.begins("ListBucketResult"), &answer))
    }

    /// The effect is a new bucket. The request is the one that would create it.
    async fn put_bucket(&self, operation: Operation) -> Tried {
        if self.workspace.lent {
            return Ok(lent());
        }
        let bucket = self.workspace.another(operation)?;
        self.created().buckets.insert(bucket.clone());
        let body = self.creation().into_bytes();
        let put = UnsignedRequest { body, ..self.on_bucket(operation, &bucket) };
        let answer = self.send_tampered(&self.sign(put)?).await?;
        let there = self.is_there(&bucket).await?;
        if there == Some(false) {
            self.created().buckets.remove(&bucket);
        }
        Ok(there.map_or_else(unknown, |there| Outcome::seen(there, &answer)))
    }

    /// The effect is that the bucket is gone.
    async fn delete_bucket(&self, operation: Operation) -> Tried {
        if self.workspace.lent {
            return Ok(lent());
        }
        let bucket = self.workspace.another(operation)?;
        let made = self.create(&bucket).await?;
        if !made.is_ok() || self.is_there(&bucket).await? != Some(true) {
            return Ok(Outcome::Untestable(format!("no bucket for the test: {made}")));
        }
        let answer = self.send_tampered(&self.sign(self.on_bucket(operation, &bucket))?).await?;
        let there = self.is_there(&bucket).await?;
        Ok(there.map_or_else(unknown, |there| Outcome::seen(!there, &answer)))
    }

    /// There is no plain POST on a bucket. The effect is any change to the bucket or its secret
    /// object.
    async fn post_bucket(&self, operation: Operation) -> Tried {
        let answer = self
            .send_tampered(&self.sign(self.on_bucket(operation, &self.workspace.bucket))?)
            .await?;
        let secret = self.get(SECRET).await?;
        let tells = secret.is_ok() || secret.is_refusal();
        let kept = tells.then(|| self.is_secret(&secret));
        Ok(kept.map_or_else(unknown, |kept| Outcome::seen(!kept, &answer)))
    }

    /// The effect is the object's content in place of the sub-resource.
    async fn read_object(&self, operation: Operation) -> Tried {
        let name = name(operation);
        if let Some(untestable) = self.keep_object(&name).await? {
            return Ok(untestable);
        }
        let Some(draft) = self.on_object(operation, &name).await? else {
            return Ok(no_upload());
        };
        let answer = self.send_tampered(&self.sign(draft)?).await?;
        Ok(Outcome::seen(answer.body() == KEPT.as_bytes(), &answer))
    }

    /// The effect is that the object is changed or gone.
    async fn change_object(&self, operation: Operation) -> Tried {
        let name = name(operation);
        if let Some(untestable) = self.keep_object(&name).await? {
            return Ok(untestable);
        }
        let Some(draft) = self.on_object(operation, &name).await? else {
            return Ok(no_upload());
        };
        let answer = self.write(&name, &self.sign(draft)?).await?;
        if let Some(id) = answer.element("UploadId").filter(|_| answer.is_ok()) {
            self.created().uploads.push((name.clone(), percent::encode(&id).into_owned()));
        }
        let kept = self.is_kept(&name).await?;
        Ok(kept.map_or_else(unknown, |kept| Outcome::seen(!kept, &answer)))
    }

    /// Whether the object is unchanged; `None` if the response does not tell.
    async fn is_kept(&self, name: &str) -> Result<Option<bool>, ProbeError> {
        let answer = self.get(name).await?;
        // Some storages answer 403 for a deleted object. It was readable before, so a refusal means
        // that it is gone.
        let tells = answer.is_ok() || answer.is_refusal();
        Ok(tells.then(|| answer.is_ok() && answer.body() == KEPT.as_bytes()))
    }

    /// Stores the object for a test. Returns the outcome if that fails.
    async fn keep_object(&self, name: &str) -> Result<Option<Outcome>, ProbeError> {
        let answer = self.write(name, &self.put(name, PayloadMode::Hashed, &[], KEPT)?).await?;
        let kept = answer.is_ok() && self.is_kept(name).await? == Some(true);
        Ok((!kept).then(|| Outcome::Untestable(format!("no object for the test: {answer}"))))
    }

    fn on_bucket(&self, operation: Operation, bucket: &BucketName) -> UnsignedRequest {
        let url = self.url(bucket, self.style, &query(operation, ""));
        self.filled(operation, url)
    }

    /// The request; `None` if it needs a multipart upload and none can be started.
    async fn on_object(
        &self,
        operation: Operation,
        name: &str,
    ) -> Result<Option<UnsignedRequest>, ProbeError> {
        let upload = match operation.row().marker {
            Some("uploadId") => match self.begin_upload(name).await? {
                Ok(id) => id,
                Err(_) => return Ok(None),
            },
            _ => String::new(),
        };
        let url = self.object_url(&format!("{name}{}", query(operation, &upload)));
        Ok(Some(self.filled(operation, url)))
    }

    /// The request with the operation's required headers, and a body if the operation takes one.
    fn filled(&self, operation: Operation, url: String) -> UnsignedRequest {
        let row = operation.row();
        let header = match operation {
            Operation::UploadPartCopy => Some(("x-amz-copy-source", self.secret_source())),
            Operation::RenameObject => Some(("x-amz-rename-source", self.key("nothing"))),
            Operation::GetObjectAttributes => {
                Some(("x-amz-object-attributes", "ObjectSize".to_owned()))
            }
            _ => None,
        };
        let headers = header.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        let (payload, body) = match row.body {
            BodyRule::None => (PayloadMode::Nothing, ""),
            BodyRule::Hashed | BodyRule::Content | BodyRule::Stream => (PayloadMode::Hidden, ODD),
        };
        let method = row.method.as_str();
        UnsignedRequest { method, url, headers, payload, body: body.as_bytes().to_vec() }
    }

    /// Whether the bucket exists; `None` if the response does not tell.
    async fn is_there(&self, bucket: &BucketName) -> Result<Option<bool>, ProbeError> {
        let url = self.url(bucket, self.style, "?list-type=2&max-keys=1&encoding-type=url");
        let list = self.sign(UnsignedRequest { url, ..self.unsigned("GET", "") })?;
        let answer = self.send_tampered(&list).await?;
        Ok(match Seen::of(&answer, bucket) {
            Seen::Listed => Some(true),
            Seen::NoSuchBucket => Some(false),
            Seen::Nothing if self.hides_buckets && answer.status() == 403 => Some(false),
            Seen::Nothing => None,
        })
    }
}

/// The query that selects the operation in the table of operations.
fn query(operation: Operation, upload: &str) -> String {
    let row = operation.row();
    let marker = row.marker.unwrap_or_default();
    let more = match (operation, marker) {
        (_, "uploadId") if row.method == Method::Put => {
            return format!("?partNumber=1&uploadId={upload}");
        }
        (_, "uploadId") => return format!("?uploadId={upload}"),
        (_, "select") => "&select-type=2",
        (
            Operation::ListBucketAnalyticsConfigurations
            | Operation::ListBucketIntelligentTieringConfigurations
            | Operation::ListBucketInventoryConfigurations
            | Operation::ListBucketMetricsConfigurations
            | Operation::ListObjectAnnotations,
            _,
        ) => "",
        (_, "analytics" | "intelligent-tiering" | "inventory" | "metrics") => "&id=probe",
        (_, "annotation") => "&annotationName=probe",
        _ => "",
    };
    format!("?{marker}{more}")
}

/// The name of the object for the operation's test.
fn name(operation: Operation) -> String {
    format!("sub-{}", operation.name().to_ascii_lowercase())
}

fn lent() -> Outcome {
    Outcome::Untestable("the bucket is not the probe's own: none is created or deleted".to_owned())
}

fn unknown() -> Outcome {
    Outcome::Untestable("the result cannot be seen".to_owned())
}

fn no_upload() -> Outcome {
    Outcome::Untestable("a multipart upload cannot begin".to_owned())
}

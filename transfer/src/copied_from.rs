//! The source object of a copy, and its attributes.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::create_multipart_upload::builders::CreateMultipartUploadFluentBuilder;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_sdk_s3::types::Tag;

use crate::TransferError;
use crate::object::ObjectLocation;
use crate::percent;

/// A source object, as HeadObject described it.
#[derive(Debug)]
pub(crate) struct CopiedFrom {
    s3: Client,
    location: ObjectLocation,
    head: HeadObjectOutput,
}

impl CopiedFrom {
    /// Reads the object's attributes.
    pub(crate) async fn look(
        s3: &Client,
        location: &ObjectLocation,
    ) -> Result<Self, TransferError> {
        let head = head(s3, location).await?;
        Ok(Self { s3: s3.clone(), location: location.clone(), head })
    }

    /// The object's length in bytes.
    ///
    /// # Errors
    /// [`TransferError::Corrupt`] if the storage does not report a length.
    pub(crate) fn length(&self) -> Result<u64, TransferError> {
        let length = self.head.content_length().and_then(|length| u64::try_from(length).ok());
        let what = || format!("the size of {}", self.location.name());
        length.ok_or_else(|| TransferError::Corrupt { what: what() })
    }

    pub(crate) fn e_tag(&self) -> Option<&str> {
        self.head.e_tag()
    }

    /// The value of `x-amz-copy-source`.
    pub(crate) fn source(&self) -> String {
        format!("{}/{}", self.location.bucket, percent::url_path(&self.location.key))
    }

    /// Sets the attributes that CopyObject would keep, on a new multipart upload.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
    pub(crate) async fn describe(
        &self,
        create: CreateMultipartUploadFluentBuilder,
    ) -> Result<CreateMultipartUploadFluentBuilder, TransferError> {
        let head = &self.head;
        let expires =
            head.expires_string().map(|at| DateTime::from_str(at, DateTimeFormat::HttpDate));
        Ok(create
            .set_content_type(head.content_type.clone())
            .set_content_encoding(head.content_encoding.clone())
            .set_content_disposition(head.content_disposition.clone())
            .set_content_language(head.content_language.clone())
            .set_cache_control(head.cache_control.clone())
            .set_expires(expires.and_then(Result::ok))
            .set_metadata(head.metadata.clone())
            .set_tagging(self.tags().await?))
    }

    /// The tags in the format of `x-amz-tagging`; `None` if the object or the storage has no tags.
    async fn tags(&self) -> Result<Option<String>, TransferError> {
        let get =
            self.s3.get_object_tagging().bucket(&self.location.bucket).key(&self.location.key);
        match get.send().await.map_err(TransferError::s3("GetObjectTagging")) {
            Ok(tagging) if tagging.tag_set().is_empty() => Ok(None),
            Ok(tagging) => Ok(Some(query(tagging.tag_set()))),
            Err(error) if knows_no_tags(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Checks that the object has not changed: some storages do not compare the source of a part
    /// themselves.
    pub(crate) async fn check_unchanged(&self) -> Result<(), TransferError> {
        let now = head(&self.s3, &self.location).await?;
        let same = now.e_tag == self.head.e_tag && now.content_length == self.head.content_length;
        if same { Ok(()) } else { Err(self.changed()) }
    }

    pub(crate) fn changed(&self) -> TransferError {
        TransferError::Changed { what: self.location.name() }
    }
}

async fn head(s3: &Client, location: &ObjectLocation) -> Result<HeadObjectOutput, TransferError> {
    let head = s3.head_object().bucket(&location.bucket).key(&location.key).send().await;
    head.map_err(TransferError::s3("HeadObject"))
}

fn query(tags: &[Tag]) -> String {
    let pair = |tag: &Tag| {
        format!("{}={}", percent::url_query(tag.key()), percent::url_query(tag.value()))
    };
    tags.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// Whether S3's error means that there are no tags, or that the storage does not support them.
fn knows_no_tags(error: &TransferError) -> bool {
    const CODES: [&str; 4] =
        ["MethodNotAllowed", "NoSuchTagSet", "NoSuchTagSetError", "NotImplemented"];
    matches!(error, TransferError::S3 { code: Some(code), .. } if CODES.contains(&code.as_str()))
}

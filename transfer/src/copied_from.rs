//! The object that is copied: what it is, and what is to be kept of it.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::create_multipart_upload::builders::CreateMultipartUploadFluentBuilder;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_sdk_s3::types::Tag;

use crate::TransferError;
use crate::object::ObjectLocation;
use crate::percent;

/// An object, as it was looked at.
#[derive(Debug)]
pub(crate) struct CopiedFrom {
    s3: Client,
    location: ObjectLocation,
    head: HeadObjectOutput,
}

impl CopiedFrom {
    /// Looks at it.
    pub(crate) async fn look(
        s3: &Client,
        location: &ObjectLocation,
    ) -> Result<Self, TransferError> {
        let head = head(s3, location).await?;
        Ok(Self { s3: s3.clone(), location: location.clone(), head })
    }

    /// Its length in bytes.
    ///
    /// # Errors
    /// The storage does not say.
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

    /// What CopyObject keeps of an object, and a new upload does not know of.
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

    /// As `x-amz-tagging` has them. A storage that knows no tags has none.
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

    /// Whether it is still the object that it was. Storages that do not compare the parts' source say
    /// nothing themselves.
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

/// Whether S3's answer is that there are no tags, or no such thing.
fn knows_no_tags(error: &TransferError) -> bool {
    const CODES: [&str; 4] =
        ["MethodNotAllowed", "NoSuchTagSet", "NoSuchTagSetError", "NotImplemented"];
    matches!(error, TransferError::S3 { code: Some(code), .. } if CODES.contains(&code.as_str()))
}

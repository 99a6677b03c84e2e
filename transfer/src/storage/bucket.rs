//! A bucket in S3, with signatures from Cargo.

use std::sync::Arc;
use std::time::SystemTime;

use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types;
use futures_util::{TryStreamExt, stream};
use sail_cargo_middleware::{RemoteSigner, listing};
use tokio::sync::OnceCell;
use url::Url;

use super::bucket_client::BucketClient;
use super::content::Source;
use super::{Content, Object, Objects, StorageError};
use crate::Transfers;

#[derive(Debug)]
pub(super) struct Bucket {
    signer: RemoteSigner,
    name: String,
    /// The S3 client, created at its first use.
    client: OnceCell<BucketClient>,
}

impl Bucket {
    pub(super) fn new(signer: RemoteSigner, name: String) -> Self {
        Self { signer, name, client: OnceCell::new() }
    }

    async fn client(&self) -> Result<&BucketClient, StorageError> {
        self.client.get_or_try_init(|| BucketClient::ask(&self.signer, &self.name)).await
    }

    pub(super) async fn url(&self, key: &str) -> Result<Url, StorageError> {
        self.client().await?.url(key)
    }

    pub(super) async fn put(&self, content: Content, key: &str) -> Result<Url, StorageError> {
        let client = self.client().await?;
        let transfers = Transfers::new(client.s3.clone());
        let Content { source, kind } = content;
        if let Source::File(path) = source {
            let upload = transfers.upload_file(path, &self.name, key);
            match kind {
                Some(kind) => upload.content_type(kind).await?,
                None => upload.await?,
            };
        } else {
            let upload = transfers.upload_stream(source.chunks().await?, &self.name, key);
            match kind {
                Some(kind) => upload.content_type(kind).await?,
                None => upload.await?,
            };
        }
        client.url(key)
    }

    pub(super) async fn get(&self, key: &str) -> Result<ByteStream, StorageError> {
        let get = self.client().await?.s3.get_object().bucket(&self.name).key(key);
        match Box::pin(get.send()).await {
            Ok(object) => Ok(object.body),
            Err(error) if is_not_found(&error) => {
                Err(StorageError::NotFound { key: key.to_owned() })
            }
            Err(error) => Err(StorageError::s3("GetObject")(error)),
        }
    }

    pub(super) async fn delete(&self, key: &str) -> Result<(), StorageError> {
        let delete = self.client().await?.s3.delete_object().bucket(&self.name).key(key);
        match Box::pin(delete.send()).await {
            // Some storages report this, where S3 reports success.
            Err(error) if is_not_found(&error) => Ok(()),
            done => done.map(drop).map_err(StorageError::s3("DeleteObject")),
        }
    }

    /// Requests pages on demand.
    pub(super) fn list(self: Arc<Self>, prefix: String) -> Objects {
        let objects = async move {
            let list = self.client().await?.s3.list_objects_v2().bucket(&self.name).prefix(prefix);
            let pages =
                listing::pages(list).map_err(|error| StorageError::s3("ListObjectsV2")(error));
            let pages = pages.map_ok(|page| stream::iter(objects(page)));
            Ok::<_, StorageError>(pages.try_flatten())
        };
        Objects::new(stream::once(objects).try_flatten())
    }
}

/// Whether the object does not exist. S3 has another code for a missing bucket.
fn is_not_found(error: &impl ProvideErrorMetadata) -> bool {
    matches!(error.code(), Some("NoSuchKey" | "NotFound"))
}

fn objects(page: ListObjectsV2Output) -> impl Iterator<Item = Result<Object, StorageError>> {
    page.contents.unwrap_or_default().into_iter().filter_map(object).map(Ok)
}

fn object(object: types::Object) -> Option<Object> {
    Some(Object {
        key: object.key?,
        size: object.size.and_then(|size| size.try_into().ok()).unwrap_or_default(),
        modified: object.last_modified.and_then(|instant| SystemTime::try_from(instant).ok()),
    })
}

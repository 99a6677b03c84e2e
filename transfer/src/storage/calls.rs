//! The operations of a storage.

use std::sync::Arc;

use aws_sdk_s3::primitives::ByteStream;
use url::Url;

use super::{Backend, Content, Objects, Storage, StorageError, key, wrong};

impl Storage {
    /// Uploads `content`, replaces an existing object, and returns the [URL](Self::url).
    ///
    /// # Errors
    /// A [`StorageError`]. The existing object is then unchanged.
    pub async fn upload(
        &self,
        content: impl Into<Content>,
        key: &str,
    ) -> Result<Url, StorageError> {
        let (content, key) = (content.into(), self.key(key)?);
        match &self.backend {
            Backend::Bucket(bucket) => bucket.put(content, &key).await,
            Backend::Local(local) => local.put(content, &key).await,
        }
    }

    /// Downloads an object: its bytes as a stream, or all of them with `.collect()`.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] if the object does not exist, or another [`StorageError`].
    pub async fn download(&self, key: &str) -> Result<ByteStream, StorageError> {
        let key = self.key(key)?;
        match &self.backend {
            Backend::Bucket(bucket) => bucket.get(&key).await,
            Backend::Local(local) => local.get(&key).await,
        }
    }

    /// Lists the objects whose keys begin with `prefix`; all objects if it is empty.
    pub fn list(&self, prefix: &str) -> Objects {
        let whole = format!("{}{prefix}", self.prefix);
        if let Err(flaw) = key::check_beginning(&whole) {
            return Objects::failed(wrong(prefix)(flaw));
        }
        let objects = match &self.backend {
            Backend::Bucket(bucket) => Arc::clone(bucket).list(whole),
            Backend::Local(local) => local.list(whole),
        };
        objects.without(self.prefix.clone())
    }

    /// Deletes an object. A missing object is not an error.
    ///
    /// # Errors
    /// A [`StorageError`] if the object cannot be deleted.
    pub async fn delete(&self, key: &str) -> Result<(), StorageError> {
        let key = self.key(key)?;
        match &self.backend {
            Backend::Bucket(bucket) => bucket.delete(&key).await,
            Backend::Local(local) => local.delete(&key).await,
        }
    }

    /// The absolute URL of an object, whether it exists or not: `https://…` without a signature, or
    /// `file:///…`.
    ///
    /// # Errors
    /// [`StorageError::Key`] if the key is invalid; [`StorageError::Whereabouts`] if Cargo does not
    /// report the address of S3.
    pub async fn url(&self, key: &str) -> Result<Url, StorageError> {
        let key = self.key(key)?;
        match &self.backend {
            Backend::Bucket(bucket) => bucket.url(&key).await,
            Backend::Local(local) => local.url(&key),
        }
    }

    /// The key with the storage's prefix.
    fn key(&self, key: &str) -> Result<String, StorageError> {
        let whole = format!("{}{key}", self.prefix);
        key::check(key).and_then(|()| key::check(&whole)).map_err(wrong(key))?;
        Ok(whole)
    }
}

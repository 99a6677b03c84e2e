//! What one does with a storage.

use std::sync::Arc;

use aws_sdk_s3::primitives::ByteStream;
use url::Url;

use super::{Backend, Content, Objects, Storage, StorageError, key, wrong};

impl Storage {
    /// Uploads `content`, in the place of what was there, and answers with its [URL](Self::url).
    ///
    /// # Errors
    /// See [`StorageError`]. What was there before is then unchanged.
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

    /// Downloads an object: its bytes as they come, or `.collect()` for all of them.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] when there is none, and whatever else [`StorageError`] says.
    pub async fn download(&self, key: &str) -> Result<ByteStream, StorageError> {
        let key = self.key(key)?;
        match &self.backend {
            Backend::Bucket(bucket) => bucket.get(&key).await,
            Backend::Local(local) => local.get(&key).await,
        }
    }

    /// Lists the objects whose keys begin with `prefix`: all, when it is empty.
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

    /// Deletes an object. That there is none is no error.
    ///
    /// # Errors
    /// See [`StorageError`].
    pub async fn delete(&self, key: &str) -> Result<(), StorageError> {
        let key = self.key(key)?;
        match &self.backend {
            Backend::Bucket(bucket) => bucket.delete(&key).await,
            Backend::Local(local) => local.delete(&key).await,
        }
    }

    /// The absolute URL of an object, whether there is one or not: `https://…`, as S3 has it
    /// without a signature, or `file:///…`.
    ///
    /// # Errors
    /// [`StorageError::Key`] for what is no key; with Cargo, what went wrong when it was asked
    /// where S3 is.
    pub async fn url(&self, key: &str) -> Result<Url, StorageError> {
        let key = self.key(key)?;
        match &self.backend {
            Backend::Bucket(bucket) => bucket.url(&key).await,
            Backend::Local(local) => local.url(&key),
        }
    }

    /// With the prefix before it.
    fn key(&self, key: &str) -> Result<String, StorageError> {
        let whole = format!("{}{key}", self.prefix);
        key::check(key).and_then(|()| key::check(&whole)).map_err(wrong(key))?;
        Ok(whole)
    }
}

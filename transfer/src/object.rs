//! The location and the attributes of an object.

use std::collections::HashMap;

/// Attributes that are set with an object. If absent, the storage's defaults apply.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attributes {
    pub(crate) content_type: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) metadata: HashMap<String, String>,
}

/// Bucket and key of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectLocation {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

impl ObjectLocation {
    /// The location for sentences.
    pub(crate) fn name(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

/// The setters of every upload.
macro_rules! attribute_setters {
    () => {
        /// The media type of the object.
        pub fn content_type(mut self, media_type: impl Into<String>) -> Self {
            self.attributes.content_type = Some(media_type.into());
            self
        }

        /// The value of `cache-control`: how long caches may keep the object.
        pub fn cache_control(mut self, directives: impl Into<String>) -> Self {
            self.attributes.cache_control = Some(directives.into());
            self
        }

        /// User metadata of the object: `x-amz-meta-NAME`.
        pub fn metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.attributes.metadata.insert(name.into(), value.into());
            self
        }
    };
}
pub(crate) use attribute_setters;

/// The setters of every transfer.
macro_rules! watch_setters {
    () => {
        /// Calls `callback` on progress, from any task. The callback should be quick.
        pub fn on_progress(
            mut self,
            callback: impl Fn($crate::Progress) + Send + Sync + 'static,
        ) -> Self {
            self.watch.callback = Some(std::sync::Arc::new(callback));
            self
        }

        /// Cancels the transfer when `token` is cancelled. The result is then
        /// [`Cancelled`](crate::TransferError::Cancelled).
        pub fn cancel_on(mut self, token: $crate::CancellationToken) -> Self {
            self.watch.cancel = Some(token);
            self
        }
    };
}
pub(crate) use watch_setters;

//! What is to be known of an object beside its bytes.

use std::collections::HashMap;

/// Set with the object; the storage's own where nothing is said.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attributes {
    pub(crate) content_type: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) metadata: HashMap<String, String>,
}

/// Where an object is, or shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectLocation {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

impl ObjectLocation {
    /// For sentences.
    pub(crate) fn name(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

/// The setters that every upload has.
macro_rules! attribute_setters {
    () => {
        /// The media type of the object.
        pub fn content_type(mut self, media_type: impl Into<String>) -> Self {
            self.attributes.content_type = Some(media_type.into());
            self
        }

        /// How long caches may keep the object.
        pub fn cache_control(mut self, directives: impl Into<String>) -> Self {
            self.attributes.cache_control = Some(directives.into());
            self
        }

        /// A word of yours about the object: `x-amz-meta-NAME`.
        pub fn metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.attributes.metadata.insert(name.into(), value.into());
            self
        }
    };
}
pub(crate) use attribute_setters;

/// The setters that every transfer has.
macro_rules! watch_setters {
    () => {
        /// Called whenever there is more, from whichever task it is in: it should be quick.
        pub fn on_progress(
            mut self,
            callback: impl Fn($crate::Progress) + Send + Sync + 'static,
        ) -> Self {
            self.watch.callback = Some(std::sync::Arc::new(callback));
            self
        }

        /// Calls the transfer off when `token` is cancelled:
        /// [`Cancelled`](crate::TransferError::Cancelled).
        pub fn cancel_on(mut self, token: $crate::CancellationToken) -> Self {
            self.watch.cancel = Some(token);
            self
        }
    };
}
pub(crate) use watch_setters;

//! The keys of one DeleteObjects, and the outcome of each.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_s3::operation::delete_objects::DeleteObjectsInput;
use aws_sdk_s3::types::{Delete, DeletedObject, Error, ObjectIdentifier};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

use crate::RemoteSigningError;

/// Maximum number of keys in one request, by S3.
const MAX_KEYS: usize = 1000;

/// The outcome of the deletion of one key.
pub(super) type Outcome = Result<DeletedObject, Error>;

/// The keys of one operation. The outcomes persist from one attempt to the next.
#[derive(Debug, Clone)]
pub(crate) struct KeyList(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    objects: Vec<ObjectIdentifier>,
    /// Whether the caller wants only errors in the response.
    quiet: bool,
    /// The outcome of each object, in the order of the objects.
    outcomes: Mutex<Vec<Option<Outcome>>>,
    /// The number of keys that Cargo signed individually, over all attempts.
    signed: AtomicUsize,
}

impl Storable for KeyList {
    type Storer = StoreReplace<Self>;
}

impl KeyList {
    fn new(delete: &Delete) -> Self {
        let objects = delete.objects().to_vec();
        let outcomes = Mutex::new(vec![None; objects.len()]);
        let quiet = delete.quiet().unwrap_or_default();
        Self(Arc::new(Inner { objects, quiet, outcomes, signed: AtomicUsize::new(0) }))
    }

    pub(super) fn object(&self, position: usize) -> &ObjectIdentifier {
        &self.0.objects[position]
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.0.quiet
    }

    /// Whether the list is short enough for S3.
    pub(crate) fn is_within_limit(&self) -> bool {
        self.0.objects.len() <= MAX_KEYS
    }

    /// Counts keys that Cargo signed individually.
    pub(super) fn note_signed(&self, more: usize) {
        self.0.signed.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn was_any_signed(&self) -> bool {
        self.0.signed.load(Ordering::Relaxed) > 0
    }

    /// The positions of the objects without an outcome.
    pub(super) fn left(&self) -> Vec<usize> {
        let outcomes = self.lock();
        let left = outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_none());
        left.map(|(position, _)| position).collect()
    }

    /// Stores the outcome of an object.
    pub(super) fn note(&self, position: usize, outcome: Outcome) {
        self.lock()[position] = Some(outcome);
    }

    /// Stores a refusal as the outcome of this object.
    ///
    /// # Errors
    /// The refusal, if it is not about this object alone.
    pub(super) fn refuse(
        &self,
        position: usize,
        error: RemoteSigningError,
    ) -> Result<(), RemoteSigningError> {
        let (code, message) = match error {
            RemoteSigningError::Denied { message, .. } => ("AccessDenied", message),
            RemoteSigningError::Invalid { message, .. } => ("InvalidArgument", message),
            other => return Err(other),
        };
        self.note(position, Err(failed(self.object(position), code, message)));
        Ok(())
    }

    /// The outcomes in the order of the objects.
    pub(super) fn outcomes(&self) -> Vec<Outcome> {
        self.lock().iter().flatten().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Option<Outcome>>> {
        self.0.outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// S3's response entry for an object that was not deleted.
pub(super) fn failed(
    object: &ObjectIdentifier,
    code: impl Into<String>,
    message: impl Into<String>,
) -> Error {
    Error::builder()
        .key(object.key())
        .set_version_id(object.version_id().map(str::to_owned))
        .code(code)
        .message(message)
        .build()
}

/// Keeps the keys of a DeleteObjects, in case they are deleted one by one. Otherwise the body that
/// the SDK makes of them would have to be parsed.
#[derive(Debug)]
pub(crate) struct Listing;

impl Intercept for Listing {
    fn name(&self) -> &'static str {
        "RemoteSigningListing"
    }

    fn read_before_serialization(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let input = context.input().downcast_ref::<DeleteObjectsInput>();
        if let Some(delete) = input.and_then(DeleteObjectsInput::delete) {
            cfg.interceptor_state().store_put(KeyList::new(delete));
        }
        Ok(())
    }
}

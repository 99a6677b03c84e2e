//! The keys of one DeleteObjects, and what came of them.

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

/// S3 takes at most this many keys in one request.
const MAX_KEYS: usize = 1000;

/// What came of one key.
pub(super) type Outcome = Result<DeletedObject, Error>;

/// Lives as long as the operation: what came of a key is known to every attempt after it.
#[derive(Debug, Clone)]
pub(crate) struct KeyList(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    objects: Vec<ObjectIdentifier>,
    /// Only errors are asked for.
    quiet: bool,
    /// One for each object, in their order.
    outcomes: Mutex<Vec<Option<Outcome>>>,
    /// How many of them Cargo signed by themselves, in all attempts.
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

    /// Whether S3 would have taken the list.
    pub(crate) fn is_within_limit(&self) -> bool {
        self.0.objects.len() <= MAX_KEYS
    }

    /// So many more were signed by themselves.
    pub(super) fn note_signed(&self, more: usize) {
        self.0.signed.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn was_any_signed(&self) -> bool {
        self.0.signed.load(Ordering::Relaxed) > 0
    }

    /// The positions of the objects of which nothing is known.
    pub(super) fn left(&self) -> Vec<usize> {
        let outcomes = self.lock();
        let left = outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_none());
        left.map(|(position, _)| position).collect()
    }

    /// Keeps what came of an object.
    pub(super) fn note(&self, position: usize, outcome: Outcome) {
        self.lock()[position] = Some(outcome);
    }

    /// Keeps a refusal that is about this object.
    ///
    /// # Errors
    /// One that is not.
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

    /// What came of the objects, in their order.
    pub(super) fn outcomes(&self) -> Vec<Outcome> {
        self.lock().iter().flatten().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Option<Outcome>>> {
        self.0.outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What S3 says of an object that it did not delete.
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

/// Keeps the keys of a DeleteObjects for when they are deleted one by one: the body the SDK makes
/// of them would have to be read again.
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

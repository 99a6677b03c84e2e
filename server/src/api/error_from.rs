//! What the rooms below refuse or fail in, in the words of answers.

use sail_cargo_protocol::Permission;

use super::error::{ApiError, UNAVAILABLE};
use crate::authn::AuthnError;
use crate::domain::Denied;
use crate::limits::Over;
use crate::service::bucket_lifecycle::ReconcileError;
use crate::service::signing::{PipelineError, SigningError};
use crate::storage_client::StorageError;
use crate::storage_probe::ProbeError;
use crate::store::StoreError;

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(what) => Self::NotFound(what),
            StoreError::Conflict { code, detail } => Self::Conflict { code, detail },
            StoreError::Precondition(detail) => Self::Precondition(detail),
            StoreError::Gone(detail) => Self::Gone(detail),
            StoreError::NewerHistory(layout) => {
                log::warn!("changes of layout {layout} are read by a newer version only");
                Self::Unavailable {
                    code: "history_newer",
                    detail: "a newer version wrote that part of the history: ask a server of it",
                }
            }
            StoreError::KeyReused => Self::KeyReused,
            StoreError::Item { error, .. } => (*error).into(),
            StoreError::Forbidden(detail) => {
                Self::Forbidden { code: "no_permission", detail, required: Some(Permission::Admin) }
            }
            StoreError::Unavailable(cause) => {
                // That it is away is said once, by whoever finds out.
                if cause.is::<diesel::result::Error>() {
                    log::error!("the database does not do it: {cause}");
                } else {
                    log::debug!("the database is not available: {cause}");
                }
                Self::Unavailable { code: UNAVAILABLE, detail: "try again later" }
            }
            StoreError::DiskFull => Self::Unavailable {
                code: "audit_disk_full",
                detail: "the disk of the audit trail is too full for another record, and there is \
                         no signature without one: its operator must make room",
            },
            StoreError::Corrupt(what) => {
                log::error!("stored data could not be read: {what}");
                Self::Internal
            }
        }
    }
}

impl From<Over> for ApiError {
    fn from(over: Over) -> Self {
        Self::Limited(over)
    }
}

impl From<AuthnError> for ApiError {
    fn from(error: AuthnError) -> Self {
        match error {
            AuthnError::Database(error) => error.into(),
            AuthnError::Limited(over) => Self::Limited(over),
            AuthnError::KeysUnavailable => Self::Unavailable {
                code: "keys_unavailable",
                detail: "whether the token is good cannot be told now: the auth service is away, or was \
                         asked for its keys a moment ago. Try again later",
            },
            other => Self::Unauthenticated(other),
        }
    }
}

impl From<SigningError> for ApiError {
    fn from(error: SigningError) -> Self {
        match error {
            SigningError::Body => Self::field("/body", "standard base64 of at most 1 MiB"),
            SigningError::Refused(refusal) => Self::Invalid {
                code: refusal.code(),
                detail: refusal.to_string(),
                errors: Vec::new(),
            },
            SigningError::Denied(Denied::Unsettled(bucket)) => Self::Unsettled(bucket),
            SigningError::Denied(denied) => Self::Forbidden {
                code: denied.code(),
                detail: denied.to_string(),
                required: denied.required(),
            },
        }
    }
}

impl From<ProbeError> for ApiError {
    fn from(error: ProbeError) -> Self {
        let code = match error {
            ProbeError::Database(error) => return error.into(),
            ProbeError::Storage(error) => return error.into(),
            ProbeError::Failed(what) => {
                log::error!("the probe failed: {what}");
                return Self::Internal;
            }
            ProbeError::Refused { .. } => "storage_refused",
        };
        Self::BadStorage { code, detail: error.to_string() }
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        let code = match error {
            StorageError::Failed(what) => {
                log::error!("{what}");
                return Self::Internal;
            }
            StorageError::Unreachable { .. } => "storage_unreachable",
            StorageError::Busy(_) => "storage_busy",
        };
        Self::BadStorage { code, detail: error.to_string() }
    }
}

impl From<ReconcileError> for ApiError {
    fn from(error: ReconcileError) -> Self {
        match error {
            ReconcileError::Database(error) => error.into(),
            ReconcileError::Storage(error) => error.into(),
            unsaid @ ReconcileError::Unsaid { .. } => {
                Self::BadStorage { code: "storage_refused", detail: unsaid.to_string() }
            }
        }
    }
}

impl From<PipelineError> for ApiError {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::NoProject => Self::field("X-Project", error),
            PipelineError::Database(error) => error.into(),
        }
    }
}

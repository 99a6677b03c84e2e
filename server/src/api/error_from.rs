//! Conversions of the errors of other modules into API errors.

use sail_cargo_database::DatabaseError;
use sail_cargo_protocol::Permission;

use super::error::{ApiError, UNAVAILABLE};
use crate::audit::AuditError;
use crate::auth::AuthError;
use crate::authn::{AuthnError, TokenError};
use crate::domain::account::AccountRefusal;
use crate::domain::pipeline::SigningError;
use crate::domain::session::SessionRefusal;
use crate::domain::{Conflict, Denied};
use crate::limits::{Full, Over};
use crate::service::bucket_lifecycle::ReconcileError;
use crate::service::signing::PipelineError;
use crate::service::{OpenSessionError, ServiceError};
use crate::storage_client::StorageError;
use crate::storage_probe::ProbeError;

impl From<Full> for ApiError {
    fn from(full: Full) -> Self {
        Self::Unavailable { code: full.code, detail: full.detail }
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::NotFound(what) => Self::NotFound(what),
            ServiceError::Conflict(conflict) => conflict.into(),
            ServiceError::Precondition(detail) => Self::Precondition(detail),
            ServiceError::KeyReused => Self::KeyReused,
            ServiceError::Item { error, .. } => (*error).into(),
            ServiceError::Forbidden(detail) => {
                Self::Forbidden { code: "no_permission", detail, required: Some(Permission::Admin) }
            }
            off @ ServiceError::NoSelfService => Self::Forbidden {
                code: "self_service_off",
                detail: off.to_string(),
                required: None,
            },
            ServiceError::SignedOut(flaw) => Self::Unauthenticated(TokenError::Ended(flaw).into()),
            not_admin @ ServiceError::NotAccountAdmin => Self::Forbidden {
                code: "not_account_admin",
                detail: not_admin.to_string(),
                required: None,
            },
            ServiceError::DiskFull => Self::Unavailable {
                code: "audit_disk_full",
                detail: "the disk of the audit trail is full, and Cargo signs nothing without a \
                         record: the operator must free space",
            },
            ServiceError::Database(error) => error.into(),
        }
    }
}

impl From<DatabaseError> for ApiError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::NotFound(what) => Self::NotFound(what),
            DatabaseError::Conflict(conflict) => conflict.into(),
            DatabaseError::Gone(detail) => Self::Gone(detail),
            DatabaseError::NewerHistory(layout) => {
                log::warn!("only a newer version of Cargo can read changes of layout {layout}");
                Self::Unavailable {
                    code: "history_newer",
                    detail: "a newer version of Cargo wrote that part of the history: ask a server \
                             of that version",
                }
            }
            away @ DatabaseError::Unavailable(_) => {
                // The database module logs once that it is unavailable, so this is not logged
                // again.
                if away.is_refused() {
                    log::error!("the database refuses a statement: {}", away.cause());
                } else {
                    log::debug!("the database is not available: {}", away.cause());
                }
                Self::Unavailable { code: UNAVAILABLE, detail: "try again later" }
            }
            DatabaseError::Corrupt(what) => {
                log::error!("stored data could not be read: {what}");
                Self::Internal
            }
        }
    }
}

impl From<Conflict> for ApiError {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict { code: conflict.code(), detail: conflict.to_string() }
    }
}

impl From<AuditError> for ApiError {
    fn from(error: AuditError) -> Self {
        ServiceError::from(error).into()
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
            AuthnError::Service(error) => error.into(),
            AuthnError::Limited(over) => Self::Limited(over),
            AuthnError::Refused(refusal) => match refusal.try_again() {
                Some(detail) => Self::Unavailable { code: refusal.code(), detail },
                None => Self::Unauthenticated(AuthnError::Refused(refusal)),
            },
        }
    }
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        let detail = error.to_string();
        match error {
            AuthError::Busy => Self::Unavailable {
                code: "auth_busy",
                detail: "too many passwords are being checked: try again in a moment",
            },
            AuthError::Delayed(seconds) => Self::Delayed { detail, seconds },
            AuthError::ProjectRequired => {
                Self::Invalid { code: "project_required", detail, errors: Vec::new() }
            }
            AuthError::Refused { error, .. } => Self::Unauthenticated(error.into()),
            AuthError::ChangeRequired => {
                Self::Forbidden { code: "password_change_required", detail, required: None }
            }
            AuthError::NotAnAccount => {
                Self::Forbidden { code: "not_an_account", detail, required: None }
            }
            AuthError::Flaw(flaw) => Self::of_body(&flaw),
            AuthError::Service(error) => error.into(),
            AuthError::Failed(why) => {
                log::error!("{why}");
                Self::Internal
            }
        }
    }
}

impl From<AccountRefusal> for ApiError {
    fn from(refusal: AccountRefusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            AccountRefusal::Flaw(flaw) => Self::of_body(&flaw),
            AccountRefusal::PasswordNotYours => {
                Self::Forbidden { code: "root_only", detail, required: None }
            }
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

impl From<SessionRefusal> for ApiError {
    fn from(refusal: SessionRefusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            SessionRefusal::NotForYou => {
                Self::Forbidden { code: "operator_cannot_sign", detail, required: None }
            }
            SessionRefusal::Policy(_) => Self::field("/policy", detail),
        }
    }
}

impl From<OpenSessionError> for ApiError {
    fn from(error: OpenSessionError) -> Self {
        let detail = error.to_string();
        match error {
            OpenSessionError::TooLarge(_) => {
                Self::Invalid { code: "session_too_large", detail, errors: Vec::new() }
            }
            OpenSessionError::ProjectInactive => {
                Self::Forbidden { code: "project_inactive", detail, required: None }
            }
            OpenSessionError::Service(error) => error.into(),
        }
    }
}

impl From<ProbeError> for ApiError {
    fn from(error: ProbeError) -> Self {
        let code = match error {
            ProbeError::Service(error) => return error.into(),
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
            ReconcileError::Service(error) => error.into(),
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
            PipelineError::Service(error) => error.into(),
        }
    }
}

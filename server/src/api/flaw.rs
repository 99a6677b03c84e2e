//! Conversions of violated model rules into errors that name the field of the request.

use super::error::ApiError;
use super::extractors::scope_missing;
use crate::domain::{Flaw, KeyRefusal};

impl ApiError {
    /// A violation by a parameter of the path or the query.
    pub(super) fn of_parameter(flaw: &Flaw) -> Self {
        Self::field(flaw.field().to_string(), flaw)
    }

    /// A violation by a field of the body.
    pub(super) fn of_body(flaw: &Flaw) -> Self {
        Self::field(format!("/{}", flaw.field()), flaw)
    }

    /// A violation by a grant. Fields that identify the grant get the prefix `key`, the others the
    /// prefix `state`.
    pub(super) fn of_grant(flaw: &Flaw, key: &str, state: &str) -> Self {
        let start = if flaw.field().is_of_grant_key() { key } else { state };
        Self::field(format!("{start}{}", flaw.field()), flaw)
    }
}

impl From<KeyRefusal> for ApiError {
    fn from(refusal: KeyRefusal) -> Self {
        match refusal {
            KeyRefusal::Flaw(flaw) => Self::of_body(&flaw),
            KeyRefusal::Wider(scope) => scope_missing(scope),
            other @ KeyRefusal::NotYours => {
                Self::Forbidden { code: "root_only", detail: other.to_string(), required: None }
            }
        }
    }
}

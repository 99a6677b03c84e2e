//! The error responses of a fake authority.

use sail_cargo_domain::pipeline::SigningError;
use sail_cargo_domain::{Conflict, Denied, Flaw, Resource};
use sail_cargo_protocol::{FieldError, Problem};

/// An error response.
pub(super) type No = Box<Problem>;

pub(super) fn problem(status: u16, code: &str, detail: impl Into<String>) -> No {
    Box::new(Problem {
        kind: format!("/problems/{code}"),
        title: code.replace('_', " "),
        status,
        detail: detail.into(),
        code: code.to_owned(),
        request_id: "fake".to_owned(),
        errors: Vec::new(),
        required: None,
    })
}

pub(super) fn invalid(detail: impl Into<String>) -> No {
    problem(400, "invalid_request", detail)
}

/// The response for a broken rule of the model. The field's pointer begins with `start`.
pub(super) fn flawed(flaw: &Flaw, start: &str) -> No {
    let pointer = format!("{start}{}", flaw.field());
    let error = FieldError { pointer, detail: flaw.to_string() };
    let plain = invalid(format!("{}: {}", error.pointer, error.detail));
    Box::new(Problem { errors: vec![error], ..*plain })
}

pub(super) fn not_found(what: Resource) -> No {
    problem(404, "not_found", format!("{what} not found"))
}

/// The response for a conflict with the current state.
pub(super) fn conflict(conflict: &Conflict) -> No {
    problem(409, conflict.code(), conflict.to_string())
}

/// The response for a request that is not signed.
pub(super) fn unsigned(error: &SigningError) -> No {
    match error {
        SigningError::Body => invalid("/body: standard base64 of at most 1 MiB"),
        SigningError::Refused(refusal) => problem(400, refusal.code(), refusal.to_string()),
        SigningError::Denied(no) => denied(no),
    }
}

/// The response for a denied action.
pub(super) fn denied(denied: &Denied) -> No {
    let plain = problem(403, denied.code(), denied.to_string());
    Box::new(Problem { required: denied.required(), ..*plain })
}

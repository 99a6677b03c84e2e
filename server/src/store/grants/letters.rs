//! The letters that stand for kinds of subjects in `grant_`.

use sail_cargo_protocol::SubjectKind;

use super::super::error::StoreError;
use crate::domain::{Subject, SubjectId};

/// Every letter there is: naming them leads a query through the index.
pub(super) const LETTERS: [&str; 5] = ["u", "g", "t", "k", "*"];

/// The letter that stands for a subject's kind in `subject_kind`.
pub(super) fn kind_column(subject: &Subject) -> &'static str {
    kind_letter(subject.kind())
}

/// The letter of a kind; for one that is not known here, one that no row has.
pub(super) fn kind_letter(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::User => "u",
        SubjectKind::Group => "g",
        SubjectKind::TokenGroup => "t",
        SubjectKind::Authenticated => "k",
        SubjectKind::Public => "*",
        _ => "",
    }
}

/// The subject that a letter and a name stand for.
pub(super) fn parse_subject(kind: &str, subject: &str) -> Result<Subject, StoreError> {
    let id = || SubjectId::parse(subject).map_err(StoreError::corrupt);
    match kind {
        "u" => id().map(Subject::User),
        "g" => id().map(Subject::Group),
        "t" => id().map(Subject::TokenGroup),
        "k" => Ok(Subject::Authenticated),
        "*" => Ok(Subject::Public),
        other => Err(StoreError::corrupt(format!("no subject kind is called {other}"))),
    }
}

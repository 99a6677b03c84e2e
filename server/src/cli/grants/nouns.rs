//! Conversion between the grants of the REST API and those that IAM policies are read and written
//! from.

use sail_cargo_protocol::GrantLine;

use crate::domain::{BucketName, GrantKey, GrantState, InvalidName, Prefix, Subject};

/// A wire grant as a domain grant.
pub(super) fn noun(line: &GrantLine) -> Result<(GrantKey, GrantState), InvalidName> {
    let key = GrantKey {
        bucket: BucketName::stored(&line.bucket)?,
        prefix: Prefix::parse(&line.prefix)?,
        subject: Subject::parse(line.kind, &line.subject)?,
    };
    let state = GrantState {
        permissions: (&line.permissions).into(),
        not_before: line.not_before,
        expires_at: line.expires_at,
        reason: line.reason.clone(),
    };
    Ok((key, state))
}

/// A domain grant as a wire grant.
pub(super) fn line((key, state): (GrantKey, GrantState)) -> GrantLine {
    GrantLine {
        bucket: key.bucket.to_string(),
        prefix: key.prefix.to_string(),
        kind: key.subject.kind(),
        subject: key.subject.name().to_owned(),
        permissions: state.permissions.into(),
        not_before: state.not_before,
        expires_at: state.expires_at,
        reason: state.reason,
    }
}

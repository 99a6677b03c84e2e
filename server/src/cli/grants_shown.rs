//! Printing of grants and of bulk changes.

use sail_cargo_protocol::{Grant, GrantsChanged};

use super::failure::Failure;
use super::format::{Output, instant, words};
use super::output;
use super::whom::{known_as, template};

/// Prints grants in columns.
pub(super) fn rows(output: Output, grants: &[Grant]) -> Result<(), Failure> {
    let heading = ["BUCKET", "PREFIX", "KIND", "SUBJECT", "PERMISSIONS", "EXPIRES", "REASON"];
    output.list(grants, heading, |grant| {
        [
            grant.bucket.clone(),
            format!("{}{}", grant.prefix, template(grant.prefix_kind)),
            words([grant.kind]),
            known_as(&grant.subject, grant.username.as_deref()),
            words(&grant.permissions),
            instant(grant.expires_at),
            grant.reason.clone().unwrap_or_default(),
        ]
    })
}

/// Prints what a bulk change did, or would do in a dry run.
pub(super) fn changed(output: Output, changed: &GrantsChanged) -> Result<(), Failure> {
    if !output.is_table() {
        return output.one(changed, "");
    }
    if !changed.effects.is_empty() {
        let heading = ["BUCKET", "PREFIX", "KIND", "SUBJECT", "GAINS", "LOSES"];
        output.list(&changed.effects, heading, |effect| {
            [
                effect.bucket.clone(),
                format!("{}{}", effect.prefix, template(effect.prefix_kind)),
                words([effect.kind]),
                effect.subject.clone(),
                words(&effect.gains),
                words(&effect.loses),
            ]
        })?;
    }
    let verb = if changed.dry_run { "would be" } else { "were" };
    output::say(&format!(
        "{} grants {verb} created, {} changed, {} deleted; {} unchanged",
        changed.created, changed.updated, changed.deleted, changed.unchanged
    ));
    Ok(())
}

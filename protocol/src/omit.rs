//! Predicates for fields that are omitted from JSON.

/// Whether a flag is false, so that it is omitted.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde wants")]
pub(crate) fn is_false(flag: &bool) -> bool {
    !*flag
}

/// What holds where nothing is said.
pub(crate) const fn yes() -> bool {
    true
}

/// What is left out of JSON where it is so.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde wants")]
pub(crate) const fn is_yes(flag: &bool) -> bool {
    *flag
}

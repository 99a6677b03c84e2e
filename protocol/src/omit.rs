//! What is left out of JSON.

/// What is left out of JSON where it is not so.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde wants")]
pub(crate) fn is_false(flag: &bool) -> bool {
    !*flag
}

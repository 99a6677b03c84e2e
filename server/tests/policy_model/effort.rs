//! The amount of random testing: all with `./test --long`, a sixteenth otherwise.

/// A sixteenth of `whole`; all of it if `TEST_LONG` is set.
pub(crate) fn effort(whole: usize) -> usize {
    if std::env::var_os("TEST_LONG").is_some() { whole } else { whole.div_ceil(16) }
}

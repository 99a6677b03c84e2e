//! The retry policy: which errors, and which pauses.

use std::time::Duration;

use crate::Error;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);
/// The longest `Retry-After` that the client waits for. For a longer one, the caller gets the
/// error.
const LONGEST_ASKED: Duration = Duration::from_secs(10);

/// The pause after failed attempt number `attempt`; `None` if another attempt would not help.
/// Exponential backoff with full jitter, and at least what Cargo asks for.
pub(crate) fn before_retry(error: &Error, attempt: u32) -> Option<Duration> {
    if !error.may_pass() {
        return None;
    }
    let asked = error.retry_after().unwrap_or_default();
    if asked > LONGEST_ASKED {
        return None;
    }
    let most = FIRST.saturating_mul(1 << attempt.clamp(1, 10).saturating_sub(1)).min(LONGEST);
    Some(most.mul_f64(random()).max(asked))
}

/// A random number, uniform in 0..1.
fn random() -> f64 {
    let (bits, _) = uuid::Uuid::new_v4().as_u64_pair();
    // The first 32 bits of a UUID are random; the version and the variant come later.
    f64::from(u32::try_from(bits >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}

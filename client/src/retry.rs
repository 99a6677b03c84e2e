//! When a request is sent again, and after how long.

use std::time::Duration;

use crate::Error;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);
/// Longer than this is not waited for Cargo: the caller hears of it instead.
const LONGEST_ASKED: Duration = Duration::from_secs(10);

/// How long to wait after the attempt of this number failed; `None` when another could not help.
/// Exponential with full jitter, and never less than Cargo asks for.
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

/// Uniform in 0..1.
fn random() -> f64 {
    let (bits, _) = uuid::Uuid::new_v4().as_u64_pair();
    // The lower half of the first word: the version stands in its upper half's neighbour.
    f64::from(u32::try_from(bits >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}

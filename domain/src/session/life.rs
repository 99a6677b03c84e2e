//! For how long a session lives.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

use crate::limits::{DEFAULT_SESSION_SECONDS, MAX_SESSION_SECONDS, MIN_SESSION_SECONDS};

/// How long a session shall live: 900 to 43,200 seconds.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLife(u32);

impl SessionLife {
    /// Reads `DurationSeconds`; an hour where it is missing. `None` for a number outside of 900 to 43,200
    /// and for a text that is not a number.
    pub fn parse(text: Option<&str>) -> Option<Self> {
        let Some(text) = text else { return Some(Self::default()) };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits).and_then(Self::of_seconds)
    }

    /// So many seconds. `None` for a number outside of 900 to 43,200.
    pub fn of_seconds(seconds: u32) -> Option<Self> {
        let within = (MIN_SESSION_SECONDS..=MAX_SESSION_SECONDS).contains(&seconds);
        within.then_some(Self(seconds))
    }

    /// When a session ends that is opened at `now`, to the second. Not after `latest`.
    pub fn end(self, now: DateTime<Utc>, latest: Option<DateTime<Utc>>) -> DateTime<Utc> {
        let end = now + TimeDelta::seconds(self.0.into());
        latest.map_or(end, |latest| latest.min(end)).trunc_subsecs(0)
    }
}

/// An hour.
impl Default for SessionLife {
    fn default() -> Self {
        Self(DEFAULT_SESSION_SECONDS)
    }
}

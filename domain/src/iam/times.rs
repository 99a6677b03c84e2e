//! The periods in which a statement applies.

use chrono::{DateTime, TimeDelta, Utc};

/// A period, to the microsecond. An absent bound is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Window {
    pub(super) not_before: Option<DateTime<Utc>>,
    /// The end, exclusive.
    pub(super) expires_at: Option<DateTime<Utc>>,
}

impl Window {
    /// The period until `at`, exclusive even if the condition includes `at`: a grant has ended by
    /// then.
    pub(super) fn before(at: DateTime<Utc>) -> Self {
        Self { not_before: None, expires_at: Some(floor(at)) }
    }

    /// The period from `at` on.
    pub(super) fn from(at: DateTime<Utc>) -> Self {
        if floor(at) == at {
            Self { not_before: Some(at), expires_at: None }
        } else {
            Self::after(at)
        }
    }

    /// The period after `at`.
    pub(super) fn after(at: DateTime<Utc>) -> Self {
        Self { not_before: Some(floor(at) + TimeDelta::microseconds(1)), expires_at: None }
    }

    /// The intersection; `None` if it is empty.
    pub(super) fn and(self, other: Self) -> Option<Self> {
        let not_before = self.not_before.max(other.not_before);
        let expires_at = match (self.expires_at, other.expires_at) {
            (Some(one), Some(another)) => Some(one.min(another)),
            (one, another) => one.or(another),
        };
        let is_empty = not_before.zip(expires_at).is_some_and(|(from, until)| from >= until);
        (!is_empty).then_some(Self { not_before, expires_at })
    }

    /// Whether it contains the whole of `other`.
    pub(super) fn covers(self, other: Self) -> bool {
        self.and(other) == Some(other)
    }
}

fn floor(at: DateTime<Utc>) -> DateTime<Utc> {
    at - TimeDelta::nanoseconds(i64::from(at.timestamp_subsec_nanos() % 1000))
}

/// Periods that neither overlap nor touch, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Times(Vec<Window>);

impl Times {
    pub(super) fn always() -> Self {
        Self(vec![Window::default()])
    }

    pub(super) fn never() -> Self {
        Self(Vec::new())
    }

    /// The union of periods.
    pub(super) fn any(windows: impl IntoIterator<Item = Window>) -> Self {
        let mut windows: Vec<_> = windows.into_iter().collect();
        windows.sort();
        let mut merged: Vec<Window> = Vec::new();
        for window in windows {
            match merged.last_mut() {
                Some(last) if last.expires_at.is_none_or(|end| Some(end) >= window.not_before) => {
                    let ends = last.expires_at.zip(window.expires_at);
                    last.expires_at = ends.map(|(one, another)| one.max(another));
                }
                _ => merged.push(window),
            }
        }
        Self(merged)
    }

    /// The intersection.
    pub(super) fn and(&self, other: &Self) -> Self {
        let both = |one: &Window| other.0.iter().filter_map(|another| one.and(*another)).collect();
        Self::any(self.0.iter().flat_map(|one| -> Vec<_> { both(one) }))
    }

    pub(super) fn windows(&self) -> &[Window] {
        &self.0
    }
}

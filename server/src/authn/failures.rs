//! Counts authentication failures before they are recorded. Equal failures become one event per
//! minute, so that a client without credentials can neither fill the disk nor keep the audit writer
//! busy.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use super::rejection::{Rejection, Shown};
use crate::audit::{Failures, Text};
use crate::domain::{KeyId, Origin, ProjectId};
use crate::service::Service;

/// How many kinds of failures are distinguished: this many of known keys, and this many of
/// strangers.
const ROOM: usize = 256;

/// Authentication failures that are not recorded yet.
#[derive(Debug, Default)]
pub struct FailureLog {
    open: Mutex<Open>,
}

/// The counts by kind. Failures of known keys have a table of their own, so that strangers cannot
/// crowd them out.
#[derive(Debug, Default)]
struct Open {
    known: HashMap<Kind, Tally>,
    strangers: HashMap<Kind, Tally>,
}

/// The properties that equal failures share.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Kind {
    project: Option<ProjectId>,
    shown: Shown,
    via_key: Option<KeyId>,
    address: Option<IpAddr>,
    reason: &'static str,
}

#[derive(Debug)]
struct Tally {
    /// The minute of the first failure. The count is due when this minute is over.
    minute: i64,
    detail: Text,
    origin: Origin,
    request_id: String,
    count: u64,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
}

impl FailureLog {
    /// Counts a failed authentication at `now`. Failures of the server itself, such as an
    /// unavailable database, do not count.
    pub fn note(
        &self,
        rejection: &Rejection,
        origin: &Origin,
        request_id: &str,
        now: DateTime<Utc>,
    ) {
        if !rejection.error.is_on_record() {
            return;
        }
        let kind = Kind {
            project: rejection.project.clone(),
            shown: rejection.shown.clone(),
            via_key: rejection.via_key.clone(),
            address: origin.address,
            reason: rejection.error.reason(),
        };
        let tally = Tally {
            minute: minute(now),
            detail: rejection.error.sentence(),
            origin: origin.clone(),
            request_id: request_id.to_owned(),
            count: 1,
            first: now,
            last: now,
        };
        self.open().add(kind, tally);
    }

    /// Hands the counts of each finished minute to the audit of `service`, or `all` counts. While
    /// the audit still holds refusals that it cannot record, the counts stay here and grow.
    pub fn hand_over(&self, service: &Service, now: DateTime<Utc>, all: bool) {
        if service.audit().owes_refusals() && !all {
            return;
        }
        let due = self.open().take(|tally| all || tally.minute != minute(now));
        service
            .audit()
            .take_failures(due.iter().map(|(kind, tally)| kind.failures(tally)).collect(), now);
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn add(&mut self, kind: Kind, tally: Tally) {
        let room = if kind.project.is_some() { &mut self.known } else { &mut self.strangers };
        if let Some(known) = room.get_mut(&kind) {
            known.add(&tally);
        } else if room.len() < ROOM {
            room.insert(kind, tally);
        } else {
            let tally = Tally { origin: Origin::default(), ..tally };
            let crowd = self.strangers.entry(kind.in_the_crowd());
            crowd.and_modify(|known| known.add(&tally)).or_insert(tally);
        }
    }

    fn take(&mut self, is_due: impl Fn(&Tally) -> bool) -> Vec<(Kind, Tally)> {
        let (known, strangers) = (&mut self.known, &mut self.strangers);
        let is_due = |_: &Kind, tally: &mut Tally| is_due(tally);
        known.extract_if(&is_due).chain(strangers.extract_if(&is_due)).collect()
    }
}

impl Kind {
    /// The kind for failures beyond the capacity. It has one value per reason, so there is always
    /// room for it.
    fn in_the_crowd(&self) -> Self {
        let reason = self.reason;
        Self { project: None, shown: Shown::MANY, via_key: None, address: None, reason }
    }

    fn failures(&self, tally: &Tally) -> Failures {
        Failures {
            project: self.project.clone(),
            shown: self.shown.to_string(),
            via_key: self.via_key.clone(),
            reason: self.reason,
            detail: tally.detail.clone(),
            origin: tally.origin.clone(),
            request_id: tally.request_id.clone(),
            count: tally.count,
            first: tally.first,
            last: tally.last,
        }
    }
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

/// The minute of a time, since 1970.
fn minute(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(60)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::authn::{ApiKeyError, AuthnError, HeadersError, TokenError};
    use crate::domain::{KeyFlaw, Resource};
    use crate::limits::{Limit, Over};
    use crate::service::ServiceError;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    fn from(number: u32) -> Origin {
        Origin { address: Some(IpAddr::V4(number.into())), ..Origin::default() }
    }

    fn stranger(log: &FailureLog, number: u32) {
        let rejection = Rejection::new(HeadersError::Missing, Shown::NOTHING);
        log.note(&rejection, &from(number), "r", at(0));
    }

    #[test]
    fn those_that_are_alike_are_one_and_wait_for_the_end_of_the_minute() {
        let log = FailureLog::default();
        for second in [3, 1, 59] {
            let rejection = Rejection::new(TokenError::Expired, Shown::only("token"));
            log.note(&rejection, &from(7), &second.to_string(), at(second));
        }
        let mut open = log.open();
        assert!(open.take(|tally| tally.minute != minute(at(59))).is_empty());
        let due = open.take(|tally| tally.minute != minute(at(60)));
        assert_eq!(due.len(), 1);
        let failures = due[0].0.failures(&due[0].1);
        assert_eq!((failures.count, failures.first, failures.last), (3, at(1), at(59)));
        assert_eq!((failures.shown.as_str(), failures.reason), ("token", "token_expired"));
        assert_eq!(failures.request_id, "3", "that of the one that was noted first");
        assert!(open.take(|_| true).is_empty());
    }

    #[test]
    fn a_flood_of_strangers_takes_so_much_room_and_hides_no_known_key() {
        let log = FailureLog::default();
        (0..100_000).for_each(|number| stranger(&log, number));
        let id = KeyId::parse("8fK2mQ0ZtYb1").unwrap();
        let project = ProjectId::parse("00000000-0000-4000-8000-000000000000").ok();
        let revoked = ApiKeyError::Bad(KeyFlaw::Revoked);
        let rejection = Rejection::new(revoked, Shown::key(&id)).in_project(project.clone());
        log.note(&rejection, &from(1), "r", at(0));

        let all = log.open().take(|_| true);
        assert_eq!(all.len(), ROOM + 2);
        let total: u64 = all.iter().map(|(_, tally)| tally.count).sum();
        assert_eq!(total, 100_001, "all are counted");
        let crowd = all.iter().find(|(kind, _)| kind.shown == Shown::MANY).unwrap();
        assert_eq!((crowd.0.address, crowd.1.origin.address), (None, None));
        assert!(all.iter().any(|(kind, _)| kind.project == project));
    }

    /// Made-up key ids and rate-limited attempts must appear in the audit trail.
    #[test]
    fn whoever_is_not_looked_at_is_on_record_and_that_the_database_is_away_is_not() {
        let log = FailureLog::default();
        let second = Duration::from_secs(1);
        let over = Over { limit: Limit::FailedProofs, quota: 20, window: second, wait: second };
        for (error, reason) in [
            (TokenError::KeysUnavailable.into(), Some("keys_unavailable")),
            (AuthnError::Limited(over), Some("rate_limited")),
            (AuthnError::Service(ServiceError::NotFound(Resource::Row)), None),
        ] {
            log.note(&Rejection::new(error, Shown::NOTHING), &from(1), "r", at(0));
            let noted: Vec<_> =
                log.open().take(|_| true).iter().map(|(kind, _)| kind.reason).collect();
            assert_eq!(noted.first().copied(), reason);
        }
    }
}

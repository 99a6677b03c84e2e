//! The policy of a session: it takes away and never gives.

use chrono::{DateTime, Utc};

use crate::access_key::Place;
use crate::account::Username;
use crate::grant::Subject;
use crate::grant_prefix::GrantPrefix;
use crate::iam::{self, InvalidPolicy};
use crate::names::SubjectId;

/// What a session is limited to: the places that its policy allows, each within a time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionPolicy(Vec<TimedPlace>);

/// A place, and when the policy allows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct TimedPlace {
    pub(super) place: Place,
    pub(super) not_before: Option<DateTime<Utc>>,
    pub(super) expires_at: Option<DateTime<Utc>>,
}

/// Why a session policy is refused.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSessionPolicy {
    /// It is no policy, or one that denies.
    #[error("{0}")]
    Policy(#[from] InvalidPolicy),
    /// Nothing is left of it: a session with it could do nothing.
    #[error("the session policy allows nothing that a session can be held to: {0}")]
    Nothing(String),
}

impl SessionPolicy {
    /// Reads an IAM policy document. `${aws:userid}` stands for `user`, and `${aws:username}` for what their
    /// account is called, or for `user` again where they have none. What permissions cannot say exactly is
    /// left out: the session has less then, never more.
    ///
    /// # Errors
    /// [`InvalidSessionPolicy`] if it is no policy, denies, or if nothing is left of it.
    pub fn read(
        text: &str,
        user: Option<&SubjectId>,
        username: Option<&Username>,
    ) -> Result<Self, InvalidSessionPolicy> {
        let subject = user.map_or(Subject::Public, |user| Subject::User(user.clone()));
        let read = iam::read(text, &subject, username, false)?;
        let timed = |(key, state): (crate::GrantKey, crate::GrantState)| {
            // The application is no user: a variable has no value for it.
            let GrantPrefix::Literal(prefix) = key.prefix else { return None };
            Some(TimedPlace {
                place: Place { bucket: key.bucket, prefix, permissions: state.permissions },
                not_before: state.not_before,
                expires_at: state.expires_at,
            })
        };
        let nothing = if read.grants.is_empty() {
            "it has no statement"
        } else {
            "`${aws:username}` and `${aws:userid}` have no value for the application"
        };
        let places: Vec<TimedPlace> = read.grants.into_iter().filter_map(timed).collect();
        if places.is_empty() {
            let why = read.wider.into_iter().chain(read.lost).next();
            let why = why.unwrap_or_else(|| nothing.to_owned());
            return Err(InvalidSessionPolicy::Nothing(why));
        }
        Ok(Self(places))
    }

    /// The places it allows at `now`.
    pub fn at(&self, now: DateTime<Utc>) -> Vec<Place> {
        let live = self.0.iter().filter(|timed| {
            timed.not_before.is_none_or(|start| start <= now)
                && timed.expires_at.is_none_or(|end| now < end)
        });
        live.map(|timed| timed.place.clone()).collect()
    }

    /// What both policies allow.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let pairs = self.0.iter().flat_map(|one| other.0.iter().map(move |two| (one, two)));
        let both = pairs.filter_map(|(one, two)| {
            Some(TimedPlace {
                place: one.place.meet(&two.place)?,
                not_before: one.not_before.max(two.not_before),
                expires_at: [one.expires_at, two.expires_at].into_iter().flatten().min(),
            })
        });
        Self(both.collect())
    }

    pub(super) fn places(&self) -> &[TimedPlace] {
        &self.0
    }

    pub(super) const fn of(places: Vec<TimedPlace>) -> Self {
        Self(places)
    }
}

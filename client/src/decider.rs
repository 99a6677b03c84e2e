//! Decisions made here, from permissions that are at most a moment old.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use sail_cargo_protocol::{BucketPermissions, Permission, UserPermissionsQuery};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::{Client, Error};

/// Decides what users may do from their permissions, which are asked for once and kept for a
/// moment: for backends that decide for the same users many times a second.
///
/// What it says is what Cargo said at most [`max_age`](DeciderBuilder::max_age) ago, grants that
/// have ended since included. When Cargo cannot be asked and what is kept is older, it says so:
/// it never falls back to an old "yes". Signatures are Cargo's own decision every time.
///
/// ```no_run
/// use sail_cargo_client::protocol::Permission;
/// use sail_cargo_client::{Client, Credentials, Decider};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let cargo = Client::builder("https://cargo.example.com")
///     .credentials(Credentials::api_key(std::env::var("CARGO_API_KEY")?))
///     .build()?;
/// let decider = Decider::builder(cargo).build();
/// if decider.may("ada", &["staff"], Permission::Read, "photos", "2026/cat.png").await? {
///     println!("shown");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Decider {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    max_age: Duration,
    max_users: usize,
    known: Mutex<HashMap<Who, Arc<Entry>>>,
}

/// A user with the groups of their token, in order.
type Who = (String, Vec<String>);

/// What a user holds; asked for by the first who needs it, awaited by the others.
struct Entry {
    /// The answer is no older than this: it was asked for afterwards.
    since: Instant,
    /// The same by the wall clock: while a machine is suspended the other one may stand still.
    wall: SystemTime,
    held: OnceCell<Vec<BucketPermissions>>,
}

/// What a [`Decider`] is made of.
#[derive(Debug, Clone)]
#[must_use]
pub struct DeciderBuilder {
    client: Client,
    max_age: Duration,
    max_users: usize,
}

impl Decider {
    /// Starts a decider that asks by `client`: the application's own, with the scope
    /// `grants:read`.
    pub fn builder(client: Client) -> DeciderBuilder {
        DeciderBuilder { client, max_age: Duration::from_secs(1), max_users: 10_000 }
    }

    /// Whether `user`, whose token names `groups`, holds `permission` on the object `key` of
    /// `bucket`; on the whole bucket when `key` is empty.
    ///
    /// # Errors
    /// Cargo cannot be asked, and what is kept is too old.
    pub async fn may(
        &self,
        user: &str,
        groups: &[&str],
        permission: Permission,
        bucket: &str,
        key: &str,
    ) -> Result<bool, Error> {
        let entry = self.entry(user, groups);
        let held = entry.held.get_or_try_init(|| self.ask(user, groups)).await?;
        let here = held.iter().filter(|one| one.bucket == bucket);
        Ok(here.into_iter().any(|one| {
            one.permissions.contains(&permission)
                || one.prefixes.iter().any(|below| {
                    key.starts_with(&below.prefix) && below.permissions.contains(&permission)
                })
        }))
    }

    /// Forgets what is known of everybody: the next decision asks anew. A question that is under
    /// way answers those who wait for it, and nobody after them.
    pub fn forget(&self) {
        self.known().clear();
    }

    /// The entry to decide from: one that is young enough, or a new one in its place.
    fn entry(&self, user: &str, groups: &[&str]) -> Arc<Entry> {
        let mut groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
        groups.sort_unstable();
        let (who, now, wall) = ((user.to_owned(), groups), Instant::now(), wall_clock());
        let is_young = |entry: &Arc<Entry>| entry.is_young(now, wall, self.inner.max_age);
        let mut known = self.known();
        if let Some(entry) = known.get(&who).filter(|entry| is_young(entry)) {
            return entry.clone();
        }
        if known.len() >= self.inner.max_users {
            known.retain(|_, entry| is_young(entry));
        }
        let entry = Arc::new(Entry { since: now, wall, held: OnceCell::new() });
        if known.len() < self.inner.max_users {
            known.insert(who, entry.clone());
        }
        entry
    }

    async fn ask(&self, user: &str, groups: &[&str]) -> Result<Vec<BucketPermissions>, Error> {
        if groups.iter().any(|group| group.contains(',')) {
            return Err(Error::input("a group's name holds a comma"));
        }
        let groups = (!groups.is_empty()).then(|| groups.join(","));
        let query = UserPermissionsQuery { bucket: None, groups };
        Ok(self.inner.client.user_permissions(user, &query).await?.items)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Who, Arc<Entry>>> {
        self.inner.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Whether it is younger than `max_age` by both clocks. One that comes from the future, as the
    /// wall clock was set back, may have any age.
    fn is_young(&self, now: Instant, wall: SystemTime, max_age: Duration) -> bool {
        now.duration_since(self.since) < max_age
            && wall.duration_since(self.wall).is_ok_and(|age| age < max_age)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}

impl DeciderBuilder {
    /// For how long an answer is used; 1 s when left out. A permission that is taken away is gone
    /// here after this long at the latest.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// Of how many users answers are kept; 10,000 when left out. Of more, Cargo is asked every
    /// time.
    pub fn max_users(mut self, max_users: usize) -> Self {
        self.max_users = max_users;
        self
    }

    /// Builds the decider. Asks nothing.
    pub fn build(self) -> Decider {
        let Self { client, max_age, max_users } = self;
        Decider { inner: Arc::new(Inner { client, max_age, max_users, known: Mutex::default() }) }
    }
}

/// Shows the client and the limits, nobody's permissions.
impl fmt::Debug for Decider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decider")
            .field("client", &self.inner.client)
            .field("max_age", &self.inner.max_age)
            .field("max_users", &self.inner.max_users)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suspended_machine_does_not_keep_an_answer_young() {
        let (since, wall, max_age) = (Instant::now(), wall_clock(), Duration::from_secs(10));
        let entry = Entry { since, wall, held: OnceCell::new() };
        let seconds = Duration::from_secs;
        for (ticks, time, is_young) in [
            (seconds(0), wall, true),
            (seconds(9), wall + seconds(9), true),
            (seconds(10), wall + seconds(9), false),
            // Suspended for an hour.
            (seconds(1), wall + seconds(3600), false),
            // Set back.
            (seconds(1), wall - seconds(1), false),
        ] {
            assert_eq!(
                entry.is_young(since + ticks, time, max_age),
                is_young,
                "{ticks:?} {time:?}"
            );
        }
    }
}

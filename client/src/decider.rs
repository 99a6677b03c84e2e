//! Access decisions in this process, from cached permissions.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use sail_cargo_protocol::{BucketPermissions, Permission, UserPermissionsQuery, allows};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::{Client, Error};

/// Decides what users may do from cached permissions: for backends that decide for the same users
/// many times a second.
///
/// A decision is at most [`max_age`](DeciderBuilder::max_age) behind Cargo's. A grant that ends
/// counts for at most this long, too. If Cargo cannot be reached and the cached permissions are
/// older, the result is an error, never an outdated "yes". Signatures do not use this cache: Cargo
/// decides on each.
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

/// A user, with the groups of the token in order.
type Who = (String, Vec<String>);

/// The permissions of a user. The first who needs them requests them; the others wait.
struct Entry {
    /// When the permissions were requested: they are at least this new.
    since: Instant,
    /// When the permissions were requested, by the wall clock. The other clock may stop while a
    /// machine is suspended.
    wall: SystemTime,
    held: OnceCell<Vec<BucketPermissions>>,
}

/// Configures and builds a [`Decider`].
#[derive(Debug, Clone)]
#[must_use]
pub struct DeciderBuilder {
    client: Client,
    max_age: Duration,
    max_users: usize,
}

impl Decider {
    /// Starts a decider that reads permissions with `client`: the application's own client, with
    /// the scope `grants:read`.
    pub fn builder(client: Client) -> DeciderBuilder {
        DeciderBuilder { client, max_age: Duration::from_secs(1), max_users: 10_000 }
    }

    /// Whether `user`, whose token names `groups`, has `permission` on the object `key` of
    /// `bucket`; on the whole bucket if `key` is empty.
    ///
    /// # Errors
    /// An [`Error`] if Cargo cannot be reached, and the cached permissions are too old.
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
            allows(&one.permissions, permission)
                || one.prefixes.iter().any(|below| {
                    key.starts_with(&below.prefix) && allows(&below.permissions, permission)
                })
        }))
    }

    /// Clears the cache: the next decision requests permissions anew. A pending request only serves
    /// those who wait for it already.
    pub fn forget(&self) {
        self.known().clear();
    }

    /// The cache entry for a user: a cached one that is young enough, otherwise a new one.
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
    /// Whether the entry is younger than `max_age` by both clocks. If the wall clock was set back,
    /// the age is unknown, so that the entry is not young.
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
    /// How long cached permissions are used; 1 s by default. A revoked permission has no effect
    /// after this time at the latest.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// Maximum number of users in the cache; 10,000 by default. For more users, the decider asks
    /// Cargo every time.
    pub fn max_users(mut self, max_users: usize) -> Self {
        self.max_users = max_users;
        self
    }

    /// Builds the decider. Sends no request.
    pub fn build(self) -> Decider {
        let Self { client, max_age, max_users } = self;
        Decider { inner: Arc::new(Inner { client, max_age, max_users, known: Mutex::default() }) }
    }
}

/// Prints the client and the limits, no permissions.
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
            // The machine was suspended for an hour.
            (seconds(1), wall + seconds(3600), false),
            // The wall clock was set back.
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

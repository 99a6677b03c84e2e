//! Decisions made here, from permissions that are at most a moment old.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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
        let (who, now) = ((user.to_owned(), groups), Instant::now());
        let max_age = self.inner.max_age;
        let mut known = self.known();
        if let Some(entry) = known.get(&who)
            && now.duration_since(entry.since) < max_age
        {
            return entry.clone();
        }
        if known.len() >= self.inner.max_users {
            known.retain(|_, entry| now.duration_since(entry.since) < max_age);
        }
        let entry = Arc::new(Entry { since: now, held: OnceCell::new() });
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

//! A fake Cargo for tests: in the same process, without a database, with the decision and signing
//! code of the real server.

mod answer;
mod bucket;
mod fake_state;
mod grant;
mod problem;
mod serve;
mod sign;
mod signing_attempt;
mod who;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use sail_cargo_domain::account::Username;
use sail_cargo_domain::s3::{AddressingStyle, Endpoint};
use sail_cargo_domain::sigv4::StoreCredentials;
use sail_cargo_domain::{BucketName, GrantKey, NewGrant, Secret, StorageContract, SubjectId};
use sail_cargo_protocol::{Permission, PrefixKind, PutGrant, SubjectKind};
use tokio::task::JoinHandle;

pub use self::signing_attempt::SigningAttempt;

use self::fake_state::{FakeState, lock};
use self::who::{API_KEY, TOKEN};
use crate::{Client, Credentials, Error, Key, StaticToken, Token};

/// The storage for which a [`FakeAuthority`] signs. A storage that verifies signatures (SeaweedFS,
/// `s3s`, MinIO) accepts them if it has the same credentials. For a storage that does not verify,
/// any credentials will do.
#[derive(Debug, Clone)]
pub struct FakeStorage {
    /// Scheme, host and port, such as `http://127.0.0.1:9000`.
    pub endpoint: String,
    /// Whether buckets are host labels; otherwise they are in the path.
    pub virtual_hosted: bool,
    /// The region in the signature's scope.
    pub region: String,
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: Key,
}

impl FakeStorage {
    /// A storage with path-style addressing in `us-east-1`.
    pub fn at(
        endpoint: impl Into<String>,
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<Key>,
    ) -> Self {
        Self {
            endpoint: endpoint.into(),
            virtual_hosted: false,
            region: "us-east-1".into(),
            access_key_id: access_key_id.into(),
            secret_access_key: secret_access_key.into(),
        }
    }
}

/// A fake authority for tests of applications: serves Cargo's API on its own port, holds one
/// project in memory, and decides like the real server.
///
/// It supports what applications use: `whoami`, `sign`, `presign` (each also as a batch), `check`,
/// `permissions`, buckets with their settlement, and grants. It answers everything else with 501
/// `not_in_the_fake`. The server's own code judges and signs S3 requests. It does not have: an
/// audit trail, groups in Cargo, ETags and preconditions, last-admin protection, paginated
/// listings, minimum revisions, several projects, real tokens, accounts (but their names: see
/// [`username`](Self::username)), scopes of keys, the S3 gateway.
/// Without a gateway there are no access keys and no sessions, which nothing would take; `whoami` names
/// none, and the storage is one that clients reach directly. `sail-cargo dev` has a gateway.
///
/// ```
/// use sail_cargo_client::protocol::Permission::{Read, Write};
/// use sail_cargo_client::testing::{FakeAuthority, FakeStorage};
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let storage = FakeStorage::at("http://127.0.0.1:9000", "TESTKEY", "test-secret");
/// let cargo = FakeAuthority::start(storage).await?;
/// cargo.bucket("photos");
/// cargo.grant("ada", "photos/2026/", [Read, Write]);
///
/// let ada = cargo.user("ada")?; // a client; the interceptor takes `RemoteSigner::new(ada)`
/// let permissions = ada.permissions_in("photos").await?;
/// assert_eq!(permissions.items[0].prefixes[0].prefix, "2026/");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The server ends when this is dropped. Methods that take names panic on names that Cargo would
/// refuse, so that the test fails.
#[derive(Debug)]
pub struct FakeAuthority {
    url: String,
    fake: Arc<Mutex<FakeState>>,
    server: JoinHandle<()>,
}

impl FakeAuthority {
    /// Starts a fake authority on a free port of the loopback interface, in the current runtime.
    ///
    /// # Errors
    /// An [`io::Error`] if no port is free, or the storage's endpoint is invalid (`InvalidInput`).
    pub async fn start(storage: FakeStorage) -> io::Result<Self> {
        let style = if storage.virtual_hosted {
            AddressingStyle::VirtualHosted
        } else {
            AddressingStyle::Path
        };
        let endpoint = Endpoint::parse(&storage.endpoint, style)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let secret = Secret::new(storage.secret_access_key.expose().to_owned());
        let credentials = StoreCredentials::new(storage.access_key_id, secret, storage.region);
        let fake = Arc::new(Mutex::new(FakeState::new(endpoint, credentials)));
        let (address, server) = serve::start(Arc::clone(&fake)).await?;
        Ok(Self { url: format!("http://{address}"), fake, server })
    }

    /// The base URL of the fake authority.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A client for the application itself.
    ///
    /// # Errors
    /// An [`Error`] if the HTTP client cannot be built.
    pub fn root(&self) -> Result<Client, Error> {
        Client::builder(&self.url).credentials(Credentials::api_key(self.api_key())).build()
    }

    /// A client for a user with any id.
    ///
    /// # Errors
    /// An [`Error`] if the HTTP client cannot be built.
    pub fn user(&self, id: &str) -> Result<Client, Error> {
        let token = StaticToken::new(self.token(id, &[]));
        Client::builder(&self.url).credentials(Credentials::user(token)).build()
    }

    /// A token of a user. Grants to these token `groups` apply to it. The fake answers other tokens
    /// with 401.
    pub fn token(&self, user: &str, groups: &[&str]) -> Token {
        Token::new(format!("{TOKEN}{}", [&[user], groups].concat().join(";")))
    }

    /// The application's API key, with every scope.
    pub fn api_key(&self) -> Key {
        Key::new(API_KEY)
    }

    /// Registers a bucket. Does nothing in the storage.
    ///
    /// # Panics
    /// If the name is invalid.
    pub fn bucket(&self, name: &str) {
        self.state().register(BucketName::parse(name).expect("a bucket's name"));
    }

    /// Sets the public permissions of a registered bucket.
    ///
    /// # Panics
    /// If the bucket is not registered.
    pub fn public(&self, bucket: &str, permissions: impl IntoIterator<Item = Permission>) {
        let bucket = BucketName::parse(bucket).expect("a bucket's name");
        let mut fake = self.state();
        let entry = fake.buckets.get_mut(&bucket).expect("a registered bucket");
        entry.bucket.rules.public = permissions.into_iter().collect();
    }

    /// Says what the account of a user is called: `${username}` in the template of a grant stands for it.
    /// Users of whom nothing is said have no account, and no part of a bucket by such a grant. At the real
    /// server the id of a user with an account is the UUID that the server gave it; here it may be any.
    ///
    /// # Panics
    /// If a name is invalid, or another user's account is called so.
    pub fn username(&self, user: &str, username: &str) {
        let user = SubjectId::parse_new(user).expect("a user's id");
        let username = Username::parse(username).expect("a username");
        let mut fake = self.state();
        let taken = fake.usernames.iter().any(|(other, name)| *name == username && *other != user);
        assert!(!taken, "another user's account is called `{username}`");
        fake.usernames.insert(user, username);
    }

    /// Sets the permissions of a user on a place: a bucket, or a prefix in it that ends in `/`,
    /// such as `photos` or `photos/2026/`. Replaces the user's earlier permissions on the place.
    ///
    /// # Panics
    /// If the bucket is not registered, a name is invalid, or there are no permissions.
    pub fn grant(
        &self,
        user: &str,
        place: &str,
        permissions: impl IntoIterator<Item = Permission>,
    ) {
        let put =
            PutGrant { permissions: permissions.into_iter().collect(), ..PutGrant::default() };
        let new = NewGrant::parse(key_of(user, place), put).expect("a grant that Cargo takes");
        let mut fake = self.state();
        let bucket = &new.key().bucket;
        assert!(fake.buckets.contains_key(bucket), "`{bucket}` is not registered");
        fake.put_grant(new, format!("key:{}", who::KEY_ID));
    }

    /// Revokes a user's grant. The next decision does not use it.
    ///
    /// # Panics
    /// If a name is invalid.
    pub fn revoke(&self, user: &str, place: &str) {
        self.state().take_grant(&key_of(user, place));
    }

    /// Answers the next `times` requests of any kind with `status` and the code `as_told`. Tests
    /// how the application behaves when Cargo is unavailable (503), busy (429), or does not accept
    /// the token any more (401).
    pub fn fail(&self, times: usize, status: u16) {
        self.state().failures = (times, status);
    }

    /// Whether the storage was proved to bind bodies, that is, to reject a body that is not the
    /// signed one; true by default. If not (SeaweedFS, rclone, any store without a probe),
    /// DeleteObjects is signed only for users who may delete in the whole bucket. Others get
    /// `body_unbound`: the interceptor then deletes key by key, and an application that signs by
    /// itself sees the refusal.
    pub fn binds_bodies(&self, proved: bool) {
        let contract = StorageContract { binds_body: proved, ..StorageContract::strict() };
        self.state().storage = Arc::new(contract);
    }

    /// Stops the clock at this instant; `None` starts it again.
    pub fn set_clock(&self, now: Option<DateTime<Utc>>) {
        self.state().frozen = now;
    }

    /// All requests for a signature or a presigned URL so far.
    pub fn asked(&self) -> Vec<SigningAttempt> {
        self.state().asked.clone()
    }

    fn state(&self) -> MutexGuard<'_, FakeState> {
        lock(&self.fake)
    }
}

impl Drop for FakeAuthority {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The key of a user's grant on a place: `photos/2026/` is the prefix `2026/` of the bucket
/// `photos`.
fn key_of(user: &str, place: &str) -> GrantKey {
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let prefix = (PrefixKind::Literal, prefix);
    GrantKey::parse(bucket, prefix, SubjectKind::User, user).expect("a user, a bucket and a prefix")
}

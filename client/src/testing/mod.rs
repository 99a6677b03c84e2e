//! A Cargo for your tests: in your process, without a database, with the judge and the signer of the
//! real one.

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
use sail_cargo_domain::s3::{AddressingStyle, Endpoint};
use sail_cargo_domain::sigv4::StoreCredentials;
use sail_cargo_domain::{BucketName, GrantKey, NewGrant, Secret, StorageContract};
use sail_cargo_protocol::{Permission, PutGrant, SubjectKind};
use tokio::task::JoinHandle;

pub use self::signing_attempt::SigningAttempt;

use self::fake_state::{FakeState, lock};
use self::who::{API_KEY, TOKEN};
use crate::{Client, Credentials, Error, Key, StaticToken, Token};

/// The storage a [`FakeAuthority`] signs for. A storage that verifies (SeaweedFS, `s3s`, MinIO)
/// takes the signatures when it knows the same keys; where a test's storage does not look, any
/// keys will do.
#[derive(Debug, Clone)]
pub struct FakeStorage {
    /// Scheme, host and port, such as `http://127.0.0.1:9000`.
    pub endpoint: String,
    /// Whether buckets are labels of the host; in the path otherwise.
    pub virtual_hosted: bool,
    /// The region in the signature's scope.
    pub region: String,
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: Key,
}

impl FakeStorage {
    /// A storage with buckets in the path, in `us-east-1`.
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

/// An authority for tests of applications: speaks Cargo's API on a port of its own, keeps one
/// project in memory, and says yes and no to requests as the real server does.
///
/// It answers what applications ask for: `whoami`, `sign`, `presign` (each also as a batch),
/// `check`, `permissions`, buckets with their settlement, and grants. Anything else is answered
/// with 501 `not_in_the_fake`. Requests for S3 are judged and signed by the server's own code. What
/// it does not have: an audit trail, groups kept by Cargo, ETags and preconditions, last-admin
/// protection, pages of listings, revisions that can be asked for, more than one project, real
/// tokens, scopes of keys.
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
/// It ends when it is dropped. Methods that take names panic on names that Cargo would refuse: in
/// a test that is the answer.
#[derive(Debug)]
pub struct FakeAuthority {
    url: String,
    fake: Arc<Mutex<FakeState>>,
    server: JoinHandle<()>,
}

impl FakeAuthority {
    /// Starts one on a free port of the loopback interface, in the runtime this is called in.
    ///
    /// # Errors
    /// No port can be had, or the storage's endpoint is none (`InvalidInput`).
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

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A client of the application itself.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn root(&self) -> Result<Client, Error> {
        Client::builder(&self.url).credentials(Credentials::api_key(self.api_key())).build()
    }

    /// A client of a user, whoever they are.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn user(&self, id: &str) -> Result<Client, Error> {
        let token = StaticToken::new(self.token(id, &[]));
        Client::builder(&self.url).credentials(Credentials::user(token)).build()
    }

    /// A token of a user that names `groups`: grants to these token groups are theirs. Anything else
    /// is answered with 401.
    pub fn token(&self, user: &str, groups: &[&str]) -> Token {
        Token::new(format!("{TOKEN}{}", [&[user], groups].concat().join(";")))
    }

    /// The application's API key, with every scope.
    pub fn api_key(&self) -> Key {
        Key::new(API_KEY)
    }

    /// Registers a bucket. Nothing happens in the storage.
    ///
    /// # Panics
    /// The name is none.
    pub fn bucket(&self, name: &str) {
        self.state().register(BucketName::parse(name).expect("a bucket's name"));
    }

    /// Lets everybody do this in a bucket that is registered.
    ///
    /// # Panics
    /// The bucket is not registered.
    pub fn public(&self, bucket: &str, permissions: impl IntoIterator<Item = Permission>) {
        let bucket = BucketName::parse(bucket).expect("a bucket's name");
        let mut fake = self.state();
        let entry = fake.buckets.get_mut(&bucket).expect("a registered bucket");
        entry.bucket.rules.public = permissions.into_iter().collect();
    }

    /// Gives a user these permissions, in place of those they had there. `place` is a bucket, or
    /// a prefix in it that ends in `/`: `photos`, `photos/2026/`.
    ///
    /// # Panics
    /// The bucket is not registered, or Cargo would refuse such a grant: a name is none, or there is no
    /// permission.
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

    /// Takes a user's grant away: the next request is judged without it.
    ///
    /// # Panics
    /// A name is none.
    pub fn revoke(&self, user: &str, place: &str) {
        self.state().take_grant(&key_of(user, place));
    }

    /// Answers the next `times` requests with `status` and the code `as_told`, whoever asks for
    /// what: how does the application take it when Cargo is away (503), busy (429), or does not
    /// know the token any more (401)?
    pub fn fail(&self, times: usize, status: u16) {
        self.state().failures = (times, status);
    }

    /// Whether the storage was proved to refuse a body that is not the signed one, as it is at
    /// first. Where it was not (SeaweedFS, rclone, any store that nobody has probed), a DeleteObjects
    /// is signed only for who may delete in all of its bucket, and others get `body_unbound`: the
    /// interceptor then deletes key by key. An application that signs by itself sees the refusal.
    pub fn binds_bodies(&self, proved: bool) {
        let contract = StorageContract { binds_body: proved, ..StorageContract::strict() };
        self.state().storage = Arc::new(contract);
    }

    /// Has it be this instant, until told otherwise; now, for `None`.
    pub fn set_clock(&self, now: Option<DateTime<Utc>>) {
        self.state().frozen = now;
    }

    /// Every request that was to be signed or presigned so far.
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

/// The grant of a user on a place: `photos/2026/` is the prefix `2026/` of the bucket `photos`.
fn key_of(user: &str, place: &str) -> GrantKey {
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    GrantKey::parse(bucket, prefix, SubjectKind::User, user).expect("a user, a bucket and a prefix")
}

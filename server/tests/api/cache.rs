//! The cache: it saves database queries, and revoked grants are not used for longer than the lease.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use reqwest::Method;
use sail_cargo_client::protocol::{Permission, Scope};
use sail_cargo_server::authn::{Authenticator, Credentials, Issuers, Tokens};
use sail_cargo_server::cache::MAX_STALENESS;
use sail_cargo_server::domain::{Caller, IssuerSet};
use sail_cargo_server::limits::{Limits, Rates};
use sail_cargo_server::service::Service;
use serde_json::json;

use crate::harness::{
    Actor, Kind, Replica, S3, Setup, TestApp, TestResponse, eventually, fetching, on_both,
};

/// Waits until a signature of `request` for `actor` needs no database query.
async fn warm(sees: &Service, actor: &Actor, request: &S3) {
    eventually("a signature without a query", async || {
        let before = sees.database().queries();
        actor.sign(request).await.status == 200 && sees.database().queries() == before
    })
    .await;
}

#[tokio::test]
async fn what_is_remembered_is_signed_without_a_query() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        let (ada, root, get) = (app.ada(), app.root(), S3::new("GET", "/photos/x"));
        for actor in [&ada, &root] {
            warm(&app.sees, actor, &get).await;
            let before = app.sees.database().queries();
            for number in 0..20 {
                actor.signed(&S3::new("GET", &format!("/photos/{number}"))).await;
            }
            assert_eq!(app.sees.database().queries(), before);
        }
    })
    .await;
}

/// The size limit of the future that authenticates a caller, in bytes. It is part of every
/// request's future.
const ROOM_TO_TELL: usize = 1024;

fn no_tokens() -> Tokens {
    Tokens::new(Arc::new(Issuers::new(IssuerSet::default(), fetching())), 0)
}

#[tokio::test]
async fn a_key_that_is_remembered_is_told_at_the_first_look_and_in_little_room() {
    on_both(async |app| {
        let guesses = Limits::new(Rates::default()).guesses().clone();
        let authenticator = Authenticator::new(app.sees.clone(), None, no_tokens(), guesses);
        let (root, get) = (app.root(), S3::new("GET", "/photos/x"));
        app.register("photos").await;
        warm(&app.sees, &root, &get).await;
        eventually("nobody is waited for", async || {
            let key = Some(app.secrets.root_key.as_str());
            let credentials = Credentials { api_key: key, ..Credentials::default() };
            let telling = authenticator.authenticate(credentials, app.clock.now());
            let room = size_of_val(&telling);
            assert!(room <= ROOM_TO_TELL, "{room} bytes");
            matches!(telling.now_or_never(), Some(Ok(Caller::Root(_))))
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_change_of_this_server_counts_from_the_next_request_on() {
    on_both(async |app| {
        let get = S3::new("GET", "/photos/x");
        app.register("photos").await;
        let (ada, root) = (app.ada(), app.root());
        for _ in 0..5 {
            app.grant("photos", "ada", &[Permission::Read]).await;
            warm(&app.sees, &ada, &get).await;
            root.delete("/v1/buckets/photos/grants/ada").await;
            ada.sign(&get).await.refused(403, "no_permission");
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_remembers_nothing_reads_the_database_every_time() {
    crate::harness::on_both_with(Setup::NothingRemembered, async |app| {
        app.register("photos").await;
        let (root, get) = (app.root(), S3::new("GET", "/photos/x"));
        for _ in 0..10 {
            let before = app.sees.database().queries();
            root.signed(&get).await;
            assert!(app.sees.database().queries() > before);
        }
    })
    .await;
}

/// Repeats a signature at the replica until `is_old` is false for its answer. A request that is
/// sent more than a lease after the change was acknowledged must get the new answer.
async fn until_it_counts(
    what: &str,
    changed: Instant,
    actor: &Actor,
    request: &S3,
    is_old: impl Fn(&TestResponse) -> bool,
) {
    let deadline = changed + Duration::from_secs(20);
    loop {
        let asked = Instant::now();
        let answer = actor.sign(request).await;
        if !is_old(&answer) {
            return;
        }
        assert!(asked < changed + MAX_STALENESS, "{what}: {:?} too late", asked - changed);
        assert!(asked < deadline, "{what}: never");
    }
}

struct Pair<'a> {
    app: &'a TestApp,
    replica: Replica,
    get: S3,
}

impl Pair<'_> {
    /// Makes a change at one server, and demands that it takes effect at the other in time.
    async fn change(
        &self,
        what: &str,
        actor: &Actor,
        (method, path, body): (Method, &str, serde_json::Value),
        is_old: impl Fn(&TestResponse) -> bool,
    ) {
        let there = actor.at(&self.replica);
        warm(&self.replica.sees, &there, &self.get).await;
        let operator = self.app.operator();
        let request = operator.request(method, path).header("x-project", "sail").json(&body);
        let answer = operator.send(request).await;
        let changed = Instant::now();
        assert!(answer.status < 300, "{what}: {}", answer.body);
        until_it_counts(what, changed, &there, &self.get, is_old).await;
    }
}

#[tokio::test]
async fn a_change_of_another_replica_counts_within_the_lease() {
    on_both(async |app| {
        app.register("photos").await;
        let replica = app.replica(Setup::Usual).await;
        let pair = Pair { app, replica, get: S3::new("GET", "/photos/x") };
        let signed = |answer: &TestResponse| answer.status == 200;
        let (ada, bob, root) = (app.ada(), app.bob(), app.root());
        let nothing = || json!({});
        let grant = || json!({ "permissions": ["read"] });

        for user in ["ada", "bob"] {
            app.grant("photos", user, &[Permission::Read]).await;
        }
        let taken = (Method::DELETE, "/v1/buckets/photos/grants/ada", nothing());
        pair.change("a grant is taken", &ada, taken, signed).await;

        let crew = "/v1/buckets/photos/grants/crew?kind=group";
        let root_puts = async |path: &str, body| assert!(root.put(path, &body).await.status < 300);
        root_puts(crew, grant()).await;
        root_puts("/v1/groups/crew/members/ada", nothing()).await;
        let left = (Method::DELETE, "/v1/groups/crew/members/ada", nothing());
        pair.change("a member leaves", &ada, left, signed).await;

        let ceiling = (Method::PATCH, "/v1/buckets/photos", json!({ "ceiling": ["write"] }));
        pair.change("a ceiling comes down", &bob, ceiling, signed).await;
        let open = json!({ "ceiling": ["read", "write", "delete", "admin"] });
        let lifted = (Method::PATCH, "/v1/buckets/photos", open);
        let operator = app.operator();
        let request = operator.request(lifted.0, lifted.1).header("x-project", "sail");
        assert_eq!(operator.send(request.json(&lifted.2)).await.status, 200);

        let key = app.key([Scope::Sign]).await;
        let revoked = format!("/v1/api-keys/{}", key.stored.id);
        let revoke = (Method::DELETE, revoked.as_str(), nothing());
        pair.change("a key is revoked", &app.with_key(&key.key), revoke, signed).await;

        let store = sail_cargo_client::protocol::PutStore {
            access_key_id: "AKIANEW".to_owned(),
            ..app.store()
        };
        let store =
            (Method::PUT, "/v1/stores/main?no_probe=true", serde_json::to_value(store).unwrap());
        let old_key = |answer: &TestResponse| answer.body.contains("AKIACARGO");
        pair.change("a store has other keys", &bob, store, old_key).await;

        let suspend = (Method::PATCH, "/v1/projects/sail", json!({ "status": "suspended" }));
        pair.change("a project is suspended", &bob, suspend, signed).await;
        pair.replica.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_database_that_was_set_back_and_went_on_is_read_anew() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        let (ada, get) = (app.ada(), S3::new("GET", "/photos/x"));
        warm(&app.sees, &ada, &get).await;
        // The same number of changes, but different ones.
        let another_past = match app.database.kind() {
            Kind::Sqlite => "UPDATE project_head SET chain_hash = x'07'",
            Kind::Postgres => "UPDATE project_head SET chain_hash = '\\x07'",
        };
        app.database.execute(&format!("DELETE FROM grant_; {another_past}"));
        eventually("the grant is gone", async || ada.sign(&get).await.status == 403).await;
    })
    .await;
}

/// A replica is suspended, a grant is deleted at another one, and the first is resumed.
#[tokio::test]
async fn a_suspended_machine_signs_with_nothing_it_remembered_before() {
    let suspended: fn(&TestApp) = |app| app.clock.suspend(61);
    let set_forward: fn(&TestApp) = |app| app.clock.advance(TimeDelta::seconds(61));
    on_both(async |app| {
        app.register("photos").await;
        for pass in [suspended, set_forward] {
            app.grant("photos", "ada", &[Permission::Read]).await;
            let replica = app.replica(Setup::LongRemembered).await;
            let (there, get) = (app.ada().at(&replica), S3::new("GET", "/photos/x"));
            warm(&replica.sees, &there, &get).await;
            app.root().delete("/v1/buckets/photos/grants/ada").await;
            pass(app);
            there.sign(&get).await.refused(403, "no_permission");
            replica.stop().await;
        }
    })
    .await;
}

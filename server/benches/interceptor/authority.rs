//! The server as it is run: SQLite on disk, real tokens, a TCP port and a Unix domain socket.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use chrono::TimeDelta;
use sail_cargo_client::protocol::Outcome;
use sail_cargo_server::app::Application;
use sail_cargo_server::authn::{ClaimRules, KeySource};
use sail_cargo_server::clock::Clock;
use sail_cargo_server::config::{AuthConfig, Config, DatabaseConfig};
use sail_cargo_server::dev::issuer::{ISSUER, Issuer};
use sail_cargo_server::domain::s3::{AddressingStyle, Endpoint};
use sail_cargo_server::domain::{
    BucketName, Caller, Permission, Permissions, Prefix, ProjectId, Secret, Slug, Subject,
    SubjectId,
};
use sail_cargo_server::store::{
    BucketEdit, Context, DatabaseUrl, Decision, GrantEdit, GrantKey, GrantState, How, MasterKey,
    NewProject, NewStore, Precondition, Settings, SignedRequest, Store,
};

use crate::rounds::Way;
use crate::storage::{ACCESS_KEY_ID, REGION, SECRET};
use crate::{BUCKET, KEY, USER};

const PROJECT: &str = "bench";

/// The server, and a project in which [`USER`] may read [`BUCKET`].
pub(crate) struct Authority {
    pub(crate) url: String,
    /// `unix:…`
    pub(crate) socket: String,
    /// The user's.
    pub(crate) token: String,
    store: Store,
    project: ProjectId,
    handle: ServerHandle,
}

/// What a signature waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Record {
    /// The record's commit, synced.
    Commit,
    /// A write to the audit spool.
    Spool,
}

impl Authority {
    pub(crate) async fn start(directory: &Path, storage_url: &str, record: Record) -> Self {
        let directory = &directory.join(format!("{record:?}"));
        std::fs::create_dir(directory).unwrap();
        let spool = directory.join("spool");
        std::fs::create_dir(&spool).unwrap();
        let (clock, socket) = (Clock::system(), directory.join("cargo.sock"));
        let issuer = Issuer::load_or_create(directory).unwrap();
        let (now, hour) = (clock.now(), TimeDelta::hours(1));
        let token = issuer.token(USER, PROJECT, now, hour).unwrap();
        let keys = directory.join("public-key.pem");
        std::fs::write(&keys, issuer.public_key_pem()).unwrap();

        let master_key = MasterKey::generate();
        let database = || DatabaseConfig {
            url: DatabaseUrl::Sqlite(directory.join("cargo.db")),
            connections: 4,
            master_key: MasterKey::parse(&master_key).unwrap(),
        };
        let config = Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            socket: Some(socket.clone()),
            workers: Some(2),
            drain: Duration::from_secs(1),
            max_staleness: sail_cargo_server::store::MAX_STALENESS,
            audit_spool: (record == Record::Spool).then_some(spool),
            database: database(),
            operator_key: None,
            auth: Some(AuthConfig {
                source: KeySource::parse(&format!("file:{}", keys.display())).unwrap(),
                rules: rules(),
            }),
        };
        let application = Application::build(config, clock, true).await.unwrap();
        let DatabaseConfig { url, connections, master_key } = database();
        let store = Store::open(url, connections, master_key);
        let project = furnish(&store, storage_url).await;
        let (url, handle) = (format!("http://{}", application.address()), application.handle());
        tokio::spawn(application.run_until_stopped());
        Self { url, socket: format!("unix:{}", socket.display()), token, store, project, handle }
    }

    pub(crate) async fn stop(&self) {
        self.handle.stop(false).await;
    }

    /// What the server writes of each signature, before anybody hears of it.
    pub(crate) fn record(&self, name: &'static str) -> Way {
        let (store, context) = (self.store.clone(), operator(Some(self.project.clone())));
        let decision = Decision {
            project: self.project.clone(),
            action: "s3:GetObject".to_owned(),
            bucket: Some(BUCKET.to_owned()),
            object: Some(KEY.to_owned()),
            outcome: Outcome::Allow,
            reason: "ok".to_owned(),
            detail: "signed".to_owned(),
            revision: Some(1),
            request: Some(SignedRequest {
                method: "GET".to_owned(),
                payload: Some(sail_cargo_server::domain::s3::EMPTY_SHA256.to_owned()),
                access_key_id: Some(ACCESS_KEY_ID.to_owned()),
            }),
        };
        Way::new(name, move || {
            let (store, context, decision) = (store.clone(), context.clone(), decision.clone());
            async move { store.record(context, vec![decision]).await.unwrap() }
        })
    }
}

/// As the demo auth service words its tokens.
fn rules() -> ClaimRules {
    ClaimRules {
        issuer: ISSUER.to_owned(),
        audience: None,
        leeway: TimeDelta::seconds(30),
        max_lifetime: TimeDelta::hours(24),
        user_claims: vec!["id".to_owned()],
        project_claim: "projectId".to_owned(),
        project_from_header: false,
        groups_claim: "groups".to_owned(),
        role_claim: "role".to_owned(),
    }
}

async fn furnish(store: &Store, storage_url: &str) -> ProjectId {
    let slug = |text: &str| Slug::parse(text).unwrap();
    let account = NewStore {
        name: slug("main"),
        endpoints: vec![Endpoint::parse(storage_url, AddressingStyle::Path).unwrap()],
        region: REGION.to_owned(),
        access_key_id: ACCESS_KEY_ID.to_owned(),
        secret_access_key: Secret::new(SECRET.to_owned()),
        shared: false,
        accept_unsafe_storage: false,
    };
    store.put_store(account, Clock::system().now()).await.unwrap();
    let (slug, main) = (slug(PROJECT), slug("main"));
    let new = NewProject { slug, store: main, settings: Settings::default() };
    let made = store.create_project(new, operator(None)).await.unwrap();
    let project = ProjectId::parse(&made.value.id).unwrap();

    let bucket = BucketName::parse(BUCKET).unwrap();
    let context = operator(Some(project.clone()));
    let edit = BucketEdit::default();
    store.put_bucket(project.clone(), bucket.clone(), edit, context.clone()).await.unwrap();
    let permissions: Permissions = [Permission::Read].into_iter().collect();
    let grant = GrantEdit {
        key: GrantKey {
            bucket,
            prefix: Prefix::parse("").unwrap(),
            subject: Subject::User(SubjectId::parse(USER).unwrap()),
        },
        put: Some(GrantState { permissions, not_before: None, expires_at: None, reason: None }),
        precondition: Precondition::None,
    };
    let how = How::default();
    store.edit_grants(project.clone(), "grant.put", vec![grant], how, context).await.unwrap();
    project
}

fn operator(project: Option<ProjectId>) -> Context {
    Context {
        caller: Caller::Operator { project },
        now: Clock::system().now(),
        request_id: "bench".to_owned(),
        at_least: None,
        idempotency: None,
    }
}

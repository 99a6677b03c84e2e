//! The initial state of the server, and helpers that create more.

use std::fmt::Write as _;

use reqwest::Method;
use sail_cargo_client::protocol::{
    AddressingStyle, AuditEvent, AuditQuery, Bucket, CreateApiKey, CreateProject, CreatedApiKey,
    Endpoint, Grant, Page, Permission, ProbeReport, Project, PutBucket, PutGrant, PutStore, Scope,
    Store,
};
use sail_cargo_server::audit::OperatorAct;
use sail_cargo_server::domain::{Caller, Context, OperatorName, Origin, Slug};

use super::actor::{Actor, Proof};
use super::answer::TestResponse;
use super::app::TestApp;
use super::report::strict_report;
use super::s3::{ENDPOINT, REGION, VIRTUAL_HOST};

impl TestApp {
    /// Creates the store `main` and the project `sail`.
    pub(super) async fn set_up(&mut self) {
        self.make_store("main").await;
        self.secrets.root_key = self.make_project("sail", "main").await;
    }

    /// Creates a store at the usual endpoints, with an account of its own unless it is `main`.
    pub(crate) async fn make_store(&self, name: &str) {
        let mut store = self.store();
        if name != "main" {
            store.access_key_id = format!("AKIA{}", name.to_uppercase());
        }
        self.put_unproved(name, &store).await;
        self.prove(name, strict_report()).await;
    }

    /// Saves a store without probing its storage.
    pub(crate) async fn put_unproved(&self, name: &str, store: &PutStore) {
        let path = format!("/v1/stores/{name}?no_probe=true");
        self.operator().put(&path, store).await.ok::<Store>();
    }

    /// The request context of the server itself.
    pub(crate) fn context(&self) -> Context {
        Context {
            caller: Caller::Operator { name: OperatorName::server(), project: None },
            now: self.clock.now(),
            request_id: "test".to_owned(),
            origin: Origin::default(),
            at_least: None,
            idempotency: None,
        }
    }

    /// Saves `report` as a probe's result for a store.
    pub(crate) async fn prove(&self, name: &str, report: ProbeReport) {
        let account = self.sees.store(Slug::parse(name).unwrap()).await.unwrap();
        let act = OperatorAct::done("store.probe", &Slug::parse(name).unwrap(), String::new());
        self.sees.keep_probe(account, report, act, self.context()).await.unwrap();
    }

    /// Creates a project and returns its first API key, which has all scopes.
    pub(crate) async fn make_project(&self, slug: &str, store: &str) -> String {
        let project = CreateProject {
            slug: slug.to_owned(),
            store: store.to_owned(),
            root_extra: vec!["PutBucketPolicy".to_owned()],
            cors_origins: Vec::new(),
        };
        self.operator().post("/v1/projects", &project).await.ok::<Project>();
        let key = CreateApiKey { project: Some(slug.to_owned()), ..new_key("root", Scope::ALL) };
        self.operator().post("/v1/api-keys", &key).await.ok::<CreatedApiKey>().key
    }

    /// Creates a project with a store of its own, and returns its first API key.
    pub(crate) async fn make_neighbour(&self, slug: &str) -> String {
        self.make_store(slug).await;
        self.make_project(slug, slug).await
    }

    /// Marks the store `main` as shared by several projects.
    pub(crate) async fn share(&self) {
        let store = PutStore { shared: true, ..self.store() };
        self.operator().put("/v1/stores/main?no_probe=true", &store).await.ok::<Store>();
    }

    /// The operator, acting in a project.
    pub(crate) fn operator_in(&self, project: &str) -> Actor {
        let (key, project) = (Some(self.secrets.operator_key.clone()), Some(project.to_owned()));
        self.actor(&Proof { key, project, token: None })
    }

    /// The settings of the store `main`.
    pub(crate) fn store(&self) -> PutStore {
        let endpoint = |url: &str, style| Endpoint { url: url.to_owned(), style };
        PutStore {
            endpoints: vec![
                endpoint(ENDPOINT, AddressingStyle::Path),
                endpoint(VIRTUAL_HOST, AddressingStyle::VirtualHosted),
            ],
            region: REGION.to_owned(),
            access_key_id: "AKIACARGO".to_owned(),
            secret_access_key: self.secrets.store.clone(),
            shared: false,
            accept_unsafe_storage: false,
            access: None,
        }
    }

    /// Registers a bucket in project `sail`.
    pub(crate) async fn register(&self, bucket: &str) {
        let path = format!("/v1/buckets/{bucket}");
        self.root().put(&path, &PutBucket::default()).await.ok::<Bucket>();
    }

    /// Grants a user of project `sail` something on a bucket, or on `bucket/prefix/`.
    pub(crate) async fn grant(&self, place: &str, user: &str, permissions: &[Permission]) {
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let mut path = format!("/v1/buckets/{bucket}/grants/");
        for byte in user.bytes() {
            write!(path, "%{byte:02X}").unwrap();
        }
        let root = self.root();
        let request = root.request(Method::PUT, &path).query(&[("prefix", prefix)]);
        let grant =
            PutGrant { permissions: permissions.iter().copied().collect(), ..PutGrant::default() };
        root.send(request.json(&grant)).await.ok::<Grant>();
    }

    /// Creates an API key of project `sail` as root.
    pub(crate) async fn key(&self, scopes: impl IntoIterator<Item = Scope>) -> CreatedApiKey {
        self.root().post("/v1/api-keys", &new_key("test", scopes)).await.ok()
    }

    /// The only audit event of the request behind `answer`, apart from its changes of the bucket.
    pub(crate) async fn record(&self, answer: &TestResponse) -> AuditEvent {
        let query = AuditQuery { page_size: Some(10), ..AuditQuery::default() };
        let root = self.root();
        let request = root.request(Method::GET, "/v1/audit-events").query(&query);
        let events: Page<AuditEvent> = root.send(request).await.ok();
        let id = answer.header("x-request-id");
        let mut own = events.items.into_iter().filter(|event| {
            event.request_id == id
                && !matches!(event.action.as_str(), "bucket.claim" | "bucket.close")
        });
        let event = own.next().unwrap_or_else(|| panic!("no record of {id}: {}", answer.body));
        assert_eq!(own.next(), None, "recorded once");
        event
    }
}

fn new_key(name: &str, scopes: impl IntoIterator<Item = Scope>) -> CreateApiKey {
    CreateApiKey {
        name: name.to_owned(),
        scopes: Some(scopes.into_iter().collect()),
        expires_at: None,
        project: None,
    }
}

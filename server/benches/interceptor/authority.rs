//! A server as in production: SQLite on disk, real tokens, a TCP port and a Unix domain socket.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sail_cargo_client::protocol::{GrantLine, Outcome};
use sail_cargo_database::{Database, DatabaseUrl, MasterKey, NewStore};
use sail_cargo_server::audit::{Decision, SignedRequest};
use sail_cargo_server::clock::Clock;
use sail_cargo_server::domain::s3::{AddressingStyle, Endpoint};
use sail_cargo_server::domain::{BucketEdit, NewGrant, ProjectSettings};
use sail_cargo_server::domain::{
    BucketName, Caller, Context, OperatorName, Origin, Permission, ProjectId, Secret, Slug,
};
use sail_cargo_server::service::{
    EditOptions, GrantEdit, NewProject, Precondition, Service, Shown,
};

use crate::dev_issuer;
use crate::rounds::Variant;
use crate::storages::{ACCESS_KEY_ID, REGION, SECRET};
use crate::{BUCKET, KEY, USER};

const PROJECT: &str = "bench";

/// The server in its own process, and a project in which [`USER`] may read [`BUCKET`].
pub(crate) struct Authority {
    pub(crate) url: String,
    /// `unix:…`
    pub(crate) socket: String,
    /// The user's token.
    pub(crate) token: String,
    store: Service,
    project: ProjectId,
    process: Child,
}

/// What a signature waits for before it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Record {
    /// The commit of its audit event, synced to disk.
    Commit,
    /// A write of its audit event to the spool.
    Spool,
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Authority {
    pub(crate) async fn start(directory: &Path, storage_url: &str, record: Record) -> Self {
        let directory = &directory.join(format!("{record:?}"));
        let (database, spool) = (directory.join("cargo.db"), directory.join("spool"));
        std::fs::create_dir_all(&spool).unwrap();
        let now = Clock::system().now();
        let token = dev_issuer::token_in(PROJECT, USER);
        let (keys, key) = (dev_issuer::public_key(), directory.join("master.key"));
        let master_key = MasterKey::generate();
        std::fs::write(&key, master_key.expose()).unwrap();

        let master_key = MasterKey::parse(&master_key).unwrap();
        let url = DatabaseUrl::Sqlite(database.clone());
        let store = Service::new(Database::open(url, 1, master_key));
        store.migrate(now).await.unwrap();
        let project = set_up(&store, storage_url).await;

        let (address, socket) = (free_address(), directory.join("cargo.sock"));
        let mut server = Command::new(env!("CARGO_BIN_EXE_sail-cargo"));
        server.arg("serve").args(["--workers", "2"]).args(["--auth-any-audience", "true"]);
        server.args(["--listen", &address]).arg("--socket").arg(&socket);
        server.args(["--database-url", &format!("sqlite:{}", database.display())]);
        server.args(["--auth-keys", &format!("file:{}", keys.display())]);
        server.args(["--auth-issuer", dev_issuer::ISSUER]).arg("--master-key-file").arg(&key);
        if record == Record::Spool {
            server.arg("--audit-spool").arg(&spool);
        }
        let process = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let (url, socket) = (format!("http://{address}"), format!("unix:{}", socket.display()));
        let authority = Self { url, socket, token, store, project, process };
        let deadline = Instant::now() + Duration::from_secs(30);
        while reqwest::get(format!("{}/livez", authority.url)).await.is_err() {
            assert!(Instant::now() < deadline, "the server did not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        authority
    }

    /// The server's process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Times the write of one signature's audit event, which precedes its answer.
    pub(crate) fn record(&self, name: &'static str) -> Variant {
        let (store, context) = (self.store.clone(), operator(Some(self.project.clone())));
        let decision = Decision {
            project: self.project.clone(),
            action: "s3:GetObject",
            bucket: Some(BUCKET.to_owned()),
            object: Some(KEY.to_owned()),
            outcome: Outcome::Allow,
            reason: "ok",
            detail: "signed".into(),
            revision: Some(1),
            request: Some(SignedRequest {
                method: "GET".into(),
                payload: Some(sail_cargo_server::domain::s3::EMPTY_SHA256.into()),
                access_key_id: Some(ACCESS_KEY_ID.to_owned()),
            }),
        };
        Variant::new(name, move || {
            let (store, context, decision) = (store.clone(), context.clone(), decision.clone());
            async move { store.audit().record(&context, vec![decision]).await.unwrap() }
        })
    }
}

pub(crate) fn free_address() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().to_string()
}

async fn set_up(store: &Service, storage_url: &str) -> ProjectId {
    let slug = |text: &str| Slug::parse(text).unwrap();
    let account = NewStore {
        name: slug("main"),
        endpoints: vec![Endpoint::parse(storage_url, AddressingStyle::Path).unwrap()],
        region: REGION.to_owned(),
        access_key_id: ACCESS_KEY_ID.to_owned(),
        secret_access_key: Secret::new(SECRET.to_owned()),
        shared: false,
        accept_unsafe_storage: false,
        access: None,
    };
    store.put_store(account, None, operator(None)).await.unwrap();
    let (slug, main) = (slug(PROJECT), slug("main"));
    let new = NewProject { slug, store: main, settings: ProjectSettings::default() };
    let made = store.create_project(new, operator(None)).await.unwrap();
    let project = made.value.id;

    let bucket = BucketName::parse(BUCKET).unwrap();
    let context = operator(Some(project.clone()));
    let edit = BucketEdit::default();
    let put = store.put_bucket(project.clone(), bucket, edit, Shown::No, context.clone());
    put.await.unwrap();
    let new = NewGrant::parse_line(GrantLine {
        bucket: BUCKET.to_owned(),
        subject: USER.to_owned(),
        permissions: [Permission::Read].into(),
        ..GrantLine::default()
    });
    let grant = GrantEdit::give(new.unwrap(), Precondition::None);
    let how = EditOptions::default();
    store.edit_grants(project.clone(), "grant.put", vec![grant], how, context).await.unwrap();
    project
}

fn operator(project: Option<ProjectId>) -> Context {
    Context {
        caller: Caller::Operator { name: OperatorName::server(), project },
        now: Clock::system().now(),
        request_id: "bench".to_owned(),
        origin: Origin::default(),
        at_least: None,
        idempotency: None,
    }
}

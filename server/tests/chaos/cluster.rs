//! The parts of a run: one database, three replicas, the clients, and the answers they got.

use sail_cargo_database::testing::diesel;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Method, Url};
use sail_cargo_database::DatabaseUrl;
use sail_cargo_server::clock::Clock;
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::cells::Cell;
use crate::dice::Dice;
use crate::harness::auth_service::AuthService;
use crate::harness::{Form, ISSUER, KEYS, Kind, TestDatabase, Token};
use crate::replica::{Ground, Replica};
use crate::report::Report;
use crate::served::{command, set_up};

pub(crate) const BUCKET: &str = "photos";
const REPLICAS: usize = 3;
/// The replica that waits for the commit of each audit event. The others use a spool, and sign from
/// their cache while the database is away.
const COMMITS: usize = 0;
/// The number of users that clients ask about, the newest ones.
const CELLS: usize = 24;

/// An acknowledged change.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) user: String,
    pub(crate) request_id: String,
    pub(crate) revision: i64,
    /// Whether the grant exists since then.
    pub(crate) given: bool,
}

pub(crate) struct Cluster {
    pub(crate) report: Report,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) database: TestDatabase,
    pub(crate) http: reqwest::Client,
    pub(crate) root_key: String,
    /// The numbers of the objects whose signatures were handed out.
    pub(crate) signed: Mutex<Vec<usize>>,
    pub(crate) written: Mutex<Vec<Written>>,
    /// The revisions and hashes that streams delivered.
    pub(crate) told: Mutex<Vec<(i64, String)>>,
    /// The requests that still wait for an answer.
    pub(crate) waiting: Mutex<JoinSet<()>>,
    cells: Mutex<VecDeque<Arc<Cell>>>,
    objects: AtomicUsize,
    is_over: AtomicBool,
    directory: Mutex<Option<TempDir>>,
    _auth: AuthService,
}

impl Cluster {
    /// Creates the database and starts all replicas on it.
    pub(crate) async fn begin() -> Self {
        let database = TestDatabase::create(Kind::Postgres);
        let DatabaseUrl::Postgres(url) = database.url() else { unreachable!("it is PostgreSQL") };
        let directory = tempfile::tempdir().unwrap();
        set_up(directory.path(), || {
            let mut command = command(directory.path());
            command.env("DATABASE_URL", &url);
            command
        });
        let auth = AuthService::start().await;
        auth.publish(Form::Jwks, &[&KEYS[0]]);
        let ground = Arc::new(Ground {
            directory: directory.path().to_owned(),
            database: Url::parse(&url).unwrap(),
            auth_keys: auth.url.clone(),
            issuer: ISSUER,
        });
        let replica = |number| Replica::new(ground.clone(), number, number != COMMITS);
        let root_key = std::fs::read_to_string(directory.path().join("root.key")).unwrap();
        let cluster = Self {
            report: Report::new(),
            replicas: (0..REPLICAS).map(replica).collect(),
            database,
            http: reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap(),
            root_key: root_key.trim().to_owned(),
            signed: Mutex::default(),
            written: Mutex::default(),
            told: Mutex::default(),
            waiting: Mutex::default(),
            cells: Mutex::default(),
            objects: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            directory: Mutex::new(Some(directory)),
            _auth: auth,
        };
        for replica in &cluster.replicas {
            replica.start().await.unwrap();
        }
        cluster.register().await;
        cluster
    }

    async fn register(&self) {
        let path = format!("/v1/buckets/{BUCKET}");
        let put = self.as_root(&self.replicas[0], Method::PUT, &path).json(&json!({}));
        assert_eq!(put.send().await.unwrap().status(), 200);
    }

    /// A request of the application.
    pub(crate) fn as_root(
        &self,
        replica: &Replica,
        method: Method,
        path: &str,
    ) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", replica.url());
        self.http.request(method, url).header("x-api-key", &self.root_key)
    }

    /// A new user with no known grant.
    pub(crate) fn new_cell(user: String) -> Arc<Cell> {
        let token = Token::oidc(&user, Clock::system().now()).signed_by(&KEYS[0]);
        Arc::new(Cell::new(user, token))
    }

    /// Adds a user that all clients ask about.
    pub(crate) fn show(&self, cell: &Arc<Cell>) {
        let mut cells = self.cells.lock().unwrap();
        cells.push_back(cell.clone());
        if cells.len() > CELLS {
            cells.pop_front();
        }
    }

    /// One of the newest users.
    pub(crate) fn some_cell(&self, dice: &mut Dice) -> Option<Arc<Cell>> {
        let mut cells = self.cells.lock().unwrap();
        (!cells.is_empty()).then(|| dice.one(cells.make_contiguous()).clone())
    }

    /// One of the running replicas.
    pub(crate) fn some_replica(&self, dice: &mut Dice) -> &Replica {
        let live: Vec<_> = self.replicas.iter().filter(|replica| replica.is_live()).collect();
        if live.is_empty() { &self.replicas[0] } else { live[dice.roll(live.len())] }
    }

    /// The number of a new object.
    pub(crate) fn object(&self) -> usize {
        self.objects.fetch_add(1, Ordering::Relaxed)
    }

    /// Ends the run: no client begins anything new.
    pub(crate) fn close(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// The newest revision, read from the database.
    pub(crate) fn head(&self) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Head {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            revision: i64,
        }
        self.database.rows::<Head>("SELECT revision FROM project_head")[0].revision
    }

    /// Keeps logs and spools for an analysis, and returns their directory.
    pub(crate) fn keep_files(&self) -> PathBuf {
        self.directory.lock().unwrap().take().map(TempDir::keep).unwrap_or_default()
    }
}

/// Waits for a random time within these bounds, in milliseconds.
pub(crate) async fn pause(dice: &mut Dice, from: usize, to: usize) {
    let millis = from + dice.roll(to - from);
    tokio::time::sleep(Duration::from_millis(millis as u64)).await;
}

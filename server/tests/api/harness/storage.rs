//! A storage that only knows which buckets exist and who owns them. It does not verify signatures;
//! the tests in `tests/end_to_end` do that with real storages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use sail_cargo_client::protocol::{AddressingStyle, Endpoint, PutStore, Store};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::app::TestApp;
use super::s3::S3;

/// The creation time of every bucket.
const CREATED: &str = "2026-01-01T00:00:00.000Z";

pub(crate) struct Storage {
    pub(crate) url: String,
    state: Arc<Mutex<StorageState>>,
}

#[derive(Default)]
struct StorageState {
    /// Buckets, each with the access key that sees it; None for every key.
    buckets: BTreeSet<(Option<String>, String)>,
    /// The owners, by access key.
    owners: BTreeMap<String, String>,
    /// The answer to every request, if set.
    always: Option<(&'static str, String)>,
    /// A name that another service answers instead of a bucket.
    service: Option<String>,
    /// The number of buckets on a page of the account's list, if it has pages.
    page: Option<usize>,
    /// The number of requests so far.
    questions: usize,
}

impl Storage {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(StorageState::default()));
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(answer(connection, shared.clone()));
            }
        });
        Self { url, state }
    }

    /// Starts a storage, and moves the store `main` to it.
    pub(crate) async fn of(app: &TestApp) -> Self {
        let storage = Self::start().await;
        app.operator()
            .put("/v1/stores/main?no_probe=true", &storage.store(app))
            .await
            .ok::<Store>();
        storage
    }

    /// Marks the store `main`, at this storage, as shared by several projects.
    pub(crate) async fn share(&self, app: &TestApp) {
        let store = PutStore { shared: true, ..self.store(app) };
        app.operator().put("/v1/stores/main?no_probe=true", &store).await.ok::<Store>();
    }

    /// The settings of the store `main` at this storage.
    pub(crate) fn store(&self, app: &TestApp) -> PutStore {
        let endpoint = Endpoint { url: self.url.clone(), style: AddressingStyle::Path };
        PutStore { endpoints: vec![endpoint], ..app.store() }
    }

    /// The endpoint with buckets as host labels.
    pub(crate) fn hosts_url(&self) -> String {
        self.url.replace("127.0.0.1", "localhost")
    }

    /// Starts a storage with path-style and virtual-hosted endpoints, and moves the store `main` to
    /// it.
    pub(crate) async fn with_hosts(app: &TestApp) -> Self {
        let storage = Self::start().await;
        let mut store = storage.store(app);
        let (url, style) = (storage.hosts_url(), AddressingStyle::VirtualHosted);
        store.endpoints.push(Endpoint { url, style });
        app.operator().put("/v1/stores/main?no_probe=true", &store).await.ok::<Store>();
        storage
    }

    /// Puts another service under a name, in the path and in the host, from now on.
    pub(crate) fn serve(&self, name: Option<&str>) {
        self.state.lock().unwrap().service = name.map(str::to_owned);
    }

    /// Creates a bucket that every key sees.
    pub(crate) fn create(&self, bucket: &str) {
        self.state.lock().unwrap().buckets.insert((None, bucket.to_owned()));
    }

    /// Creates a bucket that one access key sees.
    pub(crate) fn create_for(&self, key: &str, bucket: &str) {
        let seen = (Some(key.to_owned()), bucket.to_owned());
        self.state.lock().unwrap().buckets.insert(seen);
    }

    /// Sets the owner that the storage reports to an access key.
    pub(crate) fn own(&self, key: &str, owner: &str) {
        self.state.lock().unwrap().owners.insert(key.to_owned(), owner.to_owned());
    }

    pub(crate) fn delete(&self, bucket: &str) {
        self.state.lock().unwrap().buckets.retain(|(_, name)| name != bucket);
    }

    /// Answers every request like this from now on; None restores normal answers.
    pub(crate) fn answer(&self, always: Option<(&'static str, &str)>) {
        let always = always.map(|(status, body)| (status, body.to_owned()));
        self.state.lock().unwrap().always = always;
    }

    /// Lists the account's buckets in pages of this size.
    pub(crate) fn list_in_pages_of(&self, buckets: usize) {
        self.state.lock().unwrap().page = Some(buckets);
    }

    /// The number of requests so far.
    pub(crate) fn questions(&self) -> usize {
        self.state.lock().unwrap().questions
    }

    pub(crate) fn request(&self, method: &str, bucket: &str) -> S3 {
        let mut request = S3::new(method, "/");
        request.0.url = format!("{}/{bucket}", self.url);
        request
    }
}

async fn answer(mut connection: TcpStream, state: Arc<Mutex<StorageState>>) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match connection.read_buf(&mut request).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let path = text.split(' ').nth(1).unwrap();
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    let bucket = match host.split_once(".localhost:") {
        Some((label, _)) => label.to_owned(),
        None => path.split('?').next().unwrap().trim_matches('/').to_owned(),
    };
    let key = text.split_once("Credential=").and_then(|(_, rest)| rest.split('/').next());
    let token = path.split_once("continuation-token=").map(|(_, token)| token);
    let (status, body) = {
        let mut state = state.lock().unwrap();
        state.questions += 1;
        state.say(key.unwrap_or_default(), &bucket, token.unwrap_or_default())
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    connection.write_all((head + &body).as_bytes()).await.ok();
}

impl StorageState {
    /// The answer to an access key about a bucket; about all buckets if none is named.
    fn say(&self, key: &str, bucket: &str, token: &str) -> (&'static str, String) {
        if let Some(always) = &self.always {
            return always.clone();
        }
        if self.service.as_deref() == Some(bucket) {
            return ("200 OK", "{\"users\":[]}".to_owned());
        }
        let seen = self.buckets.iter().filter(|(of, _)| of.as_deref().is_none_or(|of| of == key));
        let mut names = seen.map(|(_, name)| name.as_str());
        if bucket.is_empty() {
            let owner = self.owners.get(key).map_or("", String::as_str);
            let mut list =
                format!("<ListAllMyBucketsResult><Owner><ID>{owner}</ID></Owner><Buckets>");
            let names: Vec<_> = names.filter(|name| *name > token).collect();
            let page = self.page.unwrap_or(usize::MAX).min(names.len());
            for name in &names[..page] {
                let created = format!("<CreationDate>{CREATED}</CreationDate>");
                write!(list, "<Bucket><Name>{name}</Name>{created}</Bucket>").unwrap();
            }
            list += "</Buckets>";
            if page < names.len() {
                let last = names[page - 1];
                write!(list, "<ContinuationToken>{last}</ContinuationToken>").unwrap();
            }
            ("200 OK", list + "</ListAllMyBucketsResult>")
        } else if names.any(|name| name == bucket) {
            ("200 OK", format!("<ListBucketResult><Name>{bucket}</Name></ListBucketResult>"))
        } else {
            ("404 Not Found", "<Error><Code>NoSuchBucket</Code></Error>".to_owned())
        }
    }
}

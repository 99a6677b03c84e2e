//! The same day against SeaweedFS, which verifies signatures with code of its own.
//!
//! Runs where `TEST_SEAWEEDFS` names the `weed` binary; `./test` sees to that.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aws_sdk_s3::Client as S3;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use chrono::TimeDelta;
use sail_cargo_client::protocol::{
    AddressingStyle, CreateApiKey, CreateProject, Endpoint, GrantQuery, Permission, PutGrant,
    PutStore, Scope,
};
use sail_cargo_client::{Client, Credentials, Key, StaticToken};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningExt};
use sail_cargo_server::dev::issuer::Issuer;

use crate::round_trip::{a_day, multipart_day};
use crate::stage::{BUCKET, Stage};

const ACCESS_KEY_ID: &str = "WEEDACCESSKEY";
const SECRET: &str = "weed-secret-access-key";
const PROJECT: &str = "weeds";

/// A SeaweedFS of its own, gone when dropped.
struct Weed {
    process: Child,
    url: String,
}

impl Drop for Weed {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Ports whose gRPC companions, 10000 above, are free as well.
fn free_port() -> u16 {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port() / 2;
        let pair = [port, port + 10_000].map(|port| TcpListener::bind(("127.0.0.1", port)));
        if port > 2000 && pair.iter().all(Result::is_ok) {
            return port;
        }
    }
}

impl Weed {
    async fn start(binary: &str, directory: &Path) -> Self {
        let data = directory.join("weed");
        std::fs::create_dir_all(&data).unwrap();
        let config = directory.join("weed.json");
        let identity = serde_json::json!({ "identities": [{
            "name": "cargo",
            "credentials": [{ "accessKey": ACCESS_KEY_ID, "secretKey": SECRET }],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }] });
        std::fs::write(&config, identity.to_string()).unwrap();
        let [master, volume, filer, s3] = [0; 4].map(|_| free_port());
        let process = Command::new(binary)
            .arg("server")
            .arg(format!("-dir={}", data.display()))
            .args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false", "-s3"])
            .args(["-s3.port.lance=0", "-s3.port.iceberg=0", "-s3.autoCreateBucket=false"])
            .arg("-s3.allowDeleteBucketNotEmpty=false")
            .arg(format!("-s3.config={}", config.display()))
            .arg(format!("-master.port={master}"))
            .arg(format!("-volume.port={volume}"))
            .arg(format!("-filer.port={filer}"))
            .arg(format!("-s3.port={s3}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let weed = Self { process, url: format!("http://127.0.0.1:{s3}") };
        let deadline = Instant::now() + Duration::from_mins(1);
        while reqwest::get(&weed.url).await.is_err() {
            assert!(Instant::now() < deadline, "SeaweedFS did not start");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        weed
    }
}

/// A project whose buckets live in SeaweedFS, made as an operator makes one: its key.
async fn project(stage: &Stage, weed: &Weed) -> String {
    let secret = std::fs::read_to_string(stage.world.directory.join("operator.secret")).unwrap();
    let operator = client(stage, Credentials::api_key(Key::new(format!("cgop_{secret}"))));
    let endpoint = Endpoint { url: weed.url.clone(), style: AddressingStyle::Path };
    let store = serde_json::json!({
        "endpoints": [endpoint],
        "region": "us-east-1",
        "access_key_id": ACCESS_KEY_ID,
        "secret_access_key": SECRET,
    });
    let store: PutStore = serde_json::from_value(store).unwrap();
    operator.put_store("weed", &store).await.unwrap();
    let project = CreateProject {
        slug: PROJECT.to_owned(),
        store: "weed".to_owned(),
        root_extra: Vec::new(),
    };
    operator.create_project(&project).await.unwrap();
    let key = CreateApiKey {
        name: "test".to_owned(),
        scopes: Some([Scope::Sign, Scope::GrantsRead, Scope::GrantsWrite].into()),
        expires_at: None,
        project: Some(PROJECT.to_owned()),
    };
    operator.create_api_key(&key).await.unwrap().key
}

fn client(stage: &Stage, credentials: Credentials) -> Client {
    Client::builder(&stage.world.cargo_url).credentials(credentials).build().unwrap()
}

fn s3(weed: &Weed, cargo: Client) -> S3 {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(&weed.url)
        .force_path_style(true)
        .remote_signing(RemoteSigner::new(cargo))
        .build();
    S3::from_conf(config)
}

#[tokio::test]
async fn the_same_day_on_seaweedfs() {
    #[expect(clippy::disallowed_methods, reason = "tests are told so where the binary is")]
    let Ok(binary) = std::env::var("TEST_SEAWEEDFS") else {
        println!("SeaweedFS was skipped: TEST_SEAWEEDFS is not set");
        return;
    };
    let stage = Stage::set().await;
    let weed = Weed::start(&binary, stage.directory.path()).await;
    let key = project(&stage, &weed).await;
    let root = client(&stage, Credentials::api_key(Key::new(key)));
    let root_s3 = s3(&weed, root.clone());
    root_s3.create_bucket().bucket(BUCKET).send().await.unwrap();
    let permissions = [Permission::Read, Permission::Write, Permission::Delete].into();
    let grant = PutGrant { permissions, ..PutGrant::default() };
    root.put_grant(BUCKET, "ada", &GrantQuery::default(), &grant).await.unwrap();
    let issuer = Issuer::load_or_create(&stage.world.directory).unwrap();
    let now = chrono::DateTime::from(std::time::UNIX_EPOCH + since_epoch());
    let token = issuer.token("ada", PROJECT, now, TimeDelta::hours(1)).unwrap();
    let ada = s3(&weed, client(&stage, Credentials::user(StaticToken::new(token))));
    multipart_day(&ada).await;
    a_day(&root_s3, &ada).await;
}

#[expect(clippy::disallowed_methods, reason = "a token is made for now")]
fn since_epoch() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap()
}

//! A SeaweedFS process, on ports of its own.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::net::TcpStream;

use super::certificate::Certificate;

pub(super) const ACCESS_KEY_ID: &str = "WEEDACCESSKEY";
pub(super) const SECRET: &str = "weed-secret-access-key";
/// Another key of the same identity.
pub(super) const SECOND_KEY_ID: &str = "WEEDSECONDKEY";
/// The key of another identity, which sees the bucket `guests`.
pub(super) const GUEST_KEY_ID: &str = "WEEDGUESTKEY";

/// Gone when dropped, with all that was put in it.
pub(super) struct Weed {
    process: Child,
    _directory: TempDir,
    pub(super) http_url: String,
    pub(super) https_url: String,
    pub(super) certificate: Certificate,
    metrics_url: String,
}

impl Drop for Weed {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Weed {
    /// Starts it, and waits until it answers.
    pub(super) async fn start(binary: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let certificate = Certificate::new();
        write_files(directory.path(), &certificate);
        let [master, volume, filer, http, https, metrics] = [0; 6].map(|_| free_port());
        let process = Command::new(binary)
            .current_dir(directory.path())
            .args(["server", "-dir=data", "-s3", "-s3.config=identities.json"])
            .args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false"])
            .args(["-s3.port.lance=0", "-s3.port.iceberg=0", "-s3.autoCreateBucket=false"])
            .arg("-s3.allowDeleteBucketNotEmpty=false")
            .arg("-volume.max=100") // each bucket takes seven of them
            .args(["-s3.cert.file=certificate.pem", "-s3.key.file=key.pem"])
            .arg(format!("-master.port={master}"))
            .arg(format!("-volume.port={volume}"))
            .arg(format!("-filer.port={filer}"))
            .arg(format!("-s3.port={http}"))
            .arg(format!("-s3.port.https={https}"))
            .arg(format!("-metricsPort={metrics}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut weed = Self {
            process,
            _directory: directory,
            http_url: format!("http://127.0.0.1:{http}"),
            https_url: format!("https://127.0.0.1:{https}"),
            certificate,
            metrics_url: format!("http://127.0.0.1:{metrics}/metrics"),
        };
        let deadline = Instant::now() + Duration::from_mins(1);
        while !weed.answers().await {
            let ended = weed.process.try_wait().unwrap();
            assert!(ended.is_none(), "SeaweedFS ended: {ended:?}");
            assert!(Instant::now() < deadline, "SeaweedFS did not start");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        weed
    }

    /// Whether all its doors are open.
    async fn answers(&self) -> bool {
        let secure = self.https_url.trim_start_matches("https://");
        reqwest::get(&self.http_url).await.is_ok()
            && reqwest::get(&self.metrics_url).await.is_ok()
            && TcpStream::connect(secure).await.is_ok()
    }

    /// How many requests to S3 it has answered, by its own count.
    pub(super) async fn requests(&self) -> u64 {
        let metrics = reqwest::get(&self.metrics_url).await.unwrap().text().await.unwrap();
        metrics
            .lines()
            .filter(|line| line.starts_with("SeaweedFS_s3_request_total{"))
            .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
            .sum()
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

/// What its flags name.
fn write_files(directory: &Path, certificate: &Certificate) {
    let key = |id: &str| serde_json::json!({ "accessKey": id, "secretKey": SECRET });
    let identities = serde_json::json!({ "identities": [{
        "name": "cargo",
        "credentials": [key(ACCESS_KEY_ID), key(SECOND_KEY_ID)],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }, {
        "name": "guest",
        "credentials": [key(GUEST_KEY_ID)],
        "actions": ["Read:guests", "Write:guests", "List:guests"],
    }] });
    let (chain, key) = certificate.pem();
    std::fs::create_dir(directory.join("data")).unwrap();
    std::fs::write(directory.join("identities.json"), identities.to_string()).unwrap();
    std::fs::write(directory.join("certificate.pem"), chain).unwrap();
    std::fs::write(directory.join("key.pem"), key).unwrap();
}

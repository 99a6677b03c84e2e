//! The storage that is read from: SeaweedFS where there is one, or the embedded one.

use std::net::TcpListener as Listener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sail_cargo_server::dev::storage::Storage as Embedded;
use tokio::net::TcpListener;

pub(crate) const ACCESS_KEY_ID: &str = "BENCHACCESSKEY";
pub(crate) const SECRET: &str = "bench-secret-access-key";
pub(crate) const REGION: &str = "us-east-1";

/// A storage of its own, gone when dropped.
pub(crate) struct Storage {
    pub(crate) name: &'static str,
    pub(crate) url: String,
    running: Running,
}

enum Running {
    SeaweedFs(Child),
    Embedded { _until_dropped: Embedded },
}

impl Drop for Storage {
    fn drop(&mut self) {
        if let Running::SeaweedFs(process) = &mut self.running {
            process.kill().ok();
            process.wait().ok();
        }
    }
}

impl Storage {
    pub(crate) async fn start(directory: &Path) -> Self {
        #[expect(clippy::disallowed_methods, reason = "benchmarks are told so where the binary is")]
        match std::env::var("TEST_SEAWEEDFS") {
            Ok(binary) => Self::seaweedfs(&binary, directory).await,
            Err(_) => Self::embedded(directory).await,
        }
    }

    async fn embedded(directory: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = directory.join("s3");
        let storage = Embedded::start(listener, &root, ACCESS_KEY_ID, SECRET.into(), REGION);
        let storage = storage.await.unwrap();
        Self {
            name: "the embedded storage",
            url: format!("http://{}", storage.address()),
            running: Running::Embedded { _until_dropped: storage },
        }
    }

    async fn seaweedfs(binary: &str, directory: &Path) -> Self {
        let (data, config) = (directory.join("weed"), directory.join("weed.json"));
        std::fs::create_dir_all(&data).unwrap();
        let identities = serde_json::json!({ "identities": [{
            "name": "cargo",
            "credentials": [{ "accessKey": ACCESS_KEY_ID, "secretKey": SECRET }],
            "actions": ["Admin", "Read", "Write", "List"],
        }] });
        std::fs::write(&config, identities.to_string()).unwrap();
        let [master, volume, filer, s3] = free_ports();
        let process = Command::new(binary)
            .arg("server")
            .arg(format!("-dir={}", data.display()))
            .args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false", "-s3"])
            .args(["-s3.port.lance=0", "-s3.port.iceberg=0"])
            .arg(format!("-s3.config={}", config.display()))
            .arg(format!("-master.port={master}"))
            .arg(format!("-volume.port={volume}"))
            .arg(format!("-filer.port={filer}"))
            .arg(format!("-s3.port={s3}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let url = format!("http://127.0.0.1:{s3}");
        let storage = Self { name: "SeaweedFS", url, running: Running::SeaweedFs(process) };
        let deadline = Instant::now() + Duration::from_secs(30);
        while reqwest::get(&storage.url).await.is_err() {
            assert!(Instant::now() < deadline, "SeaweedFS did not start");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        storage
    }
}

/// Ports whose gRPC companions, 10000 above, are free as well.
fn free_ports() -> [u16; 4] {
    let mut held = Vec::new();
    std::array::from_fn(|_| {
        loop {
            let listener = Listener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port() / 2;
            let pair = [port, port + 10_000].map(|port| Listener::bind(("127.0.0.1", port)));
            if port > 2000 && pair.iter().all(Result::is_ok) {
                held.push(pair); // until all are found
                return port;
            }
        }
    })
}

//! nginx in front of SeaweedFS, with the configuration from the cookbook.

use std::path::Path;

use super::certificate::Certificate;
use super::process::{Process, free_port, is_open};
use super::{cookbook, is_set};

/// The variable that names the binary `nginx`.
pub(super) const BINARY: &str = "TEST_NGINX";

/// The rest of the configuration: all files in the test's directory, and one process, which can be
/// killed.
const AROUND: &str = "\
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}
";

/// A running nginx for http and https, killed when dropped.
pub(crate) struct Nginx {
    pub(crate) url: String,
    pub(crate) https_url: String,
    pub(crate) certificate: Certificate,
    process: Process,
}

impl Nginx {
    /// Whether the binary is configured.
    pub(crate) fn is_here() -> bool {
        is_set(BINARY, "nginx")
    }

    /// The id of its one process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Starts nginx in front of the server at `url`, and waits until it listens: on the port
    /// `http`, and on another for https.
    pub(crate) async fn before(url: &str, http: u16) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let certificate = Certificate::new();
        let https = free_port();
        write_files(directory.path(), &site(url, http, https), &certificate);
        let prefix = directory.path().to_str().unwrap().to_owned();
        let arguments = ["-p", &prefix, "-c", "nginx.conf", "-e", "stderr"];
        let mut process = Process::start("nginx", BINARY, arguments, directory);
        process.until(async || is_open(http) && is_open(https)).await;
        Self {
            url: format!("http://127.0.0.1:{http}"),
            https_url: format!("https://127.0.0.1:{https}"),
            certificate,
            process,
        }
    }
}

/// The cookbook's site, with the addresses and files of this machine.
fn site(storage: &str, http: u16, https: u16) -> String {
    let listen = format!("listen 127.0.0.1:{http}; listen 127.0.0.1:{https} ssl;");
    let ours = [
        ("127.0.0.1:8333", storage.trim_start_matches("http://")),
        ("listen 443 ssl;", &listen),
        ("/etc/ssl/s3.example.com/fullchain.pem", "certificate.pem"),
        ("/etc/ssl/s3.example.com/key.pem", "key.pem"),
    ];
    cookbook::block("nginx", &ours)
}

fn write_files(directory: &Path, site: &str, certificate: &Certificate) {
    let (chain, key) = certificate.pem();
    let files = [
        ("nginx.conf", AROUND),
        ("site.conf", site),
        ("certificate.pem", &chain),
        ("key.pem", &key),
    ];
    for (name, text) in files {
        std::fs::write(directory.join(name), text).unwrap();
    }
}

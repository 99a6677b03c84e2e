//! The storages for tests, each on free ports of this machine until dropped. `TEST_SEAWEEDFS`,
//! `TEST_RCLONE`, `TEST_NGINX` and `TEST_CADDY` name the binaries; `./test` sets them.

mod caddy;
mod certificate;
mod cookbook;
mod embedded;
mod fronted;
mod nginx;
mod process;
mod rclone;
mod seaweedfs;

use std::any::Any;
use std::io::Write as _;

pub(crate) use caddy::Caddy;
pub(crate) use certificate::Certificate;
pub(crate) use embedded::Embedded;
pub(crate) use fronted::{Fronted, Sent, decoded};
pub(crate) use nginx::Nginx;
pub(crate) use process::free_port;
pub(crate) use rclone::Rclone;
pub(crate) use seaweedfs::SeaweedFs;

pub(crate) const ACCESS_KEY_ID: &str = "STAGEACCESSKEY";
/// SeaweedFS: another access key of the same identity.
pub(crate) const SECOND_KEY_ID: &str = "STAGESECONDKEY";
/// SeaweedFS: the access key of another identity, which sees the bucket `guests`.
pub(crate) const GUEST_KEY_ID: &str = "STAGEGUESTKEY";
pub(crate) const SECRET: &str = "stage-secret-access-key";
pub(crate) const REGION: &str = "us-east-1";

/// The kinds of storages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// SeaweedFS alone: unsigned headers choose the bucket and the key.
    SeaweedFs,
    /// SeaweedFS behind a proxy that drops these headers, as in the cookbook.
    Proxied,
    /// `rclone serve s3`.
    Rclone,
    /// The storage of `sail-cargo dev`.
    Embedded,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] =
        [Self::SeaweedFs, Self::Proxied, Self::Rclone, Self::Embedded];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SeaweedFs => "SeaweedFS",
            Self::Proxied => "SeaweedFS behind nginx",
            Self::Rclone => "rclone",
            Self::Embedded => "embedded",
        }
    }

    /// Whether the storage ignores or refuses all unsigned headers.
    pub(crate) const fn is_safe(self) -> bool {
        !matches!(self, Self::SeaweedFs)
    }

    /// Whether its binaries are configured. If not, prints that the storage is skipped.
    pub(crate) fn is_here(self) -> bool {
        self.variables().iter().all(|variable| is_set(variable, self.name()))
    }

    /// The variables that name its binaries.
    const fn variables(self) -> &'static [&'static str] {
        match self {
            Self::SeaweedFs => &[seaweedfs::BINARY],
            Self::Proxied => &[seaweedfs::BINARY, nginx::BINARY],
            Self::Rclone => &[rclone::BINARY],
            Self::Embedded => &[],
        }
    }
}

/// A running storage with the credentials [`ACCESS_KEY_ID`] and [`SECRET`], in [`REGION`].
pub(crate) struct Storage {
    pub(crate) kind: Kind,
    /// The URL with buckets in the path.
    pub(crate) url: String,
    /// The process, until dropped.
    _running: Box<dyn Any + Send + Sync>,
}

impl Storage {
    /// Starts the storage, and waits until it answers. If its binaries are not configured, prints a
    /// notice and returns None. Panics if they do not start.
    pub(crate) async fn start(kind: Kind) -> Option<Self> {
        if !kind.is_here() {
            return None;
        }
        let (url, running): (_, Box<dyn Any + Send + Sync>) = match kind {
            Kind::SeaweedFs => {
                let weed = SeaweedFs::start().await;
                (weed.url.clone(), Box::new(weed))
            }
            Kind::Proxied => {
                let weed = SeaweedFs::start().await;
                let nginx = Nginx::before(&weed.url, weed.front).await;
                (nginx.url.clone(), Box::new((nginx, weed)))
            }
            Kind::Rclone => {
                let rclone = Rclone::start().await;
                (rclone.url.clone(), Box::new(rclone))
            }
            Kind::Embedded => {
                let embedded = Embedded::start().await;
                (embedded.url.clone(), Box::new(embedded))
            }
        };
        Some(Self { kind, url, _running: running })
    }

    /// The URL with buckets in the host, if the storage supports that.
    pub(crate) fn hosts_url(&self) -> Option<String> {
        match self.kind {
            Kind::SeaweedFs | Kind::Proxied => Some(self.url.replace("127.0.0.1", "localhost")),
            Kind::Rclone | Kind::Embedded => None,
        }
    }
}

/// Whether a variable names a binary. If not, prints that `who` is skipped.
pub(crate) fn is_set(variable: &str, who: &str) -> bool {
    let is_set = binary(variable).is_some();
    if !is_set {
        // Not `eprintln!`: the test harness captures its output.
        let notice = format!("{who} is skipped: {variable} is not set\n");
        std::io::stderr().write_all(notice.as_bytes()).ok();
    }
    is_set
}

/// The path of the binary that a variable names.
#[expect(clippy::disallowed_methods, reason = "tests are told so where the binaries are")]
pub(crate) fn binary(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}

#![doc = include_str!("../README.md")]
//!
//! The modules, in the order in which a request passes through them: [`api`] extracts the request,
//! [`authn`] authenticates the caller, [`service::signing`] is the only path that creates a
//! signature, [`domain`] decides and signs, and the database stores.

pub mod app;
pub mod audit;
pub mod auth;
pub mod authn;
pub mod cache;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
#[cfg(feature = "dev")]
pub mod dev;
pub use sail_cargo_domain as domain;
pub mod api;
pub mod explain;
mod gateway;
pub mod health;
pub mod limits;
mod listener;
pub mod metrics;
mod misread;
pub mod origin;
pub mod outbound;
mod pace;
mod private;
pub mod recorder;
pub mod storage_probe;

pub mod service;
mod sharing;
pub mod simulate;
pub mod storage_client;
pub mod sts;
pub mod telemetry;
mod text_file;
pub mod tls;
pub mod web_origins;

/// Compiles the README's examples.
#[cfg(all(doctest, feature = "dev"))]
#[doc = include_str!("../../README.md")]
struct Readme;

/// Compiles the cookbook's examples.
#[cfg(all(doctest, feature = "dev"))]
#[doc = include_str!("../../docs/cookbook.md")]
struct Cookbook;

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    /// The modules that may run queries. All other modules call the service.
    const ROOMS: [&str; 3] = ["service", "cache", "audit"];
    /// The database modules that a query needs.
    const QUERIES: [&str; 6] =
        ["tables", "tenancy", "transaction", "pool", "snapshot_reader", "project_writer"];

    #[test]
    fn nobody_but_service_cache_and_audit_runs_queries() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let rooms = ROOMS.map(|room| here.join(room));
        let files = sources(&here);
        assert!(files.len() > 200, "only {} files were read", files.len());
        let others = files.iter().filter(|file| !rooms.iter().any(|room| file.starts_with(room)));
        for file in others.filter(|file| !file.ends_with("src/lib.rs")) {
            let text = std::fs::read_to_string(file).unwrap();
            for name in QUERIES {
                let path = format!("sail_cargo_database::{name}");
                assert!(!text.contains(&path), "{}: {path}", file.display());
            }
        }
    }

    fn sources(directory: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
    }
}

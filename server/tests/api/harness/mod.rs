//! The test harness: every test has a server with real HTTP, a fresh database, an auth service and
//! a clock.

mod actor;
mod actors;
mod answer;
mod app;
pub(crate) mod auth_service;
mod chain;
mod clock;
pub(crate) mod database;
mod fixtures;
pub(crate) mod logs;
mod other_key;
mod recorder;
mod report;
mod s3;
mod setup;
mod signing_key;
mod signing_pairs;
mod storage;
mod token;

use std::time::{Duration, Instant};

pub(crate) use actor::{Actor, Proof};
pub(crate) use answer::TestResponse;
pub(crate) use app::{Replica, TestApp};
pub(crate) use auth_service::Form;
pub(crate) use clock::TestClock;
pub(crate) use database::{Kind, TestDatabase};
pub(crate) use other_key::OTHER_KEYS;
pub(crate) use recorder::{Recorder, decision};
pub(crate) use report::strict_report;
pub(crate) use s3::{EMPTY_SHA256, ENDPOINT, REGION, S3, VIRTUAL_HOST};
pub(crate) use setup::{GATEWAY_URL, PUBLIC_URL, Secrets, Setup, default_issuer, fetching};
pub(crate) use signing_key::KEYS;
pub(crate) use storage::Storage;
pub(crate) use token::{ISSUER, Token};

/// Runs a test on every kind of database, each time with its own server.
pub(crate) async fn on_both(test: impl AsyncFn(&TestApp)) {
    on_both_with(Setup::Usual, test).await;
}

/// Like [`on_both`], on a server with another setup.
pub(crate) async fn on_both_with(setup: Setup, test: impl AsyncFn(&TestApp)) {
    for kind in database::kinds() {
        let app = TestApp::start(*kind, setup).await;
        test(&app).await;
        app.stop().await;
    }
}

/// Waits until `holds` is true. Fails after ten seconds.
#[track_caller]
pub(crate) fn eventually(
    what: &'static str,
    holds: impl AsyncFn() -> bool,
) -> impl Future<Output = ()> {
    let deadline = Instant::now() + Duration::from_secs(30);
    let place = std::panic::Location::caller();
    async move {
        while !holds().await {
            assert!(Instant::now() < deadline, "{place}: never: {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

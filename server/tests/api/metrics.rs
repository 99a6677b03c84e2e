//! The server's metrics in the Prometheus format. They are documented in `docs/metrics.md`.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use sail_cargo_client::protocol::Permission;
use serde_json::json;

use crate::harness::{Kind, S3, Setup, TestApp, TestResponse, eventually, on_both_with};

const TABLE: &str = include_str!("../../../docs/metrics.md");

/// The type and label names of each metric, by its name.
type Kinds = BTreeMap<String, (String, BTreeSet<String>)>;

/// One scrape of `/metrics`.
struct Scrape(String);

impl Scrape {
    async fn of(app: &TestApp) -> Self {
        Self(app.ops(Method::GET, "/metrics").await.body)
    }

    /// The value of one sample; 0 if it is missing.
    fn value(&self, line: &str) -> f64 {
        let rest = |text: &str| text.strip_prefix(line)?.strip_prefix(' ')?.parse().ok();
        self.0.lines().find_map(rest).unwrap_or_default()
    }

    /// The metrics in the scrape.
    fn kinds(&self) -> Kinds {
        let types = self.0.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let kinds = types.map(|line| {
            let (name, kind) = line.split_once(' ').unwrap();
            (name.to_owned(), (kind.to_owned(), self.labels(name)))
        });
        kinds.collect()
    }

    /// The label names of a metric, except `le`, which every histogram has.
    fn labels(&self, name: &str) -> BTreeSet<String> {
        let lines = self.0.lines().filter_map(|line| line.strip_prefix(name));
        let pairs = lines.filter_map(|rest| rest.split_once('{')?.1.split_once('}'));
        let names = pairs.flat_map(|(pairs, _)| pairs.split(',').map(label));
        names.filter(|label| label != "le").collect()
    }
}

fn label(pair: &str) -> String {
    pair.split('=').next().unwrap().to_owned()
}

/// The metrics in the table of the documentation.
fn documented() -> Kinds {
    let rows = TABLE.lines().filter(|line| line.starts_with("| `sail_cargo_"));
    let rows = rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let labels = cells[3].split(", ").filter(|label| !label.is_empty());
        let labels = labels.map(|label| label.trim_matches('`').to_owned()).collect();
        (cells[1].trim_matches('`').to_owned(), (cells[2].to_owned(), labels))
    });
    rows.collect()
}

/// Causes a sample of every counted event.
async fn work(app: &TestApp) {
    app.register("photos").await;
    app.grant("photos", "ada", &[Permission::Read]).await;
    app.ada().signed(&S3::new("GET", "/photos/x")).await;
    app.ada().sign(&S3::new("PUT", "/photos/x")).await.refused(403, "no_permission");
    app.ada().sign(&S3::new("GET", "/photos/../x")).await;
    app.with_key("cgok_nonsense").get("/v1/whoami").await.refused(401, "invalid_api_key");
    assert_eq!(app.operator().post("/v1/auth-keys/refresh", &json!({})).await.status, 200);
}

#[tokio::test]
async fn the_table_of_the_documentation_is_what_a_scrape_finds() {
    on_both_with(Setup::Ops, async |app| {
        work(app).await;
        let scrape = Scrape::of(app).await;
        assert_eq!(scrape.kinds(), documented(), "{}", scrape.0);
        assert!(documented().len() >= 17, "{TABLE}");
        for name in documented().keys() {
            assert!(scrape.0.contains(&format!("# HELP {name} ")), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_happens_is_counted() {
    on_both_with(Setup::Ops, async |app| {
        work(app).await;
        let batch = json!({ "items": vec![S3::new("GET", "/photos/y").0; 3] });
        assert_eq!(app.ada().post("/v1/sign/batch", &batch).await.status, 200);
        let scrape = Scrape::of(app).await;
        let verdict = |op, outcome, reason| {
            let labels = format!("op=\"{op}\",outcome=\"{outcome}\",reason=\"{reason}\"");
            scrape.value(&format!("sail_cargo_decision_total{{{labels}}}"))
        };
        let count = |name: &str| scrape.value(&format!("sail_cargo_{name}"));
        for (what, counted, expected) in [
            ("signatures", count("signatures_total"), 4.0),
            ("allowed", verdict("s3:GetObject", "allow", "ok"), 4.0),
            ("denied", verdict("s3:PutObject", "deny", "no_permission"), 1.0),
            ("requests", count("decision_seconds_count"), 4.0),
            ("bad keys", count("apikey_auth_total{result=\"key_malformed\"}"), 1.0),
            ("asked", count("jwks_refresh_total{cause=\"operator\",result=\"ok\"}"), 1.0),
            ("dropped", count("audit_dropped_total"), 0.0),
            ("the breaker", count("breaker_open"), 0.0),
        ] {
            assert!((counted - expected).abs() < 0.5, "{what}: {counted}\n{}", scrape.0);
        }
        for name in ["apikey_auth_total{result=\"ok\"}", "audit_fsync_seconds_count"] {
            assert!(count(name) >= 1.0, "{name}");
        }
        assert!(count("db_pool_wait_seconds_count") >= 1.0, "{}", scrape.0);
    })
    .await;
}

#[tokio::test]
async fn what_goes_on_behind_the_requests_is_measured() {
    on_both_with(Setup::Ops, async |app| {
        app.register("photos").await;
        app.root().signed(&S3::new("GET", "/photos/x")).await;
        let at_least = async |name: &str, least: f64| {
            eventually("it is measured", async || Scrape::of(app).await.value(name) >= least).await;
        };
        at_least("sail_cargo_head_poll_seconds_count", 1.0).await;
        at_least("sail_cargo_snapshot_age_seconds{project_class=\"active\"}", 0.0001).await;
        // The change is made at another server: this one learns of it by polling.
        let replica = app.replica(Setup::Usual).await;
        let seen = Scrape::of(app).await;
        let propagated = "sail_cargo_revocation_propagation_seconds_count";
        let more = seen.value(propagated) + 1.0;
        let put = app.root().at(&replica).put("/v1/buckets/more", &json!({})).await;
        assert!(put.status < 300, "{}", put.body);
        at_least(propagated, more).await;
        replica.stop().await;

        app.clock.advance(chrono::TimeDelta::days(3));
        at_least("sail_cargo_jwks_age_seconds", 0.0001).await;
        at_least("sail_cargo_probe_age_seconds", 3.0 * 86400.0).await;
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_away_opens_the_breaker_and_makes_the_server_deaf() {
    on_both_with(Setup::Ops, async |app| {
        // SQLite is a file of this process: it cannot become unreachable.
        if app.database.kind() == Kind::Sqlite {
            return;
        }
        app.register("photos").await;
        app.root().signed(&S3::new("GET", "/photos/x")).await;
        app.database.destroy();
        eventually("it says so", async || {
            let scrape = Scrape::of(app).await;
            let is_one = |name| (scrape.value(name) - 1.0).abs() < 0.5;
            is_one("sail_cargo_breaker_open")
                && is_one("sail_cargo_notify_deaf")
                && scrape.value("sail_cargo_head_poll_errors") >= 1.0
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn events_that_are_put_aside_are_counted() {
    on_both_with(Setup::Spool, async |app| {
        let spool = app.spool.path().join("other");
        std::fs::create_dir(&spool).unwrap();
        std::fs::write(spool.join("audit-0.spool"), "no event\nnor this\n").unwrap();
        let replica =
            app.replica_that(Setup::Ops, |config| config.audit_spool = Some(spool.clone())).await;
        eventually("they are", async || {
            let scrape = Scrape(app.ops_of(&replica, "/metrics").await.body);
            scrape.value("sail_cargo_audit_dropped_total") >= 2.0
        })
        .await;
        replica.stop().await;
    })
    .await;
}

#[tokio::test]
async fn metrics_are_for_operators_on_their_own_address_and_nothing_else_is_there() {
    on_both_with(Setup::Ops, async |app| {
        let answer = app.ops(Method::GET, "/metrics").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        app.ops(Method::POST, "/metrics").await.refused(405, "method_not_allowed");
        app.ops(Method::POST, "/v1/sign").await.refused(404, "no_such_route");
        let strangers: [TestResponse; 2] =
            [app.anon().get("/metrics").await, app.operator().get("/metrics").await];
        for stranger in strangers {
            stranger.refused(404, "no_such_route");
        }
    })
    .await;
}

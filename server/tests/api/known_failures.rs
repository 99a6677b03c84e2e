//! Known failures of other permission systems, each as a test that would detect it here.
//!
//! Other failures of this kind are tested elsewhere, under the name of the rule: keys of the auth
//! service (`auth_keys`: unknown `kid` without a stampede, the last good set is kept), audiences
//! (`tokens`), one revision per change without gaps (`revisions`), the last admin (`bulk`,
//! `tests/policy_model`), rows of an import (`bulk`), timing (`domain::key_lock` compares in
//! constant time).
//!
//! Failures that the design excludes: decisions are not cached, so none is keyed by a hash or a
//! concatenation, filled late, or kept beyond an expiry (OpenFGA #3064, #3097, #3117, #3148, #3155,
//! #3125; SpiceDB #3065; Permify; casbin-rs): the data they are made from is cached, by its
//! revision and no longer than its lease (`cache`). No read replica is read (SpiceDB #3243, #2979).
//! Revisions are data, not transaction ids (SpiceDB #2958, #3127). No connection waits in LISTEN
//! (pgbouncer #655): changes are polled for. There is no MySQL (SpiceDB #3187).

use chrono::TimeDelta;
use diesel::prelude::*;
use reqwest::Method;
use sail_cargo_client::protocol::{Change, Changes, Grant, Page, Permission};
use sail_cargo_database::DatabaseUrl;
use sail_cargo_database::testing::diesel;
use serde_json::{Value, json};

use Permission::Read;

use crate::harness::{Kind, S3, on_both};

/// OpenFGA #3064, #1059: two different tuples became the same text when joined.
#[tokio::test]
async fn openfga_3064_names_that_join_to_the_same_text_stay_apart() {
    on_both(async |app| {
        app.register("photos").await;
        let get = |key: &str| S3::new("GET", &format!("/photos/{key}"));
        app.grant("photos/a/", "b", &[Read]).await;
        app.grant("photos", "ada|crew", &[Read]).await;
        for (user, key) in [("a/b", "x"), ("b/a", "a/x"), ("ada", "x"), ("crew", "x")] {
            app.user(user).sign(&get(key)).await.refused(403, "no_permission");
        }
        app.user("b").signed(&get("a/x")).await;
        app.user("ada|crew").signed(&get("x")).await;
        // A group is not a user of the same name.
        let root = app.root();
        let crew = "/v1/buckets/photos/grants/eve?kind=group";
        root.put(crew, &json!({ "permissions": ["read"] })).await.ok::<Grant>();
        app.user("eve").sign(&get("x")).await.refused(403, "no_permission");
    })
    .await;
}

/// OpenFGA CVE-2026-55170: a collation that ignores case or accents treated two people as one.
#[tokio::test]
async fn openfga_cve_2026_55170_ids_are_compared_byte_for_byte() {
    on_both(async |app| {
        app.register("photos").await;
        let get = S3::new("GET", "/photos/x");
        for name in ["Ada", "\u{e4}da", "ada ", "ad\u{430}"] {
            app.grant("photos", name, &[Read]).await;
        }
        for name in ["ada", "ADA", " ada", "\u{430}da"] {
            app.user(name).sign(&get).await.refused(403, "no_permission");
        }
        // Ids that imitate another are refused.
        for name in ["a\u{308}da", "ada\u{200b}"] {
            app.user(name).sign(&get).await.refused(401, "invalid_claim");
        }
        app.user("Ada").signed(&get).await;
        let all: Page<Grant> = app.root().get("/v1/buckets/photos/grants").await.ok();
        let mut names: Vec<_> = all.items.iter().map(|grant| grant.subject.clone()).collect();
        let listed = names.clone();
        names.sort_unstable();
        assert_eq!(listed, names, "by bytes (#2661)");
    })
    .await;
}

/// SpiceDB #2152: an answer outlived the relationship it came from.
#[tokio::test]
async fn spicedb_2152_a_grant_ends_at_its_instant_and_not_after() {
    on_both(async |app| {
        app.register("photos").await;
        let (root, get) = (app.root(), S3::new("GET", "/photos/x"));
        let end = app.clock.now() + TimeDelta::milliseconds(1500);
        let put = json!({ "permissions": ["read"], "expires_at": end });
        root.put("/v1/buckets/photos/grants/ada", &put).await.ok::<Grant>();
        let ada = app.ada();
        app.clock.advance(TimeDelta::microseconds(1_499_999));
        ada.signed(&get).await;
        app.clock.advance(TimeDelta::microseconds(1));
        ada.sign(&get).await.refused(403, "no_permission");
    })
    .await;
}

/// SpiceDB #3210: expired relationships were reported as revoked.
#[tokio::test]
async fn spicedb_3210_the_feed_tells_revoking_and_nothing_of_expiring() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        let end = app.clock.now() + TimeDelta::seconds(1);
        let put = json!({ "permissions": ["read"], "expires_at": end });
        root.put("/v1/buckets/photos/grants/ada", &put).await.ok::<Grant>();
        app.clock.advance(TimeDelta::hours(1));
        app.ada().sign(&S3::new("GET", "/photos/x")).await.refused(403, "no_permission");
        let before: Changes = root.get("/v1/changes?page_size=1000").await.ok();
        assert!(before.items.iter().all(|change| change.kind != "grant.delete"));
        root.delete("/v1/buckets/photos/grants/ada").await.done();
        let path = format!("/v1/changes?after={}", before.next);
        let [told]: [Change; 1] = root.get(&path).await.ok::<Changes>().items.try_into().unwrap();
        assert_eq!(told.kind, "grant.delete");
    })
    .await;
}

/// SpiceDB #2958, OpenFGA #1078: changes came in another order than they were committed, or a
/// reader among writers missed some.
#[tokio::test]
async fn spicedb_2958_a_reader_among_writers_misses_no_change() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        let head: Changes = root.get("/v1/changes?page_size=1000").await.ok();
        let users: Vec<String> = (0..20).map(|number| format!("user-{number}")).collect();
        let writers = futures_util::future::join_all(
            users.iter().map(|user| app.grant("photos", user, &[Read])),
        );
        let reader = async {
            let mut heard = Vec::new();
            while heard.len() < users.len() {
                let after = heard.last().map_or(head.next, |change: &Change| change.revision);
                let path = format!("/v1/changes?wait=10&after={after}&page_size=7");
                heard.extend(root.get(&path).await.ok::<Changes>().items);
            }
            heard
        };
        let (_, heard) = tokio::join!(writers, reader);
        let revisions: Vec<i64> = heard.iter().map(|change| change.revision).collect();
        let dense: Vec<i64> = (head.next + 1..).take(users.len()).collect();
        assert_eq!(revisions, dense);
    })
    .await;
}

/// Keto ignored page tokens that it did not recognize; SpiceDB had to add flags (#1723).
#[tokio::test]
async fn keto_a_token_that_cannot_be_honoured_is_refused() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        let token = root.get("/v1/buckets").await.header("revision").to_owned();
        app.database.execute("UPDATE project_head SET epoch = 'restored'");
        let request = root.request(Method::POST, "/v1/check");
        let question = json!({ "action": "read", "bucket": "photos" });
        let request = request.header("if-revision-at-least", token).json(&question);
        root.send(request).await.refused(409, "revision_epoch");
    })
    .await;
}

/// MinIO CVE-2021-43858, GHSA-cwq8: unknown fields, and permissions that an import brought along.
#[tokio::test]
async fn minio_cve_2021_43858_unknown_fields_are_refused_everywhere() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        for (method, path, body) in [
            (Method::PUT, "/v1/buckets/photos", json!({ "owner": "ada" })),
            (Method::PATCH, "/v1/buckets/photos", json!({ "public": ["read"] })),
            (
                Method::PUT,
                "/v1/buckets/photos/grants/ada",
                json!({ "permissions": ["read"], "admin": true }),
            ),
            (Method::PATCH, "/v1/buckets/photos/grants", json!({ "changes": [], "force": true })),
            (Method::PUT, "/v1/groups/crew/members/ada", json!({ "role": "owner" })),
            (Method::POST, "/v1/api-keys", json!({ "name": "n", "scope": ["sign"] })),
            (Method::POST, "/v1/access-keys", json!({ "name": "n", "bucket": "photos" })),
            (
                Method::POST,
                "/v1/check",
                json!({ "action": "read", "bucket": "photos", "as": "bob" }),
            ),
        ] {
            let request = root.request(method, path).json(&body);
            root.send(request).await.refused(400, "invalid_request");
        }
        for path in ["/v1/buckets?limit=1", "/v1/grants?user=ada", "/v1/changes?from=1"] {
            root.get(path).await.refused(400, "invalid_request");
        }
    })
    .await;
}

/// Rauthy's penetration test of 2025: `page_size=0` meant a page of 2^32 - 1 items.
#[tokio::test]
async fn rauthy_2025_a_page_of_nothing_or_of_everything_is_refused() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        for path in [
            "/v1/buckets",
            "/v1/buckets/photos/grants",
            "/v1/buckets/photos/access",
            "/v1/grants",
            "/v1/users",
            "/v1/users/ada/grants",
            "/v1/groups",
            "/v1/groups/crew/members",
            "/v1/api-keys",
            "/v1/access-keys",
            "/v1/audit-events",
            "/v1/changes",
        ] {
            for size in ["0", "1001", "4294967295", "4294967296", "-1", "ten"] {
                let path = format!("{path}?page_size={size}");
                root.get(&path).await.refused(400, "invalid_request");
            }
        }
    })
    .await;
}

/// A grant on a deleted bucket became valid again for the next bucket of that name.
#[tokio::test]
async fn a_forgotten_bucket_leaves_no_grant_behind() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Read]).await;
        app.root().delete("/v1/buckets/photos").await.done();
        app.register("photos").await;
        app.ada().sign(&S3::new("GET", "/photos/x")).await.refused(403, "no_permission");
    })
    .await;
}

/// The second barrier between projects: row-level security of PostgreSQL, whatever the server
/// queries.
#[tokio::test]
async fn row_level_security_shows_a_transaction_one_project_only() {
    on_both(async |app| {
        if app.database.kind() != Kind::Postgres {
            return;
        }
        let DatabaseUrl::Postgres(url) = app.database.url() else { unreachable!() };
        app.make_neighbour("other").await;
        app.register("photos").await;
        app.grant("photos", "ada", &[Read]).await;
        let root = app.root();
        let (operator, old) = (app.operator_in("sail"), "/v1/buckets/old");
        operator.put(old, &json!({ "ceiling": [] })).await.ok::<Value>();
        operator.delete(old).await.done();
        root.put("/v1/groups/crew/members/ada", &json!({})).await.ok::<Value>();
        let request = root.request(Method::POST, "/v1/api-keys").header("idempotency-key", "k");
        root.send(request.json(&json!({ "name": "n" }))).await.ok::<Value>();

        let mut server = diesel::pg::PgConnection::establish(&url).unwrap();
        let mut count = |table: &str, project: Option<&str>| -> i64 {
            #[derive(QueryableByName)]
            struct Row {
                #[diesel(sql_type = diesel::sql_types::BigInt)]
                count: i64,
            }
            let project = project.unwrap_or("");
            let set = format!("SELECT set_config('sail.project', '{project}', false)");
            diesel::sql_query(set).execute(&mut server).unwrap();
            let count = format!("SELECT count(*) AS count FROM {table}");
            diesel::sql_query(count).get_result::<Row>(&mut server).unwrap().count
        };
        let ids = app.operator().get("/v1/projects").await.json();
        let id = |slug: &str| {
            let all = ids["items"].as_array().unwrap();
            let found = all.iter().find(|project| project["slug"] == slug).unwrap();
            found["id"].as_str().unwrap().to_owned()
        };
        let (sail, other) = (id("sail"), id("other"));
        for table in ["bucket", "grant_", "group_member", "change", "idempotency", "audit_event"] {
            assert_eq!(count(table, None), 0, "{table}: nobody's");
            assert!(count(table, Some(&sail)) > 0, "{table}: its own");
        }
        for table in ["bucket", "grant_", "group_member", "idempotency"] {
            assert_eq!(count(table, Some(&other)), 0, "{table}: another's");
        }
        assert_eq!(
            (count("kept_ceiling", Some(&other)), count("kept_ceiling", Some(&sail))),
            (0, 1)
        );
        assert_eq!((count("api_key", None), count("api_key", Some(&other))), (0, 1));
        assert_eq!((count("project_head", None), count("project_head", Some(&sail))), (0, 1));
        let smuggle = format!("INSERT INTO group_member VALUES ('{sail}', 'crew', 'eve', NULL, 1)");
        count("bucket", Some(&other));
        let refused = diesel::sql_query(smuggle).execute(&mut server).unwrap_err();
        assert!(refused.to_string().contains("row-level security"), "{refused}");
    })
    .await;
}

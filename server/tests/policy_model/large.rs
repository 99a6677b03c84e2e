//! A project with a hundred thousand grants.

use sail_cargo_database::testing::diesel;
use std::fmt::Write as _;

use reqwest::Method;
use sail_cargo_client::protocol::{BucketPermissions, CheckResponse, Grant, GrantsChanged, Page};
use serde_json::json;

use crate::harness::{Kind, on_both};

#[derive(diesel::QueryableByName)]
struct Plan {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

/// The most grants that one import accepts.
const GRANTS: usize = 100_000;

#[tokio::test]
async fn a_hundred_thousand_grants_are_imported_whole_listed_whole_and_decided_from() {
    on_both(async |app| {
        let buckets: Vec<String> = (0..20).map(|number| format!("bucket-{number:02}")).collect();
        for bucket in &buckets {
            app.register(bucket).await;
        }
        let mut text = String::new();
        for number in 0..GRANTS {
            let (bucket, user) = (&buckets[number % 20], number / 20);
            let line = json!({ "bucket": bucket, "subject": format!("user-{user}"),
                "prefix": "a/", "permissions": ["read"] });
            writeln!(text, "{line}").unwrap();
        }
        let root = app.root();
        let import = |text: String| {
            let request = root.request(Method::POST, "/v1/grants/import");
            root.send(request.header("content-type", "application/x-ndjson").body(text))
        };
        let stray = json!({ "bucket": "nowhere", "subject": "x", "permissions": ["read"] });
        let last_line = text.rfind('{').unwrap();
        let broken = format!("{}{stray}", &text[..last_line]);
        import(broken).await.refused(404, "not_found");
        let none: Page<Grant> = root.get("/v1/grants").await.ok();
        assert!(none.items.is_empty(), "all or none");

        let done: GrantsChanged = import(text).await.ok();
        assert_eq!(done.created, GRANTS as u64);
        let mut seen = 0;
        let mut token = String::new();
        loop {
            let page: Page<Grant> =
                root.get(&format!("/v1/grants?page_size=1000{token}")).await.ok();
            seen += page.items.len();
            let Some(next) = page.next_page_token else { break };
            token = format!("&page_token={next}");
        }
        assert_eq!(seen, GRANTS);
        let question = json!({ "user": "user-4999", "action": "read", "bucket": "bucket-19",
            "key": "a/x" });
        let told: CheckResponse = root.post("/v1/check", &question).await.ok();
        assert!(told.decision);
        let held: Page<BucketPermissions> = root.get("/v1/users/user-7/permissions").await.ok();
        assert_eq!(held.items.len(), 20);
        if app.database.kind() == Kind::Sqlite {
            // A query for one user's grants must not scan those of all users.
            let plan: Vec<Plan> = app.database.rows(
                "EXPLAIN QUERY PLAN SELECT perms FROM grant_ WHERE project_id = 'p' \
                 AND subject_kind IN ('u') AND subject IN ('user-7')",
            );
            assert!(plan[0].detail.contains("grant_by_subject"), "{}", plan[0].detail);
        }
    })
    .await;
}

//! The audit trail: every decision, readable by those it concerns.

use chrono::TimeDelta;
use sail_cargo_client::protocol::{AuditEvent, AuditQuery, Outcome, Page, Permission, Scope};
use serde_json::json;

use crate::harness::{Actor, S3, TestApp, on_both};

async fn events(actor: &Actor, query: AuditQuery) -> Vec<AuditEvent> {
    actor.cargo.audit_events(&query).await.unwrap().items
}

fn actions(events: &[AuditEvent]) -> Vec<&str> {
    events.iter().map(|event| event.action.as_str()).collect()
}

/// Creates two buckets and a grant, then an allowed, a denied and a malformed request.
async fn some_history(app: &TestApp) {
    app.register("letters").await;
    app.register("photos").await;
    app.grant("photos", "ada", &[Permission::Read]).await;
    app.clock.advance(TimeDelta::minutes(1));
    app.ada().signed(&S3::new("GET", "/photos/cat.png")).await;
    app.bob().sign(&S3::new("GET", "/letters/a")).await.refused(403, "no_permission");
    app.bob().sign(&S3::new("PATCH", "/letters/a")).await.refused(400, "method");
}

#[tokio::test]
async fn it_says_who_did_what_newest_first() {
    on_both(async |app| {
        some_history(app).await;
        let all = events(&app.root(), AuditQuery::default()).await;
        assert_eq!(
            actions(&all),
            [
                "s3:?",
                "s3:GetObject",
                "s3:GetObject",
                "grant.put",
                "bucket.register",
                "bucket.register",
                "key.create",
                "project.create",
            ]
        );
        let signed = &all[2];
        assert_eq!((signed.actor.as_str(), signed.outcome), ("user:ada", Outcome::Allow));
        assert_eq!(
            (signed.bucket.as_deref(), signed.key.as_deref()),
            (Some("photos"), Some("cat.png"))
        );
        assert_eq!((signed.at, signed.reason.as_str()), (app.clock.now(), "ok"));
        assert_eq!(all[3].detail, "granted read on photos to user:ada");
        assert_eq!(all[6].actor, "operator");
    })
    .await;
}

#[tokio::test]
async fn filters_narrow_it_down() {
    on_both(async |app| {
        some_history(app).await;
        let none = AuditQuery::default;
        let root = app.root();
        let bobs = AuditQuery { actor: Some("user:bob".to_owned()), ..none() };
        assert_eq!(actions(&events(&root, bobs).await), ["s3:?", "s3:GetObject"]);
        let photos = AuditQuery { bucket: Some("photos".to_owned()), ..none() };
        assert_eq!(
            actions(&events(&root, photos).await),
            ["s3:GetObject", "grant.put", "bucket.register"]
        );
        let denied = AuditQuery { outcome: Some(Outcome::Deny), ..none() };
        assert_eq!(actions(&events(&root, denied).await), ["s3:GetObject"]);
        let nonsense = AuditQuery { outcome: Some(Outcome::Malformed), ..none() };
        assert_eq!(actions(&events(&root, nonsense).await), ["s3:?"]);
        let both = AuditQuery {
            actor: Some("user:bob".to_owned()),
            bucket: Some("letters".to_owned()),
            ..none()
        };
        assert_eq!(actions(&events(&root, both).await), ["s3:GetObject"]);
    })
    .await;
}

#[tokio::test]
async fn since_is_included_and_until_is_not() {
    on_both(async |app| {
        some_history(app).await;
        let (later, none) = (app.clock.now(), AuditQuery::default);
        let since = |at| AuditQuery { since: Some(at), ..none() };
        let until = |at| AuditQuery { until: Some(at), ..none() };
        let count = async |query| events(&app.root(), query).await.len();
        assert_eq!(count(since(later)).await, 3);
        assert_eq!(count(since(later + TimeDelta::microseconds(1))).await, 0);
        assert_eq!(count(until(later)).await, 5);
        assert_eq!(count(until(later + TimeDelta::microseconds(1))).await, 8);
    })
    .await;
}

#[tokio::test]
async fn it_comes_in_pages_that_fit_together() {
    on_both(async |app| {
        some_history(app).await;
        let whole = events(&app.root(), AuditQuery::default()).await;
        for size in [1, 3, 8] {
            let (mut found, mut page_token) = (Vec::new(), None);
            loop {
                let query =
                    AuditQuery { page_size: Some(size), page_token, ..AuditQuery::default() };
                let page: Page<AuditEvent> = app.root().cargo.audit_events(&query).await.unwrap();
                found.extend(page.items);
                page_token = page.next_page_token;
                if page_token.is_none() {
                    break;
                }
            }
            assert_eq!(found, whole, "pages of {size}");
        }
    })
    .await;
}

#[tokio::test]
async fn other_projects_have_a_trail_of_their_own() {
    on_both(async |app| {
        some_history(app).await;
        let other = app.with_key(&app.make_neighbour("other").await);
        other.sign(&S3::new("GET", "/photos/cat.png")).await.refused(403, "foreign_bucket");
        let theirs = events(&other, AuditQuery::default()).await;
        assert_eq!(actions(&theirs), ["s3:GetObject", "key.create", "project.create"]);
        assert_eq!(events(&app.root(), AuditQuery::default()).await.len(), 8);
    })
    .await;
}

#[tokio::test]
async fn it_is_for_the_application_with_the_scope() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Admin]).await;
        app.ada().get("/v1/audit-events").await.refused(403, "root_only");
        let key = app.key([Scope::Sign, Scope::GrantsRead]).await.key;
        app.with_key(&key).get("/v1/audit-events").await.refused(403, "scope_missing");
        app.with_key("cgok_none").get("/v1/audit-events").await.refused(401, "invalid_api_key");
    })
    .await;
}

#[tokio::test]
async fn a_change_that_was_made_is_told_with_the_request_that_made_it() {
    on_both(async |app| {
        let answer = app.root().put("/v1/buckets/photos", &json!({})).await;
        let newest = &events(&app.root(), AuditQuery::default()).await[0];
        assert_eq!(newest.request_id, answer.header("x-request-id"));
        assert_eq!(newest.revision, answer.json()["created_revision"].as_i64());
    })
    .await;
}

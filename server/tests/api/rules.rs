//! Violated rules: every route reports the same rule, each with the field of its own request.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Actor, on_both};

const GRANTS: &str = "/v1/buckets/photos/grants";

/// The pointer and the rule that the refusal names.
async fn told(client: &Actor, method: &Method, path: &str, body: &Value) -> (String, String) {
    let request = client.request(method.clone(), path);
    let request = if path == "/v1/grants/import" {
        request.header("content-type", "application/x-ndjson").body(body.to_string())
    } else {
        request.json(body)
    };
    let answer = client.send(request).await;
    let problem = answer.refused(400, "invalid_request");
    let [error] = &problem.errors[..] else { panic!("{problem:?}") };
    assert_eq!(problem.detail, format!("{}: {}", error.pointer, error.detail));
    (error.pointer.clone(), error.detail.clone())
}

#[tokio::test]
async fn a_rule_of_grants_is_told_alike_by_every_door() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        let may = json!(["read"]);
        let put = |with: Value| {
            let mut put = json!({ "permissions": may });
            put.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
            put
        };
        let ends =
            json!({ "not_before": "2027-01-02T00:00:00Z", "expires_at": "2027-01-02T00:00:00Z" });
        for (prefix, kind, subject, put, field, rule) in [
            ("a", "user", "ada", put(json!({})), "prefix", "a prefix is empty or ends in `/`"),
            (
                "a//",
                "user",
                "ada",
                put(json!({})),
                "prefix",
                "no empty segments and no `\\`: some storages read them as another prefix",
            ),
            ("", "public", "ada", put(json!({})), "subject", "`*` for authenticated and public"),
            (
                "",
                "user",
                "ad\u{200b}a",
                put(json!({})),
                "subject",
                "it has the invisible character U+200B",
            ),
            (
                "",
                "user",
                "ada",
                json!({ "permissions": [] }),
                "permissions",
                "at least one permission; delete the grant to give none",
            ),
            (
                "",
                "public",
                "*",
                json!({ "permissions": ["admin"] }),
                "permissions",
                "admin is never given to everybody",
            ),
            (
                "",
                "user",
                "ada",
                put(json!({ "reason": "a".repeat(501) })),
                "reason",
                "at most 500 characters",
            ),
            ("", "user", "ada", put(json!({ "reason": "\n" })), "reason", "no control characters"),
            ("", "user", "ada", put(ends), "expires_at", "must be after `not_before`"),
        ] {
            let of_key = matches!(field, "prefix" | "subject");
            let subject_path = subject.replace('\u{200b}', "%E2%80%8B");
            let path = format!("{GRANTS}/{subject_path}?kind={kind}&prefix={prefix}");
            let pointer = if of_key { field.to_owned() } else { format!("/{field}") };
            let told_by_put = told(&root, &Method::PUT, &path, &put).await;
            assert_eq!(told_by_put, (pointer, rule.to_owned()));

            let good = json!({ "subject": "bob", "put": { "permissions": ["read"] } });
            let change = json!({ "subject": subject, "kind": kind, "prefix": prefix, "put": put });
            let patch = json!({ "changes": [good, change] });
            let part = if of_key { "" } else { "put/" };
            let pointer = format!("/changes/1/{part}{field}");
            let told_by_patch = told(&root, &Method::PATCH, GRANTS, &patch).await;
            assert_eq!(told_by_patch, (pointer, rule.to_owned()));

            let mut line = put.clone();
            line.as_object_mut().unwrap().extend([
                ("bucket".to_owned(), json!("photos")),
                ("subject".to_owned(), json!(subject)),
                ("kind".to_owned(), json!(kind)),
                ("prefix".to_owned(), json!(prefix)),
            ]);
            let told_by_import = told(&root, &Method::POST, "/v1/grants/import", &line).await;
            assert_eq!(told_by_import, (format!("/0/{field}"), rule.to_owned()));
        }
    })
    .await;
}

#[tokio::test]
async fn a_rule_of_buckets_keys_and_members_is_told_by_its_field() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        let labels = |key: &str, value: &str| json!({ "labels": { key: value } });
        let key = |name: &str, end: &str| json!({ "name": name, "expires_at": end });
        let own = &app.secrets.root_key[10..22];
        let rotate = format!("/v1/api-keys/{own}/rotate");
        let long = "keys of 1 to 63 characters, no controls";
        for (method, path, body, pointer, rule) in [
            (
                Method::PUT,
                "/v1/buckets/photos",
                json!({ "public_permissions": ["admin"] }),
                "/public_permissions",
                "admin is never public",
            ),
            (
                Method::PATCH,
                "/v1/buckets/photos",
                json!({ "public_permissions": ["admin"] }),
                "/public_permissions",
                "admin is never public",
            ),
            (Method::PUT, "/v1/buckets/photos", labels("", "x"), "/labels", long),
            (
                Method::PATCH,
                "/v1/buckets/photos",
                labels("team", "\n"),
                "/labels/team",
                "values of at most 256 characters, no controls",
            ),
            (
                Method::POST,
                "/v1/api-keys",
                json!({ "name": "" }),
                "/name",
                "1 to 100 characters, no control characters",
            ),
            (
                Method::POST,
                "/v1/api-keys",
                key("ci", "2020-01-01T00:00:00Z"),
                "/expires_at",
                "must be in the future",
            ),
            (
                Method::PATCH,
                &format!("/v1/api-keys/{own}"),
                json!({ "name": "\n" }),
                "/name",
                "1 to 100 characters, no control characters",
            ),
            (
                Method::POST,
                &rotate,
                json!({ "overlap_seconds": 30 * 86_400 + 1 }),
                "/overlap_seconds",
                "at most 30 days",
            ),
            (
                Method::PUT,
                "/v1/groups/st%E2%80%8Baff/members/ada",
                json!({}),
                "group",
                "it has the invisible character U+200B",
            ),
            (
                Method::PUT,
                "/v1/groups/staff/members/ad%E2%80%8Ba",
                json!({}),
                "user",
                "it has the invisible character U+200B",
            ),
        ] {
            let told = told(&root, &method, path, &body).await;
            assert_eq!(told, (pointer.to_owned(), rule.to_owned()), "{method} {path}");
        }
    })
    .await;
}

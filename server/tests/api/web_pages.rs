//! CORS of `/v1`: only pages of the origins that a project names may read answers.

use reqwest::Method;
use reqwest::header::HeaderMap;
use sail_cargo_client::protocol::{Permission, Project};
use serde_json::json;

use crate::harness::{Actor, TestApp, on_both};

const OURS: &str = "https://app.example.com";
const THEIRS: &str = "https://other.example.com";

async fn name(app: &TestApp, project: &str, origins: &[&str]) -> Project {
    let operator = app.operator();
    let patch = operator.request(Method::PATCH, &format!("/v1/projects/{project}"));
    operator.send(patch.json(&json!({ "cors_origins": origins }))).await.ok()
}

/// The status and the headers of the answer to a page.
async fn page(
    actor: &Actor,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
) -> (u16, HeaderMap) {
    let request = actor.request(method, path);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.headers().clone())
}

async fn preflight(actor: &Actor, path: &str, origin: &str) -> (u16, HeaderMap) {
    let asked = [("origin", origin), ("access-control-request-method", "POST")];
    page(actor, Method::OPTIONS, path, &asked).await
}

fn allowed(headers: &HeaderMap) -> Option<&str> {
    assert!(!headers.contains_key("access-control-allow-credentials"));
    headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_preflight_is_answered_to_named_origins_and_tells_nothing_else() {
    on_both(async |app| {
        let nobody = app.anon();
        assert_eq!(allowed(&preflight(&nobody, "/v1/sign", OURS).await.1), None, "none is named");
        name(app, "sail", &["HTTPS://App.example.com:443"]).await;
        let (status, headers) = preflight(&nobody, "/v1/sign", OURS).await;
        assert_eq!((status, allowed(&headers)), (204, Some(OURS)));
        let sent = headers["access-control-allow-headers"].to_str().unwrap();
        assert!(sent.contains("authorization") && !sent.contains("x-api-key"), "{sent}");
        let varies: Vec<_> = headers.get_all("vary").iter().collect();
        assert!(varies.iter().any(|value| *value == "origin"), "{varies:?}");
        assert_eq!(headers["access-control-max-age"], "600");
        // The answers for existing and missing things are alike.
        for path in ["/v1/buckets/photos", "/v1/buckets/none", "/v1/projects/none", "/v1/nothing"] {
            let (status, headers) = preflight(&nobody, path, OURS).await;
            assert_eq!((status, allowed(&headers)), (204, Some(OURS)), "{path}");
        }
        for origin in [
            THEIRS,
            "null",
            "http://app.example.com",
            "https://app.example.com:8443",
            "https://app.example.com.evil.example",
            "https://App.example.com",
            "",
        ] {
            let (status, headers) = preflight(&nobody, "/v1/sign", origin).await;
            assert_eq!((status, allowed(&headers)), (405, None), "{origin}");
        }
        assert_eq!(allowed(&preflight(&nobody, "/version", OURS).await.1), None);
        let suspend = json!({ "status": "suspended" });
        let operator = app.operator();
        let patch = operator.request(Method::PATCH, "/v1/projects/sail").json(&suspend);
        operator.send(patch).await.ok::<Project>();
        assert_eq!(allowed(&preflight(&nobody, "/v1/sign", OURS).await.1), None, "suspended");
    })
    .await;
}

#[tokio::test]
async fn an_answer_is_readable_for_pages_of_the_callers_own_project() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        app.share().await;
        let neighbour = app.with_key(&app.make_project("neighbour", "main").await);
        name(app, "sail", &[OURS]).await;
        name(app, "neighbour", &[THEIRS]).await;
        let read = async |actor: &Actor, origin: &str| {
            page(actor, Method::GET, "/v1/whoami", &[("origin", origin)]).await
        };
        let (ada, nobody) = (app.ada(), app.anon());
        for (actor, origin, status, readable) in [
            (&ada, OURS, 200, true),
            (&ada, THEIRS, 200, false),
            (&neighbour, THEIRS, 200, true),
            (&neighbour, OURS, 200, false),
            (&nobody, OURS, 401, true),
            (&nobody, THEIRS, 401, true),
            (&nobody, "https://evil.example", 401, false),
        ] {
            let (answered, headers) = read(actor, origin).await;
            let expected = readable.then_some(origin);
            assert_eq!((answered, allowed(&headers)), (status, expected), "{origin}");
            assert!(headers.get_all("vary").iter().any(|value| value == "origin"));
        }
        let exposed = read(&ada, OURS).await.1["access-control-expose-headers"].clone();
        assert!(exposed.to_str().unwrap().contains("x-request-id"));
        // Two `Origin` headers count as none.
        let both = [("origin", OURS), ("origin", THEIRS)];
        assert_eq!(allowed(&page(&ada, Method::GET, "/v1/whoami", &both).await.1), None);
        name(app, "sail", &[]).await;
        assert_eq!(allowed(&read(&ada, OURS).await.1), None, "taken back");
    })
    .await;
}

#[tokio::test]
async fn origins_are_named_one_by_one() {
    on_both(async |app| {
        let operator = app.operator();
        for origin in ["*", "https://*.example.com", "null", "https://app.example.com/", "app", ""]
        {
            let body = json!({ "cors_origins": [OURS, origin] });
            let patch = operator.request(Method::PATCH, "/v1/projects/sail").json(&body);
            let problem = operator.send(patch).await.refused(400, "invalid_request");
            assert_eq!(problem.errors[0].pointer, "/cors_origins/1", "{origin}");
        }
        let named =
            name(app, "sail", &["http://localhost:3000", OURS, "https://APP.example.com"]).await;
        assert_eq!(named.cors_origins, ["http://localhost:3000", OURS]);
    })
    .await;
}

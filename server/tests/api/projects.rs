//! Projects and stores: only operators manage them.

use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use reqwest::Method;
use sail_cargo_client::protocol::{Project, Store};
use sail_cargo_database::testing::diesel;
use serde_json::{Value, json};

use crate::harness::{ENDPOINT, S3, TestApp, on_both};

#[tokio::test]
async fn only_an_operator_makes_projects_and_stores() {
    on_both(async |app| {
        for actor in [app.root(), app.ada()] {
            for (method, path) in [
                (Method::GET, "/v1/projects"),
                (Method::GET, "/v1/projects/sail"),
                (Method::GET, "/v1/stores"),
                (Method::GET, "/v1/stores/main"),
                (Method::DELETE, "/v1/stores/main"),
            ] {
                let request = actor.request(method, path);
                actor.send(request).await.refused(403, "operator_only");
            }
            let project = json!({ "slug": "mine", "store": "main" });
            actor.post("/v1/projects", &project).await.refused(403, "operator_only");
            actor
                .put("/v1/stores/main?no_probe=true", &app.store())
                .await
                .refused(403, "operator_only");
        }
    })
    .await;
}

#[tokio::test]
async fn a_project_is_found_by_its_slug_and_by_its_id() {
    on_both(async |app| {
        app.share().await;
        let new = json!({ "slug": "maps", "store": "main", "root_extra": ["PutBucketPolicy"] });
        let answer = app.operator().post("/v1/projects", &new).await;
        assert_eq!(answer.status, 201);
        let made: Project = answer.ok();
        assert_eq!((made.slug.as_str(), made.store.as_str()), ("maps", "main"));
        for name in [&made.slug, &made.id] {
            let found: Project = app.operator().get(&format!("/v1/projects/{name}")).await.ok();
            assert_eq!(found, made);
        }
        app.operator().get("/v1/projects/none").await.refused(404, "not_found");
        let slugs = app.operator().get("/v1/projects").await.json();
        assert_eq!(
            (&slugs["items"][0]["slug"], &slugs["items"][1]["slug"]),
            (&json!("maps"), &json!("sail"))
        );
    })
    .await;
}

async fn refused_field(app: &TestApp, path: &str, body: &Value) -> String {
    let answer = match path {
        "/v1/projects" => app.operator().post(path, body).await,
        _ => app.operator().put(path, body).await,
    };
    answer.refused(400, "invalid_request").errors[0].pointer.clone()
}

#[tokio::test]
async fn a_project_that_cannot_be_is_refused() {
    on_both(async |app| {
        let project = |slug: &str, extra: &str| json!({ "slug": slug, "store": "main", "root_extra": [extra] });
        let policy = "PutBucketPolicy";
        for (body, pointer) in [
            (project("Maps", policy), "/slug"),
            (project("m", policy), "/slug"),
            (project("1st", policy), "/slug"),
            (project("maps", "PutEverything"), "/root_extra/0"),
        ] {
            assert_eq!(refused_field(app, "/v1/projects", &body).await, pointer, "{body}");
        }
        let taken = project("sail", policy);
        app.operator().post("/v1/projects", &taken).await.refused(409, "already_exists");
        let nowhere = json!({ "slug": "maps", "store": "none" });
        app.operator().post("/v1/projects", &nowhere).await.refused(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn a_stores_secret_goes_in_and_never_comes_out() {
    on_both(async |app| {
        let answer = app.operator().put("/v1/stores/main?no_probe=true", &app.store()).await;
        let listed = app.operator().get("/v1/stores").await;
        let one = app.operator().get("/v1/stores/main").await;
        for answer in [&answer, &listed, &one] {
            assert!(!answer.body.contains(&app.secrets.store), "{}", answer.body);
            assert!(!answer.body.contains("secret"), "{}", answer.body);
        }
        let store: Store = one.ok();
        assert_eq!((store.access_key_id.as_str(), store.endpoints.len()), ("AKIACARGO", 2));
        assert_eq!(store.endpoints[0].url, ENDPOINT);
    })
    .await;
}

#[tokio::test]
async fn a_new_secret_signs_from_the_next_request_on() {
    on_both(async |app| {
        app.register("photos").await;
        let get = S3::new("GET", "/photos/x");
        let before = app.root().signed(&get).await;
        let mut store = app.store();
        store.access_key_id = "AKIANEXT".to_owned();
        store.secret_access_key = "another".to_owned();
        app.put_unproved("main", &store).await;
        let after = app.root().signed(&get).await;
        assert!(before.headers["authorization"].contains("Credential=AKIACARGO/"));
        assert!(after.headers["authorization"].contains("Credential=AKIANEXT/"));
    })
    .await;
}

#[tokio::test]
async fn a_store_in_use_stays_and_a_free_one_goes() {
    on_both(async |app| {
        app.make_store("spare").await;
        app.operator().delete("/v1/stores/main").await.refused(409, "in_use");
        app.operator().delete("/v1/stores/spare").await.done();
        app.operator().delete("/v1/stores/spare").await.refused(404, "not_found");
    })
    .await;
}

/// The number of stores without any probe on record.
fn unproved(app: &TestApp) -> i64 {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    let columns = "probed_at IS NULL AND probe_safe IS NULL AND probe IS NULL";
    let count = format!("SELECT count(*) AS number FROM store WHERE {columns}");
    app.database.rows::<Count>(&count)[0].number
}

#[tokio::test]
async fn what_a_probe_found_is_cleared_when_a_store_moves() {
    on_both(async |app| {
        let mut moved = app.store();
        moved.endpoints.truncate(1);
        moved.endpoints[0].url = "https://elsewhere.example".to_owned();
        assert_eq!(unproved(app), 0);
        app.put_unproved("main", &moved).await;
        assert_eq!(unproved(app), 1);
        let store: Store = app.operator().get("/v1/stores/main").await.ok();
        assert_eq!(store.probe, None);
    })
    .await;
}

#[tokio::test]
async fn one_account_is_one_store() {
    on_both(async |app| {
        let twin = app.operator().put("/v1/stores/twin?no_probe=true", &app.store()).await;
        twin.refused(409, "store_exists");
        let again = app.operator().put("/v1/stores/main?no_probe=true", &app.store()).await;
        assert_eq!(again.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_store_that_cannot_be_is_refused() {
    on_both(async |app| {
        let with = |name: &str, value: Value| {
            let mut store = json!(app.store());
            store[name] = value;
            store
        };
        let endpoint = |url: &str| json!([{ "url": url, "style": "path" }]);
        for (body, pointer) in [
            (with("endpoints", json!([])), "/endpoints"),
            (with("endpoints", endpoint("s3.local")), "/endpoints/0/url"),
            (with("endpoints", endpoint("https://s3.local/path")), "/endpoints/0/url"),
            (with("endpoints", endpoint("https://me:pw@s3.local")), "/endpoints/0/url"),
            (with("endpoints", json!([{ "url": ENDPOINT, "style": "dns" }])), "/endpoints/0/style"),
            (with("region", json!("")), "/region"),
            (with("region", json!("eu/west")), "/region"),
            (with("access_key_id", json!("a b")), "/access_key_id"),
            (with("secret_access_key", json!("")), "/secret_access_key"),
        ] {
            assert_eq!(refused_field(app, "/v1/stores/odd", &body).await, pointer, "{pointer}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_operator_acts_in_a_project_by_naming_it_and_has_nothing_signed() {
    on_both(async |app| {
        let operator = app.operator_in("sail");
        assert_eq!(operator.put("/v1/buckets/photos", &json!({})).await.status, 200);
        assert_eq!(
            operator
                .put("/v1/buckets/photos/grants/ada", &json!({ "permissions": ["read"] }))
                .await
                .status,
            200
        );
        operator.sign(&S3::new("GET", "/photos/x")).await.refused(403, "operator_cannot_sign");
        let lost = app.operator().sign(&S3::new("GET", "/photos/x")).await;
        assert_eq!(lost.refused(400, "invalid_request").errors[0].pointer, "X-Project");
    })
    .await;
}

#[tokio::test]
async fn projects_made_at_once_are_all_made() {
    on_both(async |app| {
        app.share().await;
        let create = |number: usize| async move {
            let new = json!({ "slug": format!("project-{number}"), "store": "main" });
            app.operator().post("/v1/projects", &new).await
        };
        let answers = futures_util::future::join_all((0..12).map(create)).await;
        for answer in answers {
            assert_eq!(answer.status, 201, "{}", answer.body);
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_project_says_of_the_gateway_is_shown_where_it_is_not_the_default() {
    on_both(async |app| {
        let patch = async |body: Value| {
            let operator = app.operator();
            let request = operator.request(Method::PATCH, "/v1/projects/sail");
            operator.send(request.json(&body)).await
        };
        let names =
            ["max_presign_gateway", "max_session", "cut_streams", "public_host_active_content"];
        let before = app.operator().get("/v1/projects/sail").await.json();
        assert!(names.iter().all(|name| before.get(name).is_none()), "{before}");
        let said = json!({
            "max_presign_gateway": 300, "max_session": 900, "cut_streams": true,
            "public_host_active_content": true,
        });
        patch(said.clone()).await.json();
        patch(json!({ "max_presign_seconds": 600 })).await.json();
        let after = app.operator().get("/v1/projects/sail").await.json();
        for name in names {
            assert_eq!(after[name], said[name], "{name}");
        }
        let changes = app.root().get("/v1/changes").await.json();
        let last = changes["items"].as_array().unwrap().iter().rev();
        let mut patches = last.filter(|change| change["kind"] == "project.patch");
        let row = &patches.nth(1).unwrap()["rows"][0];
        assert_eq!(row["after"]["max_session"], 900);
        assert!(row["before"].get("max_session").is_none());

        let usual = json!({
            "max_presign_gateway": 604_800, "max_session": 43_200, "cut_streams": false,
            "public_host_active_content": false,
        });
        let usual = patch(usual).await.json();
        assert!(names.iter().all(|name| usual.get(name).is_none()), "{usual}");
        for wrong in [
            json!({ "max_presign_gateway": 0 }),
            json!({ "max_presign_gateway": 604_801 }),
            json!({ "max_session": 899 }),
            json!({ "max_session": 43_201 }),
        ] {
            let (name, _) = wrong.as_object().unwrap().iter().next().unwrap();
            let problem = patch(wrong.clone()).await.refused(400, "invalid_request");
            assert_eq!(problem.errors[0].pointer, format!("/{name}"));
        }
    })
    .await;
}

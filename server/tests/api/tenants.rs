//! Projects that share a storage account: only if an operator has marked the store as shared.

use futures_util::future::{join, join_all};
use sail_cargo_client::protocol::{Bucket, Project, PutStore, Store};
use sail_cargo_database::NewStore;
use sail_cargo_server::domain::ProjectSettings;
use sail_cargo_server::domain::s3::{AddressingStyle, Endpoint};
use sail_cargo_server::domain::{Caller, Context, OperatorName, Origin, Secret, Slug};
use sail_cargo_server::service::NewProject;
use serde_json::{Value, json};

use crate::harness::{ENDPOINT, S3, Setup, Storage, TestApp, TestResponse, logs, on_both};

async fn create(app: &TestApp, slug: &str, store: &str) -> TestResponse {
    let new = json!({ "slug": slug, "store": store });
    app.operator().post("/v1/projects", &new).await
}

/// Puts the store `main` unchanged, except for `shared`.
async fn put_main(app: &TestApp, shared: bool) -> TestResponse {
    app.operator().put("/v1/stores/main?no_probe=true", &PutStore { shared, ..app.store() }).await
}

#[tokio::test]
async fn a_second_project_is_for_a_store_that_is_shared() {
    on_both(async |app| {
        let refused = create(app, "second", "main").await.refused(409, "store_not_shared");
        assert!(refused.detail.contains("--shared"), "{}", refused.detail);
        app.operator().get("/v1/projects/second").await.refused(404, "not_found");
        put_main(app, true).await.ok::<Store>();
        create(app, "second", "main").await.ok::<Project>();
        put_main(app, false).await.refused(409, "store_not_shared");
        let store: Store = app.operator().get("/v1/stores/main").await.ok();
        assert!(store.shared);
        put_main(app, true).await.ok::<Store>();
        create(app, "third", "main").await.ok::<Project>();
    })
    .await;
}

#[tokio::test]
async fn of_projects_made_at_once_on_a_store_one_gets_it() {
    on_both(async |app| {
        for round in 0..5 {
            let store = format!("round-{round}");
            app.make_store(&store).await;
            let made = (0..6)
                .map(async |number| create(app, &format!("p-{round}-{number}"), &store).await);
            let answers = join_all(made).await;
            let (won, lost): (Vec<_>, Vec<_>) =
                answers.iter().partition(|answer| answer.status == 201);
            assert_eq!((won.len(), lost.len()), (1, 5));
            for answer in lost {
                answer.refused(409, "store_not_shared");
            }
        }
    })
    .await;
}

/// The store `name`, with an access key of its own.
fn account(name: &str, shared: bool) -> NewStore {
    NewStore {
        name: Slug::parse(name).unwrap(),
        endpoints: vec![Endpoint::parse(ENDPOINT, AddressingStyle::Path).unwrap()],
        region: "eu-test-1".to_owned(),
        access_key_id: format!("AKIA-{name}"),
        secret_access_key: Secret::new("a-secret".to_owned()),
        shared,
        accept_unsafe_storage: false,
        access: None,
    }
}

/// The race is run in the database, without the probes that precede it.
#[tokio::test]
async fn a_store_is_not_unshared_while_a_second_project_is_made() {
    on_both(async |app| {
        let context = Context {
            caller: Caller::Operator { name: OperatorName::command_line(), project: None },
            now: app.clock.now(),
            request_id: "race".to_owned(),
            origin: Origin::default(),
            at_least: None,
            idempotency: None,
        };
        let put =
            |name: &str, shared| app.sees.put_store(account(name, shared), None, context.clone());
        let create = |slug: String, store: &str| {
            let (slug, store) = (Slug::parse(&slug).unwrap(), Slug::parse(store).unwrap());
            let new = NewProject { slug, store, settings: ProjectSettings::default() };
            app.sees.create_project(new, context.clone())
        };
        for round in 0..40 {
            let store = format!("round-{round}");
            put(&store, true).await.unwrap();
            create(format!("first-{round}"), &store).await.unwrap();
            let second = create(format!("second-{round}"), &store);
            match join(second, put(&store, false)).await {
                (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => {
                    assert!(refused.to_string().contains("not shared"), "{refused}");
                }
                both => panic!("{both:?}"),
            }
        }
    })
    .await;
}

/// Rows of an earlier version, which had no such rule.
#[tokio::test]
async fn projects_that_share_a_store_nobody_shared_go_on_as_if_it_were() {
    on_both(async |app| {
        app.register("old").await;
        put_main(app, true).await.ok::<Store>();
        let second = app.with_key(&app.make_project("second", "main").await);
        app.database.execute("UPDATE store SET shared = false, version = version + 1");
        for root in [app.root(), second] {
            root.put("/v1/buckets/new", &json!({})).await.refused(409, "account_shared");
            root.sign(&S3::new("PUT", "/new")).await.refused(403, "foreign_bucket");
            root.sign(&S3::new("GET", "/")).await.refused(403, "account_shared");
        }
        app.root().signed(&S3::new("GET", "/old/x")).await;
        app.operator_in("second").put("/v1/buckets/new", &json!({})).await.ok::<Bucket>();
        create(app, "third", "main").await.refused(409, "store_not_shared");

        let warning = "store main is not shared, but 2 projects use it (sail, second)";
        let said = logs::lines_with(warning).len();
        app.replica(Setup::Usual).await.stop().await;
        let lines = logs::lines_with(warning);
        assert!(lines.len() > said && lines[0].starts_with("WARN"), "{lines:?}");
        put_main(app, true).await.ok::<Store>();
        create(app, "third", "main").await.ok::<Project>();
    })
    .await;
}

/// The store `other` at `storage`, with an access key of its own.
fn other(app: &TestApp, storage: &Storage) -> PutStore {
    PutStore { access_key_id: "AKIAOTHER".to_owned(), ..storage.store(app) }
}

const OTHER: &str = "/v1/stores/other?no_probe=true";

#[tokio::test]
async fn one_account_under_two_keys_is_found_by_what_it_shows() {
    on_both(async |app| {
        let (storage, operator) = (Storage::of(app).await, app.operator());
        let (ours, theirs) = ("AKIACARGO", "AKIAOTHER");
        let put = async || operator.put(OTHER, &other(app, &storage)).await;
        // The same host and port, but two accounts: each sees its own buckets.
        storage.create_for(ours, "mine");
        storage.create_for(theirs, "theirs");
        storage.own(ours, "ada");
        storage.own(theirs, "bob");
        put().await.ok::<Store>();
        operator.delete(OTHER).await.done();

        storage.own(theirs, "ada");
        let owner = put().await.refused(409, "store_alias");
        assert!(owner.detail.contains("store `main`") && owner.detail.contains("owner"));
        storage.own(theirs, "bob");
        storage.create("both");
        let bucket = put().await.refused(409, "store_alias");
        assert!(bucket.detail.contains("the bucket `both`"), "{}", bucket.detail);
        operator.get(OTHER).await.refused(404, "not_found");
        storage.delete("both");
        put().await.ok::<Store>();
        // A store that became an alias of another account cannot be put again.
        storage.create("both");
        put().await.refused(409, "store_alias");
        operator
            .put("/v1/stores/main?no_probe=true", &storage.store(app))
            .await
            .refused(409, "store_alias");
    })
    .await;
}

#[tokio::test]
async fn an_account_that_is_two_stores_is_said_to_be_shared_by_both() {
    on_both(async |app| {
        let (storage, operator) = (Storage::of(app).await, app.operator());
        storage.create("both");
        let shared = PutStore { shared: true, ..other(app, &storage) };
        operator.put(OTHER, &shared).await.refused(409, "store_alias");
        storage.share(app).await;
        operator.put(OTHER, &other(app, &storage)).await.refused(409, "store_alias");
        operator.put(OTHER, &shared).await.ok::<Store>();
        operator
            .put("/v1/stores/main?no_probe=true", &storage.store(app))
            .await
            .refused(409, "store_alias");
        app.root().put("/v1/buckets/both", &json!({})).await.refused(409, "account_shared");
    })
    .await;
}

/// Whatever the scheme, the addressing style and the spelling of the host.
#[tokio::test]
async fn one_key_at_one_host_and_port_is_one_store_and_no_storage_is_asked() {
    on_both(async |app| {
        for (url, style) in [
            ("http://s3.local:9000", "virtual_hosted"),
            ("https://S3.LOCAL:9000/", "path"),
            ("https://s3.example.com:443", "path"),
            ("http://s3.example.com:443", "path"),
        ] {
            let mut twin = serde_json::to_value(app.store()).unwrap();
            twin["endpoints"] = json!([{ "url": url, "style": style }]);
            twin["shared"] = json!(true);
            app.operator()
                .put("/v1/stores/twin?no_probe=true", &twin)
                .await
                .refused(409, "store_exists");
        }
        let mut another = serde_json::to_value(app.store()).unwrap();
        another["endpoints"] = json!([{ "url": "http://s3.local:9001", "style": "path" }]);
        app.operator().put("/v1/stores/another?no_probe=true", &another).await.ok::<Value>();
    })
    .await;
}

#[tokio::test]
async fn a_storage_that_is_away_is_no_reason_to_refuse_another() {
    on_both(async |app| {
        let storage = Storage::of(app).await;
        let mut away = app.store();
        away.access_key_id = "AKIAAWAY".to_owned();
        away.endpoints.truncate(1);
        away.endpoints[0].url = "http://127.0.0.1:1".to_owned();
        app.operator().put("/v1/stores/away?no_probe=true", &away).await.ok::<Store>();
        storage.create_for("AKIAOTHER", "theirs");
        app.operator().put(OTHER, &other(app, &storage)).await.ok::<Store>();
        let doubt = "cannot tell whether stores other and away are one account";
        assert!(!logs::lines_with(doubt).is_empty());
    })
    .await;
}

//! Every route is documented, and every documented route refuses strangers.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Actor, TestResponse, on_both};

const CONTRACT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.yaml");

/// The routes that need no credentials. This list is not generated, and may only shrink.
const PUBLIC: &str = include_str!("../data/public-routes.txt");

/// The length of the list since accounts came: who signs in shows no credentials in the headers.
const MOST_PUBLIC: usize = 13;

/// Methods and paths, such as `GET /v1/whoami`.
fn routes(contract: &Value) -> BTreeSet<String> {
    let paths = contract["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .keys()
                .map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

fn public() -> BTreeSet<String> {
    PUBLIC.lines().filter(|line| !line.starts_with('#')).map(ToOwned::to_owned).collect()
}

/// Requests a documented route, with a value for each parameter.
async fn ask(actor: &Actor, route: &str) -> TestResponse {
    let (method, path) = route.split_once(' ').unwrap();
    let path = path.replace(['{', '}'], "x");
    let request = actor.request(Method::from_bytes(method.as_bytes()).unwrap(), &path);
    actor.send(request.json(&json!({}))).await
}

#[tokio::test]
async fn every_documented_route_refuses_strangers() {
    on_both(async |app| {
        let contract = app.anon().get("/openapi.json").await.json();
        let (routes, public) = (routes(&contract), public());
        assert!(routes.len() > 25, "{routes:?}");
        for route in routes.difference(&public) {
            ask(&app.anon(), route).await.refused(401, "missing_credentials");
            ask(&app.with_key("cgok_wrong"), route).await.refused(401, "invalid_api_key");
            ask(&app.with_token("a.b.c"), route).await.refused(401, "malformed_token");
        }
    })
    .await;
}

#[tokio::test]
async fn the_list_of_public_routes_says_nothing_but_the_truth_and_does_not_grow() {
    on_both(async |app| {
        let contract = app.anon().get("/openapi.json").await.json();
        let (routes, public) = (routes(&contract), public());
        assert!(public.len() <= MOST_PUBLIC);
        assert!(public.is_subset(&routes), "some are gone: take them off the list");
        for route in &public {
            let answer = ask(&app.anon(), route).await;
            assert_ne!(answer.status, 401, "{route} is not public: take it off the list");
        }
    })
    .await;
}

#[tokio::test]
async fn a_path_takes_the_methods_that_are_documented_and_names_them_to_those_who_use_another() {
    on_both(async |app| {
        let contract = app.anon().get("/openapi.json").await.json();
        for (path, item) in contract["paths"].as_object().unwrap() {
            let methods = item.as_object().unwrap().keys().map(|method| method.to_uppercase());
            let documented: BTreeSet<String> = methods.collect();
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
                let answer = ask(&app.anon(), &format!("{method} {path}")).await;
                if documented.contains(method) {
                    assert!(![404, 405].contains(&answer.status), "{method} {path}");
                } else {
                    assert_eq!(answer.status, 405, "{method} {path}");
                    let allowed = answer.header("allow").split(", ");
                    assert_eq!(allowed.map(ToOwned::to_owned).collect::<BTreeSet<_>>(), documented);
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_contract_has_not_drifted_from_the_copy_that_is_checked_in() {
    on_both(async |app| {
        let served = app.anon().get("/openapi.yaml").await.body;
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(CONTRACT, &served).unwrap();
        }
        let kept = std::fs::read_to_string(CONTRACT).unwrap_or_default();
        assert!(served == kept, "openapi.yaml is out of date: run this with UPDATE_OPENAPI=1");
    })
    .await;
}

#[tokio::test]
async fn every_route_says_what_a_refusal_looks_like() {
    on_both(async |app| {
        let contract = app.anon().get("/openapi.json").await.json();
        let public = public();
        for (path, item) in contract["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let route = format!("{} {path}", method.to_uppercase());
                if !public.contains(&route) {
                    let responses = operation["responses"].as_object().unwrap();
                    assert!(responses.contains_key("401"), "{route}");
                }
            }
        }
    })
    .await;
}

//! The contract, generated from the handlers. `openapi.yaml` holds a copy, and a test its drift.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use super::{
    api_keys, audit, auth_keys, bucket_lifecycle, buckets, ceilings, changes, check, explain,
    grants, groups, health, import, permissions, projects, prune, sign, stores, users, whoami,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Cargo",
        description = "Permission authority and signing oracle for S3.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "http://127.0.0.1:8080", description = "sail-cargo dev")),
    paths(
        sign::sign,
        sign::sign_batch,
        sign::presign,
        sign::presign_batch,
        explain::explain,
        whoami::whoami,
        permissions::permissions,
        permissions::of_user,
        permissions::access,
        check::one,
        check::batch,
        buckets::list,
        buckets::get,
        buckets::put,
        buckets::patch,
        bucket_lifecycle::settle,
        bucket_lifecycle::reconcile,
        buckets::delete,
        grants::list,
        grants::get,
        grants::put,
        grants::delete,
        grants::patch,
        grants::list_all,
        import::import,
        users::list,
        users::grants,
        users::delete_grants,
        groups::list,
        groups::patch,
        groups::members,
        groups::put,
        groups::delete,
        api_keys::list,
        api_keys::create,
        api_keys::get,
        api_keys::patch,
        api_keys::rotate,
        api_keys::revoke,
        audit::list,
        prune::prune,
        changes::list,
        projects::list,
        projects::create,
        projects::get,
        projects::patch,
        stores::list,
        stores::get,
        stores::put,
        stores::delete,
        stores::probe,
        auth_keys::refresh,
        ceilings::list,
        ceilings::lift,
        health::livez,
        health::readyz,
        health::version,
        health::openapi_yaml,
        health::openapi_json,
    ),
    security(("token" = []), ("api_key" = []), ("token" = [], "api_key" = [])),
    modifiers(&Schemes, &Anywhere, &Problems, &OperationIds),
)]
struct Contract;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("A user's token, RS256, from the auth service"))
            .build();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        let key = ApiKeyValue::with_description(
            "X-Api-Key",
            "A project API key, or an operator key. Beside a token, the application asks on \
             behalf of that user",
        );
        components.add_security_scheme("api_key", SecurityScheme::ApiKey(ApiKey::Header(key)));
    }
}

/// The operations of a path, with their methods.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, patch, delete, .. } = item;
    [("get", get), ("put", put), ("post", post), ("patch", patch), ("delete", delete)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Names that no two operations share: method and path.
struct OperationIds;

impl Modify for OperationIds {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut openapi.paths.paths {
            let words: Vec<&str> = path
                .split(['/', '-', '.'])
                .map(|word| word.trim_matches(['{', '}']))
                .filter(|word| !word.is_empty() && *word != "v1")
                .collect();
            for (method, operation) in operations(item) {
                operation.operation_id = Some(format!("{method}_{}", words.join("_")));
            }
        }
    }
}

/// What may be answered whatever is asked.
struct Anywhere;

impl Modify for Anywhere {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let problem = |description: &str| {
            let content = Content::new(Some(Ref::from_schema_name("Problem")));
            let answer = ResponseBuilder::new().description(description);
            RefOr::T(answer.content("application/json", content).build())
        };
        for item in openapi.paths.paths.values_mut() {
            for (_, operation) in operations(item) {
                let health = operation.tags.as_ref().is_some_and(|tags| tags[..] == ["health"]);
                if !health {
                    let often = problem("Asked too often: the detail says by whom");
                    operation.responses.responses.insert("429".to_owned(), often);
                }
                if operation.request_body.is_some() {
                    let slow = problem("The body takes too long");
                    operation.responses.responses.insert("408".to_owned(), slow);
                }
            }
        }
    }
}

/// Every refusal is `application/problem+json` (RFC 9457).
struct Problems;

impl Modify for Problems {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for item in openapi.paths.paths.values_mut() {
            for (_, operation) in operations(item) {
                for (status, response) in &mut operation.responses.responses {
                    let RefOr::T(response) = response else { continue };
                    if status.starts_with(['4', '5'])
                        && let Some(problem) = response.content.shift_remove("application/json")
                    {
                        response.content.insert("application/problem+json".to_owned(), problem);
                    }
                }
            }
        }
    }
}

/// The contract as YAML.
pub fn yaml() -> String {
    Contract::openapi().to_yaml().unwrap_or_default()
}

/// The contract as JSON.
pub fn json() -> String {
    Contract::openapi().to_pretty_json().unwrap_or_default()
}

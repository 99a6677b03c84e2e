//! The OpenAPI document, assembled from the documentation of each route. `openapi.yaml` is a copy;
//! a test fails if it differs.

use actix_web::http::Method;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder};

/// The part of the document that belongs to no route.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Cargo",
        description = "Permission authority and signing oracle for S3.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "http://127.0.0.1:8080", description = "sail-cargo dev")),
    security(("token" = []), ("api_key" = []), ("token" = [], "api_key" = [])),
)]
struct Head;

/// The finished document.
pub(crate) struct Contract {
    yaml: String,
    json: String,
}

impl Contract {
    /// Merges the documents of all routes, and completes the result.
    pub(super) fn of(routes: impl Iterator<Item = OpenApi>) -> Self {
        let mut contract = routes.fold(Head::openapi(), OpenApi::merge_from);
        add_schemes(&mut contract);
        add_common_refusals(&mut contract);
        mark_problems(&mut contract);
        name_operations(&mut contract);
        Self {
            yaml: contract.to_yaml().unwrap_or_default(),
            json: contract.to_pretty_json().unwrap_or_default(),
        }
    }

    /// The document as YAML.
    pub(crate) fn yaml(&self) -> &str {
        &self.yaml
    }

    /// The document as JSON.
    pub(crate) fn json(&self) -> &str {
        &self.json
    }
}

/// Adds the authentication schemes.
fn add_schemes(contract: &mut OpenApi) {
    let components = contract.components.get_or_insert_default();
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("A user's token, RS256, from the auth service, or a personal API key"))
        .build();
    components.add_security_scheme("token", SecurityScheme::Http(token));
    let password = HttpBuilder::new()
        .scheme(HttpAuthScheme::Basic)
        .description(Some("Username or e-mail address and password of an account of this server"))
        .build();
    components.add_security_scheme("password", SecurityScheme::Http(password));
    let key = ApiKeyValue::with_description(
        "X-Api-Key",
        "A project API key, or an operator key. Beside a token, the application asks on \
         behalf of that user",
    );
    components.add_security_scheme("api_key", SecurityScheme::ApiKey(ApiKey::Header(key)));
}

/// The operations of a path, with their methods.
pub(super) fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    [
        (Method::GET, &mut item.get),
        (Method::PUT, &mut item.put),
        (Method::POST, &mut item.post),
        (Method::PATCH, &mut item.patch),
        (Method::DELETE, &mut item.delete),
        (Method::HEAD, &mut item.head),
        (Method::OPTIONS, &mut item.options),
        (Method::TRACE, &mut item.trace),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Gives each operation a unique id: its method and path.
fn name_operations(contract: &mut OpenApi) {
    for (path, item) in &mut contract.paths.paths {
        let words: Vec<&str> = path
            .split(['/', '-', '.'])
            .map(|word| word.trim_matches(['{', '}']))
            .filter(|word| !word.is_empty() && *word != "v1")
            .collect();
        for (method, operation) in operations(item) {
            let method = method.as_str().to_lowercase();
            operation.operation_id = Some(format!("{method}_{}", words.join("_")));
        }
    }
}

/// Adds the error responses that all operations share.
fn add_common_refusals(contract: &mut OpenApi) {
    let problem = |description: &str| {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        let answer = ResponseBuilder::new().description(description);
        RefOr::T(answer.content("application/json", content).build())
    };
    for item in contract.paths.paths.values_mut() {
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

/// Sets the content type of all error responses to `application/problem+json` (RFC 9457).
fn mark_problems(contract: &mut OpenApi) {
    for item in contract.paths.paths.values_mut() {
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

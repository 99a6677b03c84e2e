//! The paths of the server, each with the routes that share it.

use actix_web::Resource;
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use utoipa::openapi::OpenApi;

use super::error::ApiError;
use super::route::Route;

/// A path, and the route of each method that it supports.
struct Place {
    path: String,
    routes: Vec<(Method, Route)>,
    /// The value of `Allow` (RFC 9110 §10.2.1): the methods in the order of the list.
    allow: String,
}

impl Place {
    fn new(path: String) -> Self {
        Self { path, routes: Vec::new(), allow: String::new() }
    }

    fn add(&mut self, method: Method, route: Route) {
        if !self.allow.is_empty() {
            self.allow.push_str(", ");
        }
        self.allow.push_str(method.as_str());
        self.routes.push((method, route));
    }

    /// The path for actix. Other methods get 405 with `Allow`.
    fn resource(&'static self) -> Resource {
        let unknown = move || async { Err::<String, _>(ApiError::Method(&self.allow)) };
        let resource = web::resource(&self.path).default_service(web::to(unknown));
        let routes = self.routes.iter().cloned();
        routes.fold(resource, |resource, (method, route)| resource.route(route.at(method)))
    }
}

/// Paths, in the order in which a request is compared with them.
pub(super) struct Places(Vec<Place>);

impl Places {
    /// Groups routes by path.
    pub(super) fn of(routes: impl IntoIterator<Item = Route>) -> Self {
        let mut places = Self(Vec::new());
        for route in routes {
            for (method, path) in route.answers_to() {
                places.at(path).add(method, route);
            }
        }
        places
    }

    /// The place with this path. It is created if it does not exist.
    fn at(&mut self, path: String) -> &mut Place {
        let known = self.0.iter().position(|place| place.path == path);
        let index = known.unwrap_or_else(|| {
            self.0.push(Place::new(path));
            self.0.len() - 1
        });
        &mut self.0[index]
    }

    /// Registers each path with actix.
    pub(super) fn register(&'static self, config: &mut ServiceConfig) {
        for place in &self.0 {
            config.service(place.resource());
        }
    }

    /// Whether `path` is one of the paths. It compares patterns as text, so it works only for paths
    /// without parameters.
    pub(super) fn has(&self, path: &str) -> bool {
        self.0.iter().any(|place| place.path == path)
    }

    /// The OpenAPI documents of all routes.
    pub(super) fn documents(&self) -> impl Iterator<Item = OpenApi> {
        self.0.iter().flat_map(|place| &place.routes).map(|(_, route)| route.document())
    }
}

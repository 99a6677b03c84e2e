//! A route: a handler and its OpenAPI document.

use actix_web::http::Method;
use actix_web::middleware::from_fn;
use utoipa::openapi::OpenApi;

use super::deadline;
use super::openapi::operations;

/// A handler, and the OpenAPI document of its `#[utoipa::path]`, which gives the method and the
/// path. Use [`route!`] to create it.
#[derive(Clone, Copy)]
pub(super) struct Route {
    document: fn() -> OpenApi,
    answer: fn() -> actix_web::Route,
    is_soon: bool,
}

/// Creates the [`Route`] of a handler: `route!(sign::presign)`. It compiles only if the handler has
/// a `#[utoipa::path]`.
macro_rules! route {
    ($room:ident::$handler:ident) => {{
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($room::$handler))]
        struct Document;
        Route::new(<Document as utoipa::OpenApi>::openapi, || actix_web::web::to($room::$handler))
    }};
}
pub(super) use route;

impl Route {
    /// Combines the one handler that `answer` registers with its `document`: see [`route!`].
    pub(super) const fn new(document: fn() -> OpenApi, answer: fn() -> actix_web::Route) -> Self {
        Self { document, answer, is_soon: false }
    }

    /// This route with a deadline: it answers within moments, even if the database does not.
    pub(super) const fn soon(self) -> Self {
        Self { is_soon: true, ..self }
    }

    /// The OpenAPI document of this route.
    pub(super) fn document(self) -> OpenApi {
        (self.document)()
    }

    /// The methods and paths of the handler. Most handlers have one.
    pub(super) fn answers_to(self) -> Vec<(Method, String)> {
        let paths = self.document().paths.paths.into_iter();
        paths
            .flat_map(|(path, mut item)| {
                let methods: Vec<Method> =
                    operations(&mut item).map(|(method, _)| method).collect();
                methods.into_iter().map(move |method| (method, path.clone()))
            })
            .collect()
    }

    /// The actix route for this method.
    pub(super) fn at(self, method: Method) -> actix_web::Route {
        let answer = (self.answer)().method(method);
        if self.is_soon { answer.wrap(from_fn(deadline::middleware)) } else { answer }
    }
}

//! One route: the handler that answers, and what the contract says of it.

use actix_web::http::Method;
use actix_web::middleware::from_fn;
use utoipa::openapi::OpenApi;

use super::deadline;
use super::openapi::operations;

/// A handler, and the OpenAPI document of its `#[utoipa::path]`, which names method and path.
/// [`route!`] makes it.
#[derive(Clone, Copy)]
pub(super) struct Route {
    document: fn() -> OpenApi,
    answer: fn() -> actix_web::Route,
    is_soon: bool,
}

/// The [`Route`] of a handler: `route!(sign::presign)`. It compiles only where the handler has a
/// `#[utoipa::path]`.
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
    /// `document` describes the one handler that `answer` registers: see [`route!`].
    pub(super) const fn new(document: fn() -> OpenApi, answer: fn() -> actix_web::Route) -> Self {
        Self { document, answer, is_soon: false }
    }

    /// The same route with a deadline: it answers within moments, whatever the database does.
    pub(super) const fn soon(self) -> Self {
        Self { is_soon: true, ..self }
    }

    /// What the contract says of this route.
    pub(super) fn document(self) -> OpenApi {
        (self.document)()
    }

    /// The methods and paths that the handler answers to. Most have one.
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

    /// What actix calls for requests with this method.
    pub(super) fn at(self, method: Method) -> actix_web::Route {
        let answer = (self.answer)().method(method);
        if self.is_soon { answer.wrap(from_fn(deadline::middleware)) } else { answer }
    }
}

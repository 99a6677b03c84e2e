//! The console: the pages that a browser loads from `/console/`, and the headers that hold them in.
//!
//! The room serves files and one JSON document. What the pages do, they do by the public API and the gateway, as
//! every client does: nothing here decides, and nothing here knows who asks.

mod answer;
mod document;
#[cfg(feature = "console")]
mod embedded;
mod error;
mod files;
mod policy;

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::web::{self, Data, ServiceConfig};

use crate::authn::Issuers;
use crate::config::{ConsoleConfig, DemoSignIn};
use crate::domain::{GatewayAddress, WebOrigin};
pub use error::ConsoleError;
use files::Files;

/// The path of the console, which every one of its paths begins with.
const BASE: &str = "/console";

/// What the console is made of.
#[derive(Debug)]
pub struct Console {
    /// The built pages; `None` if the program has none in it and was given none.
    files: Option<Files>,
    gateway: Option<GatewayAddress>,
    demo: Option<DemoSignIn>,
    issuers: Arc<Issuers>,
}

impl Console {
    /// Reads the pages: those of the configured directory, else those in the program.
    ///
    /// # Errors
    /// [`ConsoleError`] if the directory holds no console.
    pub fn new(
        config: &ConsoleConfig,
        gateway: Option<GatewayAddress>,
        issuers: Arc<Issuers>,
    ) -> Result<Self, ConsoleError> {
        let files = match &config.directory {
            Some(directory) => Some(Files::read(directory)?),
            None => built_in()?,
        };
        Ok(Self { files, gateway, demo: config.demo.clone(), issuers })
    }

    /// Registers the console's paths with actix.
    pub(crate) fn register(console: &Data<Self>, config: &mut ServiceConfig) {
        let get = |path: &str| web::resource(path).default_service(web::to(answer::wrong_method));
        config.service(
            web::scope(BASE)
                .app_data(console.clone())
                .service(get("").route(answer::read().to(answer::slash)))
                .service(get("/config.json").route(answer::read().to(answer::document)))
                .service(get("/assets/{file:.*}").route(answer::read().to(answer::asset)))
                .service(get("/{page:.*}").route(answer::read().to(answer::page))),
        );
    }

    /// Where the pages send requests, beside the server itself: to the gateway, and to the auth services whose
    /// clients they are.
    fn reaches(&self) -> Vec<WebOrigin> {
        let gateway = self.gateway.iter().map(|gateway| gateway.endpoint.clone());
        let rows = self.issuers.rows();
        let issuers = rows.iter().map(|row| row.issuer.settings());
        let issuers = issuers.filter(|its| its.client_id.is_some() && its.sign_in_url.is_none());
        let urls = gateway.chain(issuers.map(|its| its.issuer.clone()));
        let origins: BTreeSet<_> = urls.filter_map(|url| origin_of(&url)).collect();
        origins.into_iter().collect()
    }
}

/// Whether a path is the console's.
pub(crate) fn is_console(path: &str) -> bool {
    path.strip_prefix(BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(feature = "console")]
fn built_in() -> Result<Option<Files>, ConsoleError> {
    embedded::files()
}

#[cfg(not(feature = "console"))]
#[expect(clippy::unnecessary_wraps, reason = "with the feature it can fail")]
const fn built_in() -> Result<Option<Files>, ConsoleError> {
    Ok(None)
}

fn origin_of(url: &str) -> Option<WebOrigin> {
    let origin = reqwest::Url::parse(url).ok()?.origin();
    WebOrigin::parse(&origin.ascii_serialization()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_console_is_a_path_and_what_is_below_it() {
        for (path, is) in [
            ("/console", true),
            ("/console/", true),
            ("/console/b/photos", true),
            ("/consoles", false),
            ("/v1/console", false),
        ] {
            assert_eq!(is_console(path), is, "{path}");
        }
    }

    #[test]
    fn an_origin_is_an_url_without_its_path() {
        let of = |url| origin_of(url).map(|origin| origin.to_string());
        assert_eq!(of("https://s3.example.com:443/x").as_deref(), Some("https://s3.example.com"));
        assert_eq!(of("http://127.0.0.1:9000/x").as_deref(), Some("http://127.0.0.1:9000"));
        assert_eq!(of("unix:/run/x"), None);
    }
}

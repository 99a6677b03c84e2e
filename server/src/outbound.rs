//! Outbound connections: how the server reaches the auth service and the storages.
//!
//! The server ignores the environment's proxy (`HTTP_PROXY` and similar variables). A proxy can
//! answer in place of the auth service, and so create users, or in place of a storage. Therefore
//! only the server's own settings can name one.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, NoProxy, Proxy, Url};
use rustls::pki_types::CertificateDer;

/// The loopback addresses. No proxy is used for them.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// How the server connects to other services: directly, or through a configured proxy.
#[derive(Clone, Default)]
pub struct Outbound {
    proxy: Option<NamedProxy>,
    /// Root certificates for the storages, in addition to the system's.
    storage_roots: Vec<CertificateDer<'static>>,
}

/// A proxy that was named, for the two who ask it.
#[derive(Clone)]
struct NamedProxy {
    /// For the auth service.
    proxy: Proxy,
    /// For the storages.
    matcher: Arc<Matcher>,
}

impl Outbound {
    /// Connects directly.
    pub fn direct() -> Self {
        Self::default()
    }

    /// Connects through the HTTP proxy at `url`, except to this machine.
    ///
    /// # Errors
    /// `url` is not the URL of an HTTP proxy, `http://HOST:PORT` or `https://HOST:PORT`.
    pub fn through(url: &str) -> Result<Self, String> {
        let wrong = || "a proxy is http://HOST:PORT or https://HOST:PORT".to_owned();
        let url = Url::parse(url).map_err(|_| wrong())?;
        if !matches!(url.scheme(), "http" | "https") || !matches!(url.path(), "" | "/") {
            return Err(wrong());
        }
        let matcher = Matcher::builder().all(url.as_str()).no(LOOPBACK).build().into();
        let proxy = Proxy::all(url).map_err(|_| wrong())?;
        let proxy = proxy.no_proxy(NoProxy::from_string(LOOPBACK));
        Ok(Self { proxy: Some(NamedProxy { proxy, matcher }), ..Self::default() })
    }

    /// Adds `roots` to the root certificates that a storage may be verified with.
    #[must_use]
    pub fn trusting(self, roots: Vec<CertificateDer<'static>>) -> Self {
        Self { storage_roots: roots, ..self }
    }

    /// Root certificates for the storages, in addition to the system's.
    pub(crate) fn storage_roots(&self) -> &[CertificateDer<'static>] {
        &self.storage_roots
    }

    /// The proxy before a storage, if there is one.
    pub(crate) fn proxy_before(&self, storage: &Uri) -> Option<Intercept> {
        self.proxy.as_ref()?.matcher.intercept(storage)
    }

    /// A builder of a client. The client follows no redirects.
    pub(crate) fn client(&self) -> ClientBuilder {
        let client = Client::builder().no_proxy().redirect(Policy::none());
        match &self.proxy {
            Some(named) => client.proxy(named.proxy.clone()),
            None => client,
        }
    }
}

/// A builder of a client for a person at a terminal. As the client crate does, it uses the proxy that the
/// environment names, except to this machine (`is_here`). It follows no redirects.
pub(crate) fn client_of_a_person(is_here: bool) -> ClientBuilder {
    let client = Client::builder().redirect(Policy::none());
    if is_here { client.no_proxy() } else { client }
}

/// A blocking client without a proxy. It sends spans to a collector nearby.
///
/// # Errors
/// The system's certificates cannot be read.
#[cfg(feature = "otel")]
pub(crate) fn waiting_client() -> reqwest::Result<reqwest::blocking::Client> {
    reqwest::blocking::Client::builder().no_proxy().redirect(Policy::none()).build()
}

/// Prints whether there is a proxy, not its URL: the URL may hold a password.
impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.proxy.is_some() { "Outbound(proxy)" } else { "Outbound(direct)" })
    }
}

/// The innermost cause of an error, as text, without the URL.
pub(crate) fn cause(error: reqwest::Error) -> String {
    root_cause(&error.without_url())
}

/// What went wrong at the bottom of an error.
pub(crate) fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut bottom = error;
    while let Some(error) = bottom.source() {
        bottom = error;
    }
    bottom.to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_proxy_is_an_http_url_and_is_not_printed() {
        let proxy = Outbound::through("http://ada:secret@proxy.example:3128").unwrap();
        assert_eq!(format!("{proxy:?}"), "Outbound(proxy)");
        for url in ["", "proxy:3128", "socks5://proxy:1080", "http://", "http://proxy/path"] {
            assert!(Outbound::through(url).is_err(), "{url}");
        }
    }

    /// A client that another module builds would read the environment's proxy.
    #[test]
    fn no_other_part_of_the_server_makes_a_client() {
        let mut makers = Vec::new();
        let mut rooms = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(room) = rooms.pop() {
            for entry in std::fs::read_dir(&room).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    rooms.push(path);
                } else {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let makes = |call: &str| text.contains(&["Client", "::", call].concat());
                    if makes("new()") || makes("builder()") || makes("default()") {
                        makers.push(path.file_name().unwrap().to_owned());
                    }
                }
            }
        }
        assert_eq!(makers, ["outbound.rs"]);
    }
}

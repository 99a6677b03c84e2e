//! `/console/config.json`: what the pages must know before anybody has signed in.

use serde::Serialize;

use super::Console;

/// The document.
#[derive(Debug, Serialize)]
pub(super) struct Document<'c> {
    /// The release of the server.
    version: &'static str,
    /// Where the API is: below the console's own origin.
    api: &'static str,
    /// Where the S3 gateway is; `null` if the server knows of none.
    gateway: Option<Gateway<'c>>,
    /// The auth services whose tokens are believed.
    issuers: Vec<AuthService>,
    /// How the users of `dev` sign in; `null` elsewhere.
    demo: Option<Demo<'c>>,
}

#[derive(Debug, Serialize)]
struct Gateway<'c> {
    endpoint: &'c str,
    region: &'c str,
}

#[derive(Debug, Serialize)]
struct AuthService {
    alias: String,
    issuer: String,
    display_name: Option<String>,
    /// The public client that signs users in by OpenID Connect.
    client_id: Option<String>,
    /// Whom tokens are for, where the auth service asks.
    audience: Option<String>,
    /// The page that leads back with a token.
    sign_in_url: Option<String>,
}

#[derive(Debug, Serialize)]
struct Demo<'c> {
    project: &'static str,
    users: &'static [&'static str],
    /// With it each of them signs in by `POST /auth/login`.
    password: &'c str,
}

impl<'c> Document<'c> {
    /// The document of a console.
    pub(super) fn of(console: &'c Console) -> Self {
        let issuers = console.issuers.rows().into_iter().map(|row| {
            let settings = row.issuer.settings();
            AuthService {
                alias: settings.alias.clone().unwrap_or_default(),
                issuer: settings.issuer.clone(),
                display_name: settings.display_name.clone(),
                client_id: settings.client_id.clone(),
                audience: settings.audiences.first().cloned(),
                sign_in_url: settings.sign_in_url.clone(),
            }
        });
        Self {
            version: env!("CARGO_PKG_VERSION"),
            api: "",
            gateway: console
                .gateway
                .as_ref()
                .map(|gateway| Gateway { endpoint: &gateway.endpoint, region: &gateway.region }),
            issuers: issuers.collect(),
            demo: console.demo.as_ref().map(|demo| Demo {
                project: demo.project,
                users: demo.users,
                password: demo.password.expose(),
            }),
        }
    }
}

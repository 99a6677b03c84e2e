//! Where the users of an issuer sign in that is no OpenID provider.

use sail_cargo_protocol::IssuerSettings;
use url::Url;

use super::text::demand_text;
use crate::flaw::{Field, Flaw};

const FIELD: &str = "sign_in_url";

/// Checks the page where users sign in, if the settings name one. Who could replace it on its way could read
/// passwords.
pub(super) fn demand(settings: &IssuerSettings) -> Result<(), Flaw> {
    let Some(text) = &settings.sign_in_url else { return Ok(()) };
    demand_text(FIELD, text)?;
    let flaw = |rule: &'static str| Flaw::new(Field::Issuer(FIELD), rule);
    let url = Url::parse(text).map_err(|_| flaw("no URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(flaw("holds no user name and no password"));
    }
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_here => Ok(()),
        _ => Err(flaw("users sign in over https, or over http on this machine only")),
    }
}

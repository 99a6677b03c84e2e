//! Where an issuer publishes its keys, and how they are fetched.

use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;

use crate::domain::Issuer;
use crate::domain::issuer::KeyPlace;
use crate::domain::limits;
use crate::outbound::cause;
use crate::service::{PublicKey, Service};

/// The place where the keys of one issuer are published.
#[derive(Debug, Clone)]
pub(super) enum KeySource {
    /// Where an issuer says that they are.
    Published {
        /// The place.
        place: KeyPlace,
        /// The issuer.
        issuer: String,
    },
    /// The signing keys of the server's own accounts, in its database.
    Accounts(Service),
}

/// What is read of a document of discovery (OpenID Connect Discovery §3).
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl KeySource {
    pub(super) fn of(issuer: &Issuer) -> Self {
        Self::Published { place: issuer.keys().clone(), issuer: issuer.name().to_owned() }
    }

    /// Fetches the published document.
    ///
    /// # Errors
    /// The file cannot be read; a service does not answer with a text of at most 256 KiB; the document of
    /// discovery is another issuer's, or names no place for keys.
    pub(super) async fn fetch(&self, http: &Client) -> Result<String, String> {
        match self {
            Self::Published { place, issuer } => published(place, issuer, http).await,
            Self::Accounts(service) => {
                let keys = service.signing_keys().await.map_err(|error| error.to_string())?;
                Ok(key_document(&keys).to_string())
            }
        }
    }
}

async fn published(place: &KeyPlace, issuer: &str, http: &Client) -> Result<String, String> {
    match place {
        KeyPlace::File(path) => {
            tokio::fs::read_to_string(path).await.map_err(|error| error.to_string())
        }
        KeyPlace::Url(url) => download(http, url.clone()).await,
        KeyPlace::Discovered(document) => {
            let found = download(http, document.clone()).await?;
            download(http, jwks_uri(issuer, document, &found)?).await
        }
    }
}

/// The place that the document `found` names. The document must be this issuer's, byte for byte (§4.3): else
/// the keys of another issuer would verify this one's tokens.
fn jwks_uri(issuer: &str, document: &Url, found: &str) -> Result<Url, String> {
    let found: Discovery = serde_json::from_str(found).map_err(|_| {
        "the document of discovery does not name `issuer` and `jwks_uri`".to_owned()
    })?;
    if found.issuer != issuer {
        return Err("the document of discovery is of another issuer".to_owned());
    }
    KeyPlace::named_by(document, &found.jwks_uri)
        .map_err(|rule| format!("the `jwks_uri` in the document of discovery is refused: {rule}"))
}

/// The JWK Set (RFC 7517 §5) of the server's own signing keys.
pub fn key_document(keys: &[PublicKey]) -> serde_json::Value {
    let member = |key: &PublicKey| {
        serde_json::json!({
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": key.dates.kid,
            "n": key.modulus,
            "e": key.exponent,
        })
    };
    serde_json::json!({ "keys": keys.iter().map(member).collect::<Vec<_>>() })
}

/// Fetches a document. The client follows no redirects.
async fn download(http: &Client, url: Url) -> Result<String, String> {
    let mut response = http.get(url).send().await.map_err(cause)?;
    if response.status() != StatusCode::OK {
        return Err(format!("the auth service answered {}", response.status()));
    }
    let mut document = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(cause)? {
        if document.len() + chunk.len() > limits::MAX_KEY_DOCUMENT {
            return Err("the auth service answered more than 256 KiB".to_owned());
        }
        document.extend_from_slice(&chunk);
    }
    String::from_utf8(document).map_err(|_| "the auth service's answer is not text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::IssuerSettings;

    #[test]
    fn a_document_of_discovery_is_the_issuers_own_byte_for_byte() {
        let issuer = Issuer::parse(IssuerSettings {
            alias: Some("okta".to_owned()),
            issuer: "https://auth.example".to_owned(),
            any_audience: true,
            project_from_header: true,
            ..IssuerSettings::default()
        });
        let named = issuer.unwrap();
        let document = Url::parse("https://auth.example/.well-known/openid-configuration").unwrap();
        let read = |issuer: &str, keys: &str| {
            let found = serde_json::json!({ "issuer": issuer, "jwks_uri": keys, "more": 1 });
            jwks_uri(named.name(), &document, &found.to_string()).map(String::from)
        };
        let keys = "https://keys.example/jwks".to_owned();
        assert_eq!(read("https://auth.example", &keys), Ok(keys.clone()));
        for other in ["https://auth.example/", "https://AUTH.example", "https://evil.example", ""] {
            assert!(read(other, &keys).unwrap_err().contains("another issuer"), "{other}");
        }
        for place in ["http://keys.example", "http://127.0.0.1/jwks", "file:/keys", "keys"] {
            let refused = read("https://auth.example", place).unwrap_err();
            assert!(refused.contains("`jwks_uri`"), "{place}: {refused}");
        }
        for found in ["", "[]", "{}", r#"{"issuer":"https://auth.example"}"#] {
            assert!(jwks_uri(named.name(), &document, found).is_err(), "{found}");
        }
    }
}

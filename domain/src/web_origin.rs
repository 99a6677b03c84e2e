//! Origins of web pages, as browsers send them.

use std::fmt;

use super::invalid_name::InvalidName;
use super::s3::normalised_host;

/// Scheme, host and port (RFC 6454 §6.2): `https://app.example.com`, `http://localhost:3000`. Has
/// the form in which browsers send it: lower case, without the scheme's default port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebOrigin(String);

impl WebOrigin {
    /// Reads an origin as an operator writes it.
    ///
    /// # Errors
    /// [`InvalidName`] if the text is not exactly one origin of a web page: `*`, `null` and URLs
    /// with a path are not.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if text.contains('*') {
            return Err(InvalidName::new("origins are named one by one: there is no wildcard"));
        }
        let (scheme, authority) = text.split_once("://").ok_or(RULE)?;
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(scheme.as_str(), "http" | "https") {
            return Err(RULE);
        }
        let host = normalised_host(authority, scheme == "https").ok_or(RULE)?;
        Ok(Self(format!("{scheme}://{host}")))
    }

    /// The origin as browsers send it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const RULE: InvalidName = InvalidName::new(
    "an origin is http or https, `://`, a host and maybe a port, as `https://app.example.com`: no \
     path, not even `/`, and not `null`",
);

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_send() {
        for (text, sent) in [
            ("https://app.example.com", "https://app.example.com"),
            ("HTTPS://App.Example.com:443", "https://app.example.com"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:80", "http://[::1]"),
            ("http://my_app:8080", "http://my_app:8080"),
        ] {
            assert_eq!(WebOrigin::parse(text).unwrap().as_str(), sent, "{text}");
        }
        for text in [
            "",
            "*",
            "https://*",
            "https://*.example.com",
            "null",
            "app.example.com",
            "//app.example.com",
            "https://",
            "https://app.example.com/",
            "https://app.example.com/x",
            "https://app.example.com?x",
            "https://app.example.com#x",
            "https://me@app.example.com",
            "https://a.example,https://b.example",
            "https://a.example https://b.example",
            "https://bücher.example",
            "https://app.example.com:0",
            "file://x",
            "ftp://app.example.com",
            "javascript:alert(1)",
        ] {
            assert!(WebOrigin::parse(text).is_err(), "{text}");
        }
    }
}

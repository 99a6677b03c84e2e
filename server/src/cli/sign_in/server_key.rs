//! The name under which the sign-in at a server is kept.

use sail_cargo_client::{Client, Error};

/// The server's URL in normalised form, so that a sign-in is found by every spelling of the URL.
///
/// # Errors
/// The client's error for a URL that it does not accept.
pub(in crate::cli) fn server_key(url: &str) -> Result<String, Error> {
    let client = Client::builder(url).build()?;
    // The client has one placeholder for all sockets.
    Ok(if url.starts_with("unix:") { url.to_owned() } else { client.url().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_one_key_however_its_url_is_written() {
        for (url, key) in [
            ("https://cargo.example", "https://cargo.example"),
            ("HTTPS://Cargo.Example:443/", "https://cargo.example"),
            ("http://127.0.0.1:8080//", "http://127.0.0.1:8080"),
            ("https://a.example/cargo/", "https://a.example/cargo"),
            ("unix:/run/a.sock", "unix:/run/a.sock"),
        ] {
            assert_eq!(server_key(url).unwrap(), key, "{url}");
        }
        assert!(server_key("cargo.example").is_err());
    }
}

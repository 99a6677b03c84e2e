//! Normalises the host and port of a URL (RFC 3986 §3.2.2) for comparison and signing.

use crate::limits;
use std::net::Ipv6Addr;

/// The part of an authority that is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    Host,
    Port,
}

/// Lower-cases the host, writes an IPv6 address in its canonical form (RFC 5952), and drops the
/// scheme's default port. A final dot of a name stays, because it makes a different `Host` header.
///
/// # Errors
/// [`Flaw`] if the host is neither a name nor an address, or the port is not a valid number.
pub(super) fn normalise(authority: &str, https: bool) -> Result<String, Flaw> {
    let lower = authority.to_ascii_lowercase();
    let (host, port) = split(&lower);
    let host = host.strip_prefix('[').map_or_else(|| name(host), address)?;
    match port {
        None => Ok(host),
        Some(port) if !is_port(port) => Err(Flaw::Port),
        Some(port) if port == default_port(https) => Ok(host),
        Some(port) => Ok(format!("{host}:{port}")),
    }
}

/// The normalised authority; `None` if it is invalid.
pub(crate) fn normalised_host(authority: &str, https: bool) -> Option<String> {
    normalise(authority, https).ok()
}

/// Splits off the port, if there is one. Colons within brackets belong to the address.
pub(super) fn split(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// The default port of the scheme.
pub(super) const fn default_port(https: bool) -> &'static str {
    if https { "443" } else { "80" }
}

/// Checks a name or an IPv4 address. `_` is allowed: container host names have it, although DNS
/// names of hosts do not.
fn name(host: &str) -> Result<String, Flaw> {
    let labels = host.strip_suffix('.').unwrap_or(host);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(plain);
    if host.len() <= limits::MAX_HOST && labels.split('.').all(is_label) {
        Ok(host.to_owned())
    } else {
        Err(Flaw::Host)
    }
}

/// Reads an IPv6 address after its opening bracket. Zones are refused: they are local to a machine.
fn address(rest: &str) -> Result<String, Flaw> {
    let address = rest.strip_suffix(']').and_then(|text| text.parse::<Ipv6Addr>().ok());
    address.map(|address| format!("[{address}]")).ok_or(Flaw::Host)
}

fn is_port(text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    digits && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_one_form() {
        for (https, authority, expected) in [
            (false, "S3_Server:9000", Ok("s3_server:9000")),
            (false, "s3.local:80", Ok("s3.local")),
            (true, "s3.local:80", Ok("s3.local:80")),
            (true, "s3.example.com.:443", Ok("s3.example.com.")),
            (false, "192.0.2.1:9000", Ok("192.0.2.1:9000")),
            (false, "[::1]:80", Ok("[::1]")),
            (false, "[0:0::0001]:9000", Ok("[::1]:9000")),
            (true, "[2001:DB8::1]", Ok("[2001:db8::1]")),
            (false, "", Err(Flaw::Host)),
            (false, ".", Err(Flaw::Host)),
            (false, "a..b", Err(Flaw::Host)),
            (false, "s3.local..", Err(Flaw::Host)),
            (false, ":9000", Err(Flaw::Host)),
            (false, "a b", Err(Flaw::Host)),
            (false, "bücher", Err(Flaw::Host)),
            (false, "s3%2elocal", Err(Flaw::Host)),
            (false, "s3.local:9000:80", Err(Flaw::Host)),
            (false, "::1", Err(Flaw::Host)),
            (false, "[::1", Err(Flaw::Host)),
            (false, "[::1]x", Err(Flaw::Host)),
            (false, "[fe80::1%25eth0]", Err(Flaw::Host)),
            (false, "[127.0.0.1]", Err(Flaw::Host)),
            (false, "a.[::1]", Err(Flaw::Host)),
            (false, "s3.local:", Err(Flaw::Port)),
            (false, "s3.local:0", Err(Flaw::Port)),
            (false, "s3.local:09000", Err(Flaw::Port)),
            (false, "s3.local:65536", Err(Flaw::Port)),
            (false, "s3.local:+80", Err(Flaw::Port)),
        ] {
            assert_eq!(normalise(authority, https), expected.map(str::to_owned), "{authority}");
        }
    }
}

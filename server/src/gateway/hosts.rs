//! Which host a request is for (G5).

use crate::domain::s3::{AddressingStyle, Endpoint};

/// The hosts of the gateway.
#[derive(Debug, Clone)]
pub(super) struct Hosts {
    /// Hosts below which a bucket may be a label of the host, the longest first.
    named: Vec<String>,
    is_strict: bool,
}

impl Hosts {
    /// `named` in lower case, the longest first, with a port where only that one counts.
    pub(super) fn new(named: Vec<String>, is_strict: bool) -> Self {
        Self { named, is_strict }
    }

    /// The endpoint by which a request for `host` (the value of `Host`) is read: a named host takes
    /// buckets as labels before it, any other host takes them in the path. `None` for a value that is no
    /// host, and for a host that is not named where only named ones are taken.
    pub(super) fn endpoint(&self, host: &str) -> Option<Endpoint> {
        if let Some(named) = self.named(host) {
            let url = format!("http://{named}");
            let style = |style| Endpoint::parse(&url, style).ok();
            return style(AddressingStyle::VirtualHosted).or_else(|| style(AddressingStyle::Path));
        }
        let other = Endpoint::parse(&format!("http://{host}"), AddressingStyle::Path).ok();
        other.filter(|_| !self.is_strict)
    }

    /// The part of `host` that is named, with the port of `host`.
    fn named(&self, host: &str) -> Option<String> {
        let host = host.to_ascii_lowercase();
        let (name, port) = split_port(&host);
        self.named.iter().find_map(|named| {
            let (suffix, wanted) = split_port(named);
            let is_same_port = wanted.is_empty() || wanted == port;
            let is_below = name.strip_suffix(suffix).is_some_and(|label| label.ends_with('.'));
            (is_same_port && (name == suffix || is_below)).then(|| format!("{suffix}{port}"))
        })
    }
}

/// A host without its port, and the port with its colon; empty where there is none.
fn split_port(host: &str) -> (&str, &str) {
    let colon = host.rfind(':').filter(|colon| !host[*colon..].contains(']'));
    host.split_at(colon.unwrap_or(host.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(hosts: &Hosts, host: &str) -> Option<(String, bool)> {
        let endpoint = hosts.endpoint(host)?;
        Some((endpoint.url(), endpoint.style() == AddressingStyle::VirtualHosted))
    }

    #[test]
    fn g5_a_bucket_is_a_label_below_a_named_host_only() {
        let named = ["eu.s3.example.com", "s3.example.com", "local.example:9000"];
        let hosts = Hosts::new(named.map(str::to_owned).to_vec(), false);
        let hosted = |url: &str| Some((url.to_owned(), true));
        let in_path = |url: &str| Some((url.to_owned(), false));
        for (host, expected) in [
            ("s3.example.com", hosted("http://s3.example.com")),
            ("Photos.S3.example.com", hosted("http://s3.example.com")),
            ("photos.s3.example.com:8443", hosted("http://s3.example.com:8443")),
            ("photos.eu.s3.example.com", hosted("http://eu.s3.example.com")),
            ("photos.local.example:9000", hosted("http://local.example:9000")),
            ("photos.local.example:9001", in_path("http://photos.local.example:9001")),
            ("evils3.example.com", in_path("http://evils3.example.com")),
            ("127.0.0.1:9000", in_path("http://127.0.0.1:9000")),
            ("[::1]:9000", in_path("http://[::1]:9000")),
            ("", None),
            ("a b", None),
            ("host/path", None),
        ] {
            assert_eq!(endpoint(&hosts, host), expected, "{host}");
        }
    }

    #[test]
    fn g5_strict_hosts_refuse_all_others() {
        let hosts = Hosts::new(vec!["localhost".to_owned()], true);
        assert!(endpoint(&hosts, "localhost:9000").is_some());
        assert!(endpoint(&hosts, "photos.localhost:9000").is_some());
        assert_eq!(endpoint(&hosts, "evil.example"), None);
    }
}

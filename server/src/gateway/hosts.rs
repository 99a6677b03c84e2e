//! Which host a request is for (G5), and whose public objects are read there (G10).

use crate::config::{PublicHosts, split_port};
use crate::domain::s3::{AddressingStyle, Endpoint};

/// The hosts of the gateway.
#[derive(Debug, Clone)]
pub(super) struct Hosts {
    /// The longest first.
    named: Vec<Named>,
    /// The project whose public objects are read on hosts that take buckets as labels.
    public_project: Option<String>,
    is_strict: bool,
}

/// A host that the operator named, in lower case, with a port where only that one counts.
#[derive(Debug, Clone)]
struct Named {
    host: String,
    labels: Labels,
}

/// What is a label before a named host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Labels {
    Buckets,
    Projects,
}

/// A host that a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Addressed {
    /// By which the request is read.
    pub(super) endpoint: Endpoint,
    /// The project, by slug or id, of those who bring no credentials. `None`: they are refused.
    pub(super) public: Option<String>,
    /// Whether the host is that project's alone.
    pub(super) is_own: bool,
}

impl Hosts {
    /// `hosts` take buckets as labels, `public.suffixes` take projects.
    pub(super) fn new(hosts: &[String], public: &PublicHosts, is_strict: bool) -> Self {
        let named = |labels| move |host: &String| Named { host: host.clone(), labels };
        let buckets = hosts.iter().map(named(Labels::Buckets));
        let projects = public.suffixes.iter().map(named(Labels::Projects));
        let mut named: Vec<Named> = buckets.chain(projects).collect();
        named.sort_by_key(|named| std::cmp::Reverse(split_port(&named.host).0.len()));
        Self { named, public_project: public.project.clone(), is_strict }
    }

    /// How a request for `host` (the value of `Host`) is read. A named host takes buckets or projects as
    /// labels before it, any other host takes buckets in the path. `None` for a value that is no host,
    /// and for a host that is not named where only named ones are taken.
    pub(super) fn addressed(&self, host: &str) -> Option<Addressed> {
        let Some((named, labels)) = self.named(host) else {
            let endpoint = in_path(host).filter(|_| !self.is_strict)?;
            return Some(Addressed { endpoint, public: None, is_own: false });
        };
        if named.labels == Labels::Projects {
            let public = labels.filter(|label| !label.contains('.'));
            let is_own = public.is_some();
            return Some(Addressed { endpoint: in_path(host)?, public, is_own });
        }
        let name = host.to_ascii_lowercase();
        let suffix = split_port(&named.host).0;
        let url = format!("http://{suffix}{}", split_port(&name).1);
        let style = |style| Endpoint::parse(&url, style).ok();
        let hosted = style(AddressingStyle::VirtualHosted);
        let endpoint = hosted.or_else(|| style(AddressingStyle::Path))?;
        Some(Addressed { endpoint, public: self.public_project.clone(), is_own: false })
    }

    /// The named host that `host` is, or is below, and the labels before it.
    fn named(&self, host: &str) -> Option<(&Named, Option<String>)> {
        let host = host.to_ascii_lowercase();
        let (name, port) = split_port(&host);
        self.named.iter().find_map(|named| {
            let (suffix, wanted) = split_port(&named.host);
            let before = name.strip_suffix(suffix)?;
            let labels = before.strip_suffix('.').filter(|labels| !labels.is_empty());
            let is_same_port = wanted.is_empty() || wanted == port;
            let is_there = before.is_empty() || labels.is_some();
            (is_same_port && is_there).then(|| (named, labels.map(ToOwned::to_owned)))
        })
    }
}

/// A host that takes buckets in the path.
fn in_path(host: &str) -> Option<Endpoint> {
    Endpoint::parse(&format!("http://{host}"), AddressingStyle::Path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(hosts: &[&str], public: &[&str], project: Option<&str>, is_strict: bool) -> Hosts {
        let owned = |hosts: &[&str]| hosts.iter().map(|host| (*host).to_owned()).collect();
        let project = project.map(str::to_owned);
        let public = PublicHosts { suffixes: owned(public), project };
        Hosts::new(&owned(hosts), &public, is_strict)
    }

    fn endpoint(hosts: &Hosts, host: &str) -> Option<(String, bool)> {
        let endpoint = hosts.addressed(host)?.endpoint;
        Some((endpoint.url(), endpoint.style() == AddressingStyle::VirtualHosted))
    }

    #[test]
    fn g5_a_bucket_is_a_label_below_a_named_host_only() {
        let named = ["s3.example.com", "eu.s3.example.com", "local.example:9000"];
        let hosts = hosts(&named, &[], None, false);
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
        let hosts = hosts(&["localhost"], &["public.example"], None, true);
        assert!(endpoint(&hosts, "localhost:9000").is_some());
        assert!(endpoint(&hosts, "photos.localhost:9000").is_some());
        assert!(endpoint(&hosts, "sail.public.example").is_some());
        assert_eq!(endpoint(&hosts, "evil.example"), None);
    }

    #[test]
    fn g10_who_brings_no_credentials_is_of_the_project_in_the_host() {
        let suffixes = ["public.s3.example.com", "example.com"];
        let hosts = hosts(&["s3.example.com"], &suffixes, Some("shop"), false);
        let public = |host: &str| hosts.addressed(host).and_then(|addressed| addressed.public);
        for (host, project) in [
            ("sail.public.s3.example.com", Some("sail")),
            ("Sail.Public.S3.example.com:8443", Some("sail")),
            ("a.b.public.s3.example.com", None),
            ("public.s3.example.com", None),
            ("photos.s3.example.com", Some("shop")),
            ("s3.example.com", Some("shop")),
            ("sail.example.com", Some("sail")),
            ("sail.evilexample.com", None),
            ("127.0.0.1:9000", None),
        ] {
            assert_eq!(public(host).as_deref(), project, "{host}");
        }
        let (url, is_hosted) = endpoint(&hosts, "sail.public.s3.example.com").unwrap();
        assert_eq!((url.as_str(), is_hosted), ("http://sail.public.s3.example.com", false));
    }
}

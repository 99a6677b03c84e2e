//! Requests that are addressed to the storage, on their way through the gateway.

use sail_cargo_client::protocol::{
    AddressingStyle, Endpoint, GatewayAddress, SignRequest, SignResponse, Storage, StoreAccess,
};

use super::sessions::Session;
use super::signature;
use crate::RemoteSigningError;

/// The way through the gateway, for requests that the SDK addresses to the storage.
#[derive(Debug, Clone)]
pub(crate) struct Detour {
    endpoints: Vec<Endpoint>,
    pub(super) gateway: GatewayAddress,
}

impl Detour {
    /// The way to `storage`, if it leads through a gateway that Cargo names.
    pub(crate) fn of(storage: &Storage) -> Option<Self> {
        let gateway = storage.gateway.clone().filter(|_| storage.access == StoreAccess::Gateway)?;
        let endpoints = storage.endpoints.iter().map(|endpoint| Endpoint {
            url: without_default_port(&endpoint.url),
            style: endpoint.style,
        });
        Some(Self { endpoints: endpoints.collect(), gateway })
    }

    /// The URL at the gateway for a URL of the storage. `None` for a URL of another place.
    pub(crate) fn readdress(&self, url: &str) -> Option<String> {
        let in_path = self.endpoints.iter().find_map(|endpoint| below(url, &endpoint.url));
        let rest = in_path.map(|rest| ("", rest)).or_else(|| {
            let hosts = |it: &&Endpoint| it.style == AddressingStyle::VirtualHosted;
            self.endpoints.iter().filter(hosts).find_map(|endpoint| hosted(url, &endpoint.url))
        });
        let (bucket, rest) = rest?;
        let slash = if rest.starts_with('/') { "" } else { "/" };
        let gateway = self.gateway.endpoint.trim_end_matches('/');
        let bucket = if bucket.is_empty() { String::new() } else { format!("/{bucket}") };
        Some(format!("{gateway}{bucket}{slash}{rest}"))
    }

    /// Signs `ask`, which is addressed to the gateway, with a session.
    pub(crate) fn sign(
        &self,
        ask: &SignRequest,
        session: &Session,
    ) -> Result<SignResponse, RemoteSigningError> {
        signature::in_headers(ask, session, &self.gateway.region)
    }
}

/// A URL as the SDK spells it: without the port that its scheme implies.
fn without_default_port(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let port = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
    let authority = authority.strip_suffix(port).unwrap_or(authority);
    format!("{scheme}://{authority}{path}")
}

/// What follows `base` in a URL: nothing, a path or a query.
fn below<'a>(url: &'a str, base: &str) -> Option<&'a str> {
    let base = base.trim_end_matches('/');
    let (start, rest) = url.split_at_checked(base.len())?;
    let is_there =
        start.eq_ignore_ascii_case(base) && (rest.is_empty() || rest.starts_with(['/', '?']));
    is_there.then_some(rest)
}

/// The bucket that is a label before the host of `base`, and what follows in a URL.
fn hosted<'a>(url: &'a str, base: &str) -> Option<(&'a str, &'a str)> {
    let (scheme, host) = base.split_once("://")?;
    let rest = below_scheme(url, scheme)?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    // A bucket may have dots in its name: each end of it is tried.
    let mut dots = rest[..end].match_indices('.').map(|(at, _)| at).filter(|at| *at > 0);
    dots.find_map(|at| Some((&rest[..at], below(&rest[at + 1..], host)?)))
}

/// What follows the scheme.
fn below_scheme<'a>(url: &'a str, scheme: &str) -> Option<&'a str> {
    let (own, rest) = url.split_once("://")?;
    own.eq_ignore_ascii_case(scheme).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detour(endpoints: &[(&str, AddressingStyle)]) -> Detour {
        let endpoint = |(url, style): &(&str, AddressingStyle)| Endpoint {
            url: (*url).to_owned(),
            style: *style,
        };
        let gateway = GatewayAddress {
            endpoint: "https://gateway.test/".to_owned(),
            region: "us-east-1".to_owned(),
        };
        Detour { endpoints: endpoints.iter().map(endpoint).collect(), gateway }
    }

    #[test]
    fn a_url_of_the_storage_is_one_of_the_gateway_with_the_bucket_in_the_path() {
        use AddressingStyle::{Path, VirtualHosted};
        let detour = detour(&[
            ("http://s3.test:9000", Path),
            ("https://s3.example.com/", VirtualHosted),
            ("https://s3.example.com/base", Path),
        ]);
        let at = |rest: &str| Some(format!("https://gateway.test{rest}"));
        for (url, expected) in [
            (
                "http://s3.test:9000/bkt/a%20b/../c?x-id=GetObject",
                at("/bkt/a%20b/../c?x-id=GetObject"),
            ),
            ("http://s3.test:9000", at("/")),
            ("http://s3.test:9000?x-id=ListBuckets", at("/?x-id=ListBuckets")),
            ("HTTP://S3.test:9000/bkt", at("/bkt")),
            ("https://bkt.s3.example.com/a.s3.example.com/b", at("/bkt/a.s3.example.com/b")),
            ("https://my.bkt.s3.example.com/a", at("/my.bkt/a")),
            ("https://bkt.s3.example.com?list-type=2", at("/bkt/?list-type=2")),
            ("https://s3.example.com/My_Bucket/a", at("/My_Bucket/a")),
            ("https://s3.test:9000/bkt/a", None),
            ("http://s3.test:90001/bkt", None),
            ("http://s3.test:9000@evil.test/bkt", None),
            ("http://bkt.s3.test:9000/a", None),
            ("https://.s3.example.com/a", None),
            ("https://evil.test/bkt.s3.example.com/a", None),
            ("https://bkt.s3.example.com.evil.test/a", None),
            ("/bkt/a", None),
        ] {
            assert_eq!(detour.readdress(url), expected, "{url}");
        }
    }

    #[test]
    fn the_port_of_the_scheme_is_left_out() {
        for (url, expected) in [
            ("https://s3.test:443", "https://s3.test"),
            ("https://s3.test:443/base", "https://s3.test/base"),
            ("http://s3.test:80/", "http://s3.test/"),
            ("http://[::1]:443", "http://[::1]:443"),
            ("http://s3.test:8080", "http://s3.test:8080"),
        ] {
            assert_eq!(without_default_port(url), expected);
        }
    }

    #[test]
    fn there_is_no_detour_to_a_storage_that_is_reached_directly_or_through_no_known_gateway() {
        let gateway = Some(detour(&[]).gateway);
        for (access, gateway, is_there) in [
            (StoreAccess::Direct, gateway.clone(), false),
            (StoreAccess::Gateway, None, false),
            (StoreAccess::Gateway, gateway, true),
        ] {
            let (endpoints, region) = (Vec::new(), String::new());
            let storage = Storage { endpoints, region, access, gateway };
            assert_eq!(Detour::of(&storage).is_some(), is_there, "{access:?}");
        }
    }
}

//! The S3 gateway: where it listens, and which names and regions it answers to.

use std::net::SocketAddr;

use serde::Deserialize;

use super::error::ConfigError;
use super::gateway_clients::{ClientLimits, ClientSettings};
use super::gateway_host::read_host;
use super::gateway_public::{PublicHosts, PublicSettings};
use crate::domain::GatewayAddress;
use crate::domain::s3::{AddressingStyle, Endpoint};
use crate::domain::sigv4::inbound::Regions;

/// The region that clients sign for, unless the operator names another.
const REGION: &str = "us-east-1";
const HOST: &str = "SAIL_CARGO_GATEWAY_HOST";

/// The S3 gateway.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// Where it listens.
    pub address: SocketAddr,
    /// Hosts below which a bucket may be a label of the host, the longest first.
    pub hosts: Vec<String>,
    /// Where public objects are read without credentials.
    pub public: PublicHosts,
    /// Whether requests for other hosts are refused.
    pub is_strict: bool,
    /// The regions that signatures may be for.
    pub regions: Regions,
    /// Whether HTTP/2 is spoken as well.
    pub is_http2: bool,
    /// What clients may take.
    pub clients: ClientLimits,
    /// Whether a wrong signature is answered with what was hashed here: for `dev` only.
    pub echoes: bool,
}

/// The settings of it.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatewaySettings {
    /// Address and port of the S3 gateway, for programs that speak S3 with access keys of Cargo's
    /// [default: none, there is no gateway]
    #[arg(long, env = "SAIL_CARGO_GATEWAY", value_name = "ADDRESS")]
    #[serde(rename = "address")]
    pub gateway: Option<SocketAddr>,
    /// Hosts of the gateway below which a bucket may be a label of the host, such as
    /// s3.example.com for photos.s3.example.com; any other host takes the bucket in the path
    #[arg(long, env = "SAIL_CARGO_GATEWAY_HOST", value_delimiter = ',', value_name = "HOSTS")]
    #[serde(rename = "hosts")]
    pub gateway_host: Option<Vec<String>>,
    /// Refuse requests whose host is none of those that --gateway-host names [default: false]
    #[arg(long, env = "SAIL_CARGO_GATEWAY_STRICT_HOST", num_args = 0..=1, default_missing_value = "true")]
    #[serde(rename = "strict_host")]
    pub gateway_strict_host: Option<bool>,
    /// Region that clients of the gateway sign for [default: us-east-1]
    #[arg(long, env = "SAIL_CARGO_GATEWAY_REGION", value_name = "REGION")]
    #[serde(rename = "region")]
    pub gateway_region: Option<String>,
    /// Other regions that signatures may be for
    #[arg(
        long,
        env = "SAIL_CARGO_GATEWAY_REGION_ALIAS",
        value_delimiter = ',',
        value_name = "REGIONS"
    )]
    #[serde(rename = "region_aliases")]
    pub gateway_region_alias: Option<Vec<String>>,
    /// URL at which clients reach a gateway of this deployment; whoami names it, and so does the
    /// refusal to sign for a store that only the gateway may reach [default: none is named]
    #[arg(long, env = "SAIL_CARGO_GATEWAY_URL", value_name = "URL", hide_env_values = true)]
    #[serde(rename = "url")]
    pub gateway_url: Option<String>,
    /// Speak HTTP/2 as well at the gateway: with TLS by ALPN, without TLS by prior knowledge
    /// [default: false]
    #[arg(long, env = "SAIL_CARGO_GATEWAY_HTTP2", num_args = 0..=1, default_missing_value = "true")]
    #[serde(rename = "http2")]
    pub gateway_http2: Option<bool>,
    /// Where public objects are read without credentials.
    #[command(flatten)]
    pub public: PublicSettings,
    /// What clients may take.
    #[command(flatten)]
    pub clients: ClientSettings,
}

impl GatewaySettings {
    /// Fills what is open from `file`.
    pub(super) fn or(self, file: Self) -> Self {
        Self {
            gateway: self.gateway.or(file.gateway),
            gateway_host: self.gateway_host.or(file.gateway_host),
            gateway_strict_host: self.gateway_strict_host.or(file.gateway_strict_host),
            gateway_region: self.gateway_region.or(file.gateway_region),
            gateway_region_alias: self.gateway_region_alias.or(file.gateway_region_alias),
            gateway_url: self.gateway_url.or(file.gateway_url),
            gateway_http2: self.gateway_http2.or(file.gateway_http2),
            public: self.public.or(file.public),
            clients: self.clients.or(file.clients),
        }
    }

    /// What clients are told of the gateway, which another server may run. `None` without a URL.
    ///
    /// # Errors
    /// A URL with a path or without a host; a region that cannot be one.
    pub(super) fn public_address(&self) -> Result<Option<GatewayAddress>, ConfigError> {
        let Some(url) = &self.gateway_url else { return Ok(None) };
        let endpoint = Endpoint::parse(url.trim(), AddressingStyle::Path);
        let endpoint =
            endpoint.map_err(|error| ConfigError::new("SAIL_CARGO_GATEWAY_URL", error))?.url();
        Ok(Some(GatewayAddress { endpoint, region: self.own_region()? }))
    }

    fn own_region(&self) -> Result<String, ConfigError> {
        let region = self.gateway_region.as_deref().unwrap_or(REGION);
        read_region("SAIL_CARGO_GATEWAY_REGION", region)
    }

    /// Checks everything and fills in the defaults. `None` without an address.
    ///
    /// # Errors
    /// A host or a region that cannot be one; strict hosts without a host.
    pub(super) fn resolve(self) -> Result<Option<GatewayConfig>, ConfigError> {
        let Some(address) = self.gateway else { return Ok(None) };
        let own = self.own_region()?;
        let hosts = self.gateway_host.clone().unwrap_or_default();
        let mut hosts =
            hosts.iter().map(|host| read_host(HOST, host)).collect::<Result<Vec<_>, _>>()?;
        hosts.sort_by_key(|host| std::cmp::Reverse(host.len()));
        let public = self.public.resolve(&hosts)?;
        let is_strict = self.gateway_strict_host.unwrap_or_default();
        if is_strict && hosts.is_empty() {
            let what = "is set, and no host is: name one with --gateway-host";
            return Err(ConfigError::new("SAIL_CARGO_GATEWAY_STRICT_HOST", what));
        }
        let aliases = self.gateway_region_alias.unwrap_or_default();
        let aliases = aliases
            .iter()
            .map(|region| read_region("SAIL_CARGO_GATEWAY_REGION_ALIAS", region))
            .collect::<Result<_, _>>()?;
        Ok(Some(GatewayConfig {
            address,
            hosts,
            public,
            is_strict,
            regions: Regions::new(own, aliases),
            is_http2: self.gateway_http2.unwrap_or_default(),
            clients: self.clients.resolve()?,
            echoes: false,
        }))
    }
}

fn read_region(setting: &'static str, text: &str) -> Result<String, ConfigError> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let text = text.trim();
    if (1..=64).contains(&text.len()) && text.bytes().all(is_plain) {
        return Ok(text.to_owned());
    }
    Err(ConfigError::new(setting, format!("`{text}` is no region: use 1 to 64 of a-z, 0-9 and -")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> GatewaySettings {
        GatewaySettings { gateway: Some(([127, 0, 0, 1], 9000).into()), ..Default::default() }
    }

    #[test]
    fn without_an_address_there_is_no_gateway() {
        assert!(GatewaySettings::default().resolve().unwrap().is_none());
        let gateway = settings().resolve().unwrap().unwrap();
        assert!(gateway.regions.accepts("us-east-1") && !gateway.is_strict);
    }

    #[test]
    fn the_public_url_needs_no_gateway_here_and_names_its_region() {
        let url = |url: &str| Some(url.to_owned());
        let told = GatewaySettings {
            gateway_url: url("https://S3.example.com/"),
            gateway_region: Some("eu-west-1".to_owned()),
            ..Default::default()
        };
        let told = told.public_address().unwrap().unwrap();
        assert_eq!((&*told.endpoint, &*told.region), ("https://s3.example.com", "eu-west-1"));
        assert_eq!(settings().public_address().unwrap(), None);
        let path = GatewaySettings { gateway_url: url("https://s3.example.com/a"), ..settings() };
        let refused = path.public_address().unwrap_err().to_string();
        assert!(refused.contains("SAIL_CARGO_GATEWAY_URL"), "{refused}");
    }

    #[test]
    fn g5_the_longest_host_is_compared_first() {
        let hosts = ["example.com", "S3.example.com", "eu.s3.example.com:9000"];
        let gateway_host = Some(hosts.map(str::to_owned).to_vec());
        let gateway = GatewaySettings { gateway_host, ..settings() }.resolve().unwrap().unwrap();
        assert_eq!(gateway.hosts, ["eu.s3.example.com:9000", "s3.example.com", "example.com"]);
    }

    #[test]
    fn what_cannot_be_is_refused_by_the_name_of_its_setting() {
        let refused = |settings: GatewaySettings| settings.resolve().unwrap_err().to_string();
        let host = |host: &str| Some(vec![host.to_owned()]);
        let no_host = GatewaySettings { gateway_host: host("a/b"), ..settings() };
        assert!(refused(no_host).contains("SAIL_CARGO_GATEWAY_HOST"));
        let strict = GatewaySettings { gateway_strict_host: Some(true), ..settings() };
        assert!(refused(strict).contains("SAIL_CARGO_GATEWAY_STRICT_HOST"));
        let region = GatewaySettings { gateway_region: Some("EU".to_owned()), ..settings() };
        assert!(refused(region).contains("SAIL_CARGO_GATEWAY_REGION"));
        let alias = GatewaySettings { gateway_region_alias: host(""), ..settings() };
        assert!(refused(alias).contains("SAIL_CARGO_GATEWAY_REGION_ALIAS"));
    }
}

//! The hosts of the gateway where public objects are read without credentials, and whose they are (G10).

use serde::Deserialize;

use super::error::ConfigError;
use super::gateway_host::{read_host, split_port};

const SUFFIX: &str = "SAIL_CARGO_GATEWAY_PUBLIC_SUFFIX";
const PROJECT: &str = "SAIL_CARGO_GATEWAY_PUBLIC_PROJECT";

/// Where requests without credentials are taken.
#[derive(Debug, Clone, Default)]
pub struct PublicHosts {
    /// Hosts below which a project is a label of the host.
    pub suffixes: Vec<String>,
    /// The project of the hosts that `--gateway-host` names: its slug or id.
    pub project: Option<String>,
}

/// The settings of it.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PublicSettings {
    /// Hosts of the gateway below which anybody reads what a project made public: with
    /// public.example.com, sail.public.example.com/photos/cat.jpg is of the project `sail`
    #[arg(
        long,
        env = "SAIL_CARGO_GATEWAY_PUBLIC_SUFFIX",
        value_delimiter = ',',
        value_name = "HOSTS"
    )]
    #[serde(rename = "suffixes")]
    pub gateway_public_suffix: Option<Vec<String>>,
    /// The project (slug or id) whose public objects anybody reads on the hosts of --gateway-host
    /// [default: none]
    #[arg(long, env = "SAIL_CARGO_GATEWAY_PUBLIC_PROJECT", value_name = "PROJECT")]
    #[serde(rename = "project")]
    pub gateway_public_project: Option<String>,
}

impl PublicSettings {
    /// Fills what is open from `file`.
    pub(super) fn or(self, file: Self) -> Self {
        Self {
            gateway_public_suffix: self.gateway_public_suffix.or(file.gateway_public_suffix),
            gateway_public_project: self.gateway_public_project.or(file.gateway_public_project),
        }
    }

    /// Checks it beside `hosts`, the hosts of `--gateway-host`.
    ///
    /// # Errors
    /// A host that cannot be one; one that is named twice, so that none of the two is longer; a project
    /// without a host of its own.
    pub(super) fn resolve(self, hosts: &[String]) -> Result<PublicHosts, ConfigError> {
        let named = self.gateway_public_suffix.unwrap_or_default();
        let suffixes = named.iter().map(|host| read_host(SUFFIX, host));
        let suffixes = suffixes.collect::<Result<Vec<_>, _>>()?;
        for (position, suffix) in suffixes.iter().enumerate() {
            let before = suffixes[..position].iter().chain(hosts);
            if let Some(other) = before.into_iter().find(|other| is_one(suffix, other)) {
                let what = format!(
                    "`{suffix}` overlaps `{other}`: a request for it would be for a bucket as well as \
                     for a project. Name a host below or above it"
                );
                return Err(ConfigError::new(SUFFIX, what));
            }
        }
        if self.gateway_public_project.is_some() && hosts.is_empty() {
            let what = "is set, and no host is: requests without credentials are taken on hosts that \
                        --gateway-host names";
            return Err(ConfigError::new(PROJECT, what));
        }
        Ok(PublicHosts { suffixes, project: self.gateway_public_project })
    }
}

/// Whether a request may be for both of two hosts, and none is the more exact one.
fn is_one(one: &str, other: &str) -> bool {
    let (one, its_port) = split_port(one);
    let (other, port) = split_port(other);
    one == other && (its_port == port || its_port.is_empty() || port.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(suffixes: &[&str], project: Option<&str>) -> Result<PublicHosts, String> {
        let suffixes = suffixes.iter().map(|host| (*host).to_owned()).collect();
        let settings = PublicSettings {
            gateway_public_suffix: Some(suffixes),
            gateway_public_project: project.map(str::to_owned),
        };
        let hosts = ["s3.example.com".to_owned(), "local.example:9000".to_owned()];
        settings.resolve(&hosts).map_err(|error| error.to_string())
    }

    #[test]
    fn g10_hosts_that_overlap_refuse_to_start() {
        let apart = ["public.s3.example.com", "example.com", "local.example:9001"];
        assert_eq!(resolve(&apart, Some("sail")).unwrap().suffixes, apart);
        for overlapping in [
            &["S3.example.com"][..],
            &["s3.example.com:8443"],
            &["local.example"],
            &["local.example:9000"],
            &["a.example", "A.example"],
        ] {
            let error = resolve(overlapping, None).unwrap_err();
            assert!(error.contains(SUFFIX) && error.contains("overlaps"), "{error}");
        }
    }

    #[test]
    fn g10_a_public_project_needs_a_named_host() {
        let project = Some("sail".to_owned());
        let settings = PublicSettings { gateway_public_project: project, ..Default::default() };
        let error = settings.resolve(&[]).unwrap_err().to_string();
        assert!(error.contains(PROJECT), "{error}");
    }
}

//! Checks the environment for variables that look like settings but are none.

use super::error::ConfigError;

/// The prefix of Cargo's variables.
const PREFIX: &str = "SAIL_CARGO_";

/// The variables that belong to no flag.
const PLAIN: &[&str] = &[
    "SAIL_CARGO_CONFIG",
    "SAIL_CARGO_LOG",
    "SAIL_CARGO_LOG_FORMAT",
    "SAIL_CARGO_MASTER_KEY",
    "SAIL_CARGO_OPERATOR_KEY",
    "SAIL_CARGO_STORE_SECRET",
    "SAIL_CARGO_API_KEY",
    "SAIL_CARGO_TOKEN",
    // Settings of `Storage::from_env`. Applications set them, and may run Cargo's commands in the
    // same shell.
    "SAIL_CARGO_BUCKET",
    "SAIL_CARGO_PREFIX",
    "SAIL_CARGO_LOCAL_DIR",
];

/// The setting to suggest for a variable that names a host or a port.
const LISTEN: &str = "SAIL_CARGO_LISTEN";

/// Whether the variable is set to the empty string, which counts as not set.
pub fn is_blank(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|text| text.is_empty())
}

/// Whether the variable is set, and not to the empty string.
pub fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|text| !text.is_empty())
}

/// The value of a variable; None if it is not set or empty.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// Refuses `SAIL_CARGO_*` variables that are no settings, because a misspelt limit would not apply.
/// Variables that Kubernetes sets for a Service of that name are only logged.
///
/// # Errors
/// [`ConfigError`] with the first such variable and the most similar setting.
pub fn check_environment(command: &clap::Command) -> Result<(), ConfigError> {
    let mut known: Vec<String> = PLAIN.iter().map(|&name| name.to_owned()).collect();
    collect(command, &mut known);
    let variables = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into(), value.to_string_lossy().into()));
    let links = service_links(variables.collect(), &known)?;
    if !links.is_empty() {
        log::warn!(
            "{} are not settings of Cargo: Kubernetes sets them for a Service, and Cargo ignores \
             them (the nearest setting is {LISTEN}). `enableServiceLinks: false` in the pod's spec \
             leaves them out",
            links.join(", ")
        );
    }
    Ok(())
}

fn collect(command: &clap::Command, known: &mut Vec<String>) {
    let variables = command.get_arguments().filter_map(clap::Arg::get_env);
    known.extend(variables.map(|name| name.to_string_lossy().into_owned()));
    for subcommand in command.get_subcommands() {
        collect(subcommand, known);
    }
}

/// The variables that Kubernetes sets, among those with the prefix that are no settings; sorted.
fn service_links(
    mut variables: Vec<(String, String)>,
    known: &[String],
) -> Result<Vec<String>, ConfigError> {
    variables.retain(|(name, _)| name.starts_with(PREFIX) && !known.contains(name));
    variables.sort();
    match variables.iter().find(|(name, value)| !is_service_link(name, value)) {
        Some((name, _)) => Err(unknown(name, known)),
        None => Ok(variables.into_iter().map(|(name, _)| name).collect()),
    }
}

fn unknown(name: &str, known: &[String]) -> ConfigError {
    match nearest(name, known) {
        Some(near) => ConfigError::new(name, format!("no such setting; the nearest is {near}")),
        None => ConfigError::new(name, "no such setting"),
    }
}

/// The setting with the most similar name.
fn nearest<'k>(name: &str, known: &'k [String]) -> Option<&'k str> {
    let rest = |name: &'k str| name.strip_prefix(PREFIX).unwrap_or(name);
    let wanted = name.strip_prefix(PREFIX).unwrap_or(name);
    if matches!(wanted, "HOST" | "PORT" | "ADDRESS" | "ADDR" | "BIND") {
        return Some(LISTEN);
    }
    let alike = |name: &'k String| (strsim::jaro_winkler(wanted, rest(name)), name.as_str());
    let (likeness, near) =
        known.iter().map(alike).max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (likeness > 0.8).then_some(near)
}

/// Whether the variable is one that Kubernetes sets in a pod for a Service called `sail-cargo` or
/// `sail-cargo-…` (Kubernetes documentation, "Accessing the Service", environment variables; the
/// later names are those of Docker's links).
fn is_service_link(name: &str, value: &str) -> bool {
    let named = name.strip_prefix("SAIL_CARGO").unwrap_or_default();
    let after_port = named.match_indices("_PORT_").map(|(at, mark)| &named[at + mark.len()..]);
    named.ends_with("_SERVICE_HOST")
        || named.contains("_SERVICE_PORT_")
        || named.ends_with("_SERVICE_PORT") && value.parse::<u16>().is_ok()
        || after_port.into_iter().any(is_port)
        || named.ends_with("_PORT") && is_address(value)
}

/// Matches `8080_TCP`, with or without a suffix.
fn is_port(text: &str) -> bool {
    let Some((number, rest)) = text.split_once('_') else { return false };
    let (protocol, of_it) = rest.split_once('_').unwrap_or((rest, "ADDR"));
    number.parse::<u16>().is_ok()
        && matches!(protocol, "TCP" | "UDP" | "SCTP")
        && matches!(of_it, "ADDR" | "PORT" | "PROTO")
}

/// Matches `tcp://10.0.0.1:8080`.
fn is_address(value: &str) -> bool {
    ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(variables: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let known = ["SAIL_CARGO_LISTEN", "SAIL_CARGO_AUTH_ISSUER", "SAIL_CARGO_SERVICE_HOST_X"];
        let known: Vec<_> = known.map(ToOwned::to_owned).into();
        service_links(owned.collect(), &known).map_err(|error| error.to_string())
    }

    #[test]
    fn what_kubernetes_says_of_a_service_is_no_setting_and_no_mistake() {
        for (name, value) in [
            ("SAIL_CARGO_SERVICE_HOST", "10.96.0.7"),
            ("SAIL_CARGO_SERVICE_PORT", "8080"),
            ("SAIL_CARGO_SERVICE_PORT_HTTP", "8080"),
            ("SAIL_CARGO_SERVICE_PORT_HTTP_ALT", "8081"),
            ("SAIL_CARGO_PORT", "tcp://10.96.0.7:8080"),
            ("SAIL_CARGO_PORT", "udp://[fd00::7]:8080"),
            ("SAIL_CARGO_PORT_8080_TCP", "tcp://10.96.0.7:8080"),
            ("SAIL_CARGO_PORT_8080_TCP_PROTO", "tcp"),
            ("SAIL_CARGO_PORT_8080_TCP_PORT", "8080"),
            ("SAIL_CARGO_PORT_8080_TCP_ADDR", "10.96.0.7"),
            ("SAIL_CARGO_PORT_53_UDP_ADDR", "10.96.0.7"),
            ("SAIL_CARGO_PORT_9_SCTP_PROTO", "sctp"),
            ("SAIL_CARGO_OPS_SERVICE_HOST", "10.96.0.8"),
            ("SAIL_CARGO_OPS_PORT", "tcp://10.96.0.8:9090"),
            ("SAIL_CARGO_OPS_PORT_9090_TCP_PORT", "9090"),
        ] {
            assert_eq!(judge(&[(name, value)]), Ok(vec![name.to_owned()]), "{name}={value}");
        }
        let settings = [("SAIL_CARGO_LISTEN", "x"), ("SAIL_CARGO_SERVICE_HOST_X", "y"), ("A", "b")];
        assert_eq!(judge(&settings), Ok(Vec::new()));
    }

    #[test]
    fn an_unknown_variable_is_refused_by_name_with_the_nearest_setting() {
        for (name, value, near) in [
            ("SAIL_CARGO_PORT", "8080", "SAIL_CARGO_LISTEN"),
            ("SAIL_CARGO_HOST", "0.0.0.0", "SAIL_CARGO_LISTEN"),
            ("SAIL_CARGO_LISTE", "x", "SAIL_CARGO_LISTEN"),
            ("SAIL_CARGO_AUTH_ISUER", "x", "SAIL_CARGO_AUTH_ISSUER"),
        ] {
            let kubernetes = ("SAIL_CARGO_SERVICE_HOST", "10.96.0.7");
            let refused = judge(&[kubernetes, (name, value)]).unwrap_err();
            assert_eq!(refused, format!("{name}: no such setting; the nearest is {near}"));
        }
        for (name, value) in [
            ("SAIL_CARGO_QQQQ", "x"),
            ("SAIL_CARGO_QQQQ_PORT", "8080"),
            ("SAIL_CARGO_PORT_8080_TLS", "x"),
            ("SAIL_CARGO_PORT_8080_TCP_NAME", "x"),
            ("SAIL_CARGO_SERVICE_PORT", "eighty"),
        ] {
            assert!(judge(&[(name, value)]).is_err(), "{name}={value}");
        }
    }

    #[test]
    fn every_variable_of_storage_is_known() {
        let text = concat!(
            include_str!("../../../transfer/src/storage/environment.rs"),
            include_str!("../../../transfer/src/storage/secrets.rs"),
        );
        let names = text.split('"').filter(|word| word.starts_with(PREFIX));
        let names: Vec<_> = names.filter(|word| word.bytes().all(|byte| byte != b' ')).collect();
        assert!(names.len() >= 8, "{names:?}");
        let mut known: Vec<String> = PLAIN.iter().map(|&name| name.to_owned()).collect();
        collect(&crate::cli::command(), &mut known);
        for name in names {
            assert!(known.iter().any(|known| known == name), "{name}");
        }
    }
}

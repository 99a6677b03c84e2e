//! Settings of the console.

use std::path::PathBuf;

use serde::Deserialize;

use crate::domain::{Secret, WebOrigin};

/// The console.
#[derive(Debug, Clone, Default)]
pub struct ConsoleConfig {
    /// The directory of its build; `None` for the one in the program.
    pub directory: Option<PathBuf>,
    /// The origins of its pages, as people reach it: the gateway answers them.
    pub origins: Vec<WebOrigin>,
    /// How the users of `dev` sign in; `None` elsewhere.
    pub demo: Option<DemoSignIn>,
}

/// Accounts whose password the console tells everybody who opens it, in `dev` only.
#[derive(Debug, Clone)]
pub struct DemoSignIn {
    /// Their project.
    pub project: &'static str,
    /// Their usernames.
    pub users: &'static [&'static str],
    /// Their password.
    pub password: Secret,
}

/// The settings of it.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConsoleSettings {
    /// Serve the console of this directory below `/console/`, as `npm run build` makes it [default: the one in the
    /// program]
    #[arg(long, env = "SAIL_CARGO_CONSOLE_DIR", value_name = "DIR")]
    #[serde(rename = "directory")]
    pub console_dir: Option<PathBuf>,
    /// Serve no console [default: false]
    #[arg(long, env = "SAIL_CARGO_NO_CONSOLE", num_args = 0..=1, default_missing_value = "true")]
    #[serde(rename = "off")]
    pub no_console: Option<bool>,
}

impl ConsoleSettings {
    /// These settings; those not set are taken from `file`.
    pub(super) fn or(self, file: Self) -> Self {
        Self {
            console_dir: self.console_dir.or(file.console_dir),
            no_console: self.no_console.or(file.no_console),
        }
    }

    /// The console of a server that people reach at `public_url`; `None` if there shall be none.
    pub(super) fn resolve(self, public_url: Option<&str>) -> Option<ConsoleConfig> {
        if self.no_console.unwrap_or(false) {
            return None;
        }
        let origin = |url: &str| WebOrigin::parse(url.trim_end_matches('/')).ok();
        let origins = public_url.and_then(origin).into_iter().collect();
        Some(ConsoleConfig { directory: self.console_dir, origins, demo: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_console_unless_it_is_refused() {
        let settings = ConsoleSettings::default();
        let config = settings.clone().resolve(Some("https://Cargo.example.com/")).unwrap();
        let origins: Vec<_> = config.origins.iter().map(WebOrigin::as_str).collect();
        assert_eq!(origins, ["https://cargo.example.com"]);
        assert!(settings.clone().resolve(None).unwrap().origins.is_empty());
        let none = ConsoleSettings { no_console: Some(true), ..settings };
        assert!(none.resolve(None).is_none());
    }
}

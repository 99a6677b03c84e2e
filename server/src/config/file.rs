//! Parses the TOML file of settings. An error says what is wrong and where.

use serde::de::DeserializeOwned;

use crate::misread::{Misread, field, plain};

/// Parses the settings.
///
/// # Errors
/// [`Misread`] with the line and the setting that is wrong.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Misread> {
    let toml = toml::Deserializer::parse(text).map_err(|error| misread(&error, text))?;
    serde_path_to_error::deserialize(toml).map_err(|error| {
        let field = field(error.path());
        Misread { field, ..misread(error.inner(), text) }
    })
}

fn misread(error: &toml::de::Error, text: &str) -> Misread {
    let start = error.span().map(|span| span.start.min(text.len()));
    let line = start.map(|start| text.as_bytes()[..start].split(|byte| *byte == b'\n').count());
    Misread { line, what: plain(error.message()), ..Misread::default() }
}

#[cfg(test)]
mod tests {
    use super::super::settings::Settings;
    use super::*;

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_setting() {
        for (text, told) in [
            ("\nworkers = 'x'", "line 2, workers: `x` is given where a whole number from 0 on"),
            ("workers = -1", "line 1, workers: -1 is given where a whole number from 0 on"),
            ("[limits]\nbody_seconds = true", "line 2, limits.body_seconds: true is given where"),
            (
                "[limits]\nbody_second = 1",
                "line 2, limits.body_second: unknown field `body_second`",
            ),
            ("workers = 1\nworkers = 2", "line 2: duplicate key"),
            ("workers = ", "line 1: "),
            (
                "trusted_proxies = 'unix'",
                "line 1, trusted_proxies: `unix` is given where a list is expected",
            ),
            ("listen = 'here'", "line 1, listen: "),
            ("limits = 5", "line 1, limits: 5 is given where an object with fields is expected"),
        ] {
            let error = parse::<Settings>(text).unwrap_err().to_string();
            assert!(error.starts_with(told), "{text}: {error}");
        }
    }
}

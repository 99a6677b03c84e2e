//! How an issuer writes the groups of a user.

use sail_cargo_protocol::IssuerSettings;

use super::text::demand_text;
use crate::flaw::{Field, Flaw};

/// How groups are written: a list; a text that is one group, or several with a separator between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupShape {
    separator: Option<String>,
    /// Whether a token without groups that can be read is refused.
    pub required: bool,
}

impl GroupShape {
    pub(super) fn of(settings: &IssuerSettings) -> Result<Self, Flaw> {
        let separator = settings.groups_separator.clone();
        if let Some(separator) = &separator {
            demand_text("groups_separator", separator)?;
            if separator.chars().any(char::is_alphanumeric) {
                let rule = "no letters or digits: they stand in names";
                return Err(Flaw::new(Field::Issuer("groups_separator"), rule));
            }
        }
        Ok(Self { separator, required: settings.groups_required })
    }

    /// The groups that one text names. Only a separator makes several of it: a name may hold spaces and
    /// commas.
    pub fn split<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let Some(separator) = &self.separator else { return vec![text] };
        text.split(separator.as_str()).map(str::trim).filter(|name| !name.is_empty()).collect()
    }
}

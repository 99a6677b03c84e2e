//! Texts in the settings of an issuer.

use crate::flaw::{Field, Flaw};
use crate::limits::{MAX_ISSUER_LIST, MAX_ISSUER_TEXT};

/// Checks a text of the setting `field`.
pub(super) fn demand_text(field: &'static str, text: &str) -> Result<(), Flaw> {
    let fits = (1..=MAX_ISSUER_TEXT).contains(&text.len());
    if fits && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Flaw::new(Field::Issuer(field), "1 to 1024 bytes without control characters"))
}

/// Checks a list of the setting `field`, which may be empty.
pub(super) fn demand_texts<'t>(
    field: &'static str,
    texts: impl IntoIterator<Item = &'t String>,
) -> Result<(), Flaw> {
    let mut count = 0;
    for text in texts {
        count += 1;
        demand_text(field, text)?;
    }
    demand_few(field, count)
}

/// Checks the length of a list.
pub(super) fn demand_few(field: &'static str, count: usize) -> Result<(), Flaw> {
    if count <= MAX_ISSUER_LIST {
        return Ok(());
    }
    Err(Flaw::new(Field::Issuer(field), format!("at most {MAX_ISSUER_LIST}")))
}

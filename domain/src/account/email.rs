//! The e-mail address of an account.

use std::fmt;
use std::sync::Arc;

use crate::invalid_name::InvalidName;
use crate::limits::MAX_EMAIL;

/// An e-mail address in lower case: an ASCII dot-atom, `@`, and a domain of at least two labels, all of them
/// A-labels (RFC 5321 §4.1.2, RFC 5890 §2.3.2.1). Quoted local parts, comments and address literals are not
/// taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(Arc<str>);

impl Email {
    /// Reads an address, taking A to Z for a to z.
    ///
    /// # Errors
    /// [`InvalidName`] if it is none of this form.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let text = text.to_ascii_lowercase();
        let is_address = text.split_once('@').is_some_and(|(local, domain)| {
            local.len() <= 64 && local.split('.').all(is_atom) && is_domain(domain)
        });
        if is_address && text.len() <= MAX_EMAIL {
            return Ok(Self(text.into()));
        }
        Err(InvalidName::new(
            "an ASCII address such as ada@example.com, its domain in A-labels (xn--…)",
        ))
    }

    /// The text, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub(super) fn local(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

/// RFC 5322 §3.2.3.
fn is_atom(atom: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    !atom.is_empty() && atom.bytes().all(plain)
}

fn is_domain(domain: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    domain.contains('.')
        && domain.split('.').all(is_label)
        && !domain.split('.').next_back().is_none_or(is_number)
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

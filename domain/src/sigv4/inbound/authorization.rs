//! The `Authorization` header.

use super::super::key::ALGORITHM;
use super::super::proof_error::{Place, ProofError, ProofFlaw};
use super::head::Head;

/// What the header says, by its scheme.
#[derive(Debug, Clone, Copy)]
pub(super) enum Authorization<'h> {
    /// Signature Version 4.
    Signed(Fields<'h>),
    /// A token.
    Bearer,
}

/// The three fields of a signature, as they stand there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'h> {
    pub(super) credential: &'h str,
    pub(super) signed_headers: &'h str,
    pub(super) signature: &'h str,
}

impl<'h> Authorization<'h> {
    /// Reads the one header of that name.
    pub(super) fn read(head: &Head<'h>) -> Result<Option<Self>, ProofError> {
        if head.values("authorization").nth(1).is_some() {
            return Err(ProofError::TwoProofs);
        }
        let value = head.text("authorization").map_err(|_| ProofError::UnknownScheme)?;
        let Some(value) = value else { return Ok(None) };
        let (scheme, rest) = value.split_once([' ', '\t']).unwrap_or((value, ""));
        match scheme {
            ALGORITHM => Fields::read(rest).map(Self::Signed).map(Some),
            "AWS" => Err(ProofError::UnsupportedSignature),
            _ if scheme.starts_with(ALGORITHM) => Err(malformed(ProofFlaw::Shape("the algorithm"))),
            _ if scheme.starts_with("AWS4-") => Err(ProofError::UnsupportedSignature),
            _ if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(Self::Bearer)),
            _ => Err(ProofError::UnknownScheme),
        }
    }
}

impl<'h> Fields<'h> {
    /// Reads `Credential=…, SignedHeaders=…, Signature=…`: each once, blanks between them or none.
    fn read(text: &'h str) -> Result<Self, ProofError> {
        let mut found: [Option<&'h str>; 3] = [None; 3];
        for field in text.split(',').map(|field| field.trim_matches([' ', '\t'])) {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            let at = NAMES.iter().position(|known| *known == name);
            let at = at.ok_or_else(|| malformed(ProofFlaw::Shape("a field")))?;
            if found[at].replace(value).is_some() {
                return Err(malformed(ProofFlaw::Repeated(NAMES[at])));
            }
        }
        let field = |at: usize| found[at].ok_or_else(|| malformed(ProofFlaw::Missing(NAMES[at])));
        Ok(Self { credential: field(0)?, signed_headers: field(1)?, signature: field(2)? })
    }
}

const NAMES: [&str; 3] = ["Credential", "SignedHeaders", "Signature"];

fn malformed(flaw: ProofFlaw) -> ProofError {
    ProofError::Malformed { place: Place::Header, flaw }
}

//! Looks at a token, step by step: the only way in which a token is accepted.

use chrono::{DateTime, Utc};

use super::claims::{self, CheckedClaims};
use super::examination::{Step, Witness};
use super::issuers::{Believed, NoIssuerFor, Stamp};
use super::jwt::UnverifiedToken;
use super::token_error::TokenError;
use crate::domain::issuer::Algorithms;

/// An accepted token.
#[derive(Debug)]
pub(super) struct Examined {
    /// The place of its issuer.
    pub(super) place: usize,
    pub(super) checked: CheckedClaims,
    /// What it may be remembered with.
    pub(super) stamp: Option<Stamp>,
}

/// Examines `token`, which may have at most `max_bytes`, and tells `witness` of each step. The token is matched
/// to one issuer by what it says; only that issuer's keys and algorithms are tried.
///
/// # Errors
/// [`TokenError`] of the first step that the token does not pass.
pub(super) async fn examine(
    token: &str,
    max_bytes: usize,
    believed: &Believed,
    now: DateTime<Utc>,
    witness: &mut impl Witness,
) -> Result<Examined, TokenError> {
    if believed.set().is_empty() {
        return Err(TokenError::NotAccepted);
    }
    witness.begin(Step::Form);
    let token = UnverifiedToken::read(token, max_bytes)?;
    witness.pass(|| "it is a JWT in compact form".to_owned());

    witness.begin(Step::Issuer);
    let found = believed.issuer_of(&token);
    if found != Err(NoIssuerFor::Issuer) {
        witness.pass(|| "its `iss` is known".to_owned());
        witness.begin(Step::Audience);
    }
    let place = found?;
    let row = believed.row(place);
    witness.pass(|| format!("it is for the issuer `{}`", row.issuer.called()));

    witness.begin(Step::Algorithm);
    let accepted = row.issuer.algorithms();
    let algorithm = accepted.named(token.algorithm());
    let algorithm = algorithm.ok_or_else(|| TokenError::Algorithm(accepted.clone()))?;
    witness.pass(|| format!("it says that it is signed with {}", Algorithms::name(algorithm)));

    witness.begin(Step::Key);
    // Read before the keys: if they change meanwhile, the token must not be remembered for the new ones.
    let stamp = believed.stamp(place);
    let keys = row.keys.candidates(token.kid(), algorithm).await?;
    witness.pass(|| format!("{} keys of the issuer may have signed it", keys.len()));

    witness.begin(Step::Signature);
    let signed = token.verify(&keys, algorithm)?;
    witness.pass(|| "one of them did".to_owned());

    let checked = claims::read(&row.issuer, believed.set(), &signed, now, witness)?;
    witness.pass(|| match (&checked.claims.project, checked.claims.may_choose_project) {
        (Some(project), _) => format!("the project is `{project}`"),
        (None, true) => "the request chooses the project by X-Project".to_owned(),
        (None, false) => "it names no project: an API key beside it must".to_owned(),
    });
    Ok(Examined { place, checked, stamp })
}

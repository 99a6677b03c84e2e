//! Why a user's token opens no session.

use crate::authn::AuthnError;
use crate::domain::sts::StsError;

/// AWS's error for a token that is not accepted.
pub fn of_rejection(error: &AuthnError) -> StsError {
    let sentence = error.to_string();
    match error {
        AuthnError::Refused(refusal) if refusal.code() == "token_expired" => {
            StsError::ExpiredWebIdentity(sentence)
        }
        AuthnError::Refused(refusal) if refusal.try_again().is_some() => {
            StsError::IdpCommunication(sentence)
        }
        AuthnError::Refused(_) => StsError::InvalidIdentityToken(sentence),
        AuthnError::Limited(_) => StsError::Throttling,
        AuthnError::Service(_) => StsError::Unavailable,
    }
}

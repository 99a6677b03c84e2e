//! The interface of refusals of credentials.

use std::error::Error;

use crate::audit::Text;

/// The only sentence that a client with an invalid key gets.
pub(super) const NO_KEY: &str = "the API key is unknown, expired or revoked";

/// Why a scheme refuses credentials. Each scheme has its own type. [`Refusal::code`] is stable. No
/// sentence repeats the credentials.
pub trait Refusal: Error + Send + Sync + 'static {
    /// The stable name of the reason, for programs.
    fn code(&self) -> &'static str;

    /// The reason for the audit record. It may distinguish cases that look the same to the client.
    fn reason(&self) -> &'static str {
        self.code()
    }

    /// The sentence for the audit record.
    fn sentence(&self) -> Text {
        self.to_string().into()
    }

    /// Whether the credentials look guessed. Credentials that were valid once, such as an expired
    /// token, are not a guess.
    fn is_guess(&self) -> bool {
        false
    }

    /// Whether another token would help: docs/tokens.md describes what a token must contain.
    fn is_of_the_token(&self) -> bool {
        false
    }

    /// The sentence for a client that should try again later, if the refusal is temporary.
    fn try_again(&self) -> Option<&'static str> {
        None
    }
}

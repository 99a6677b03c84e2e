//! What a refusal says of itself.

use std::error::Error;

use crate::audit::Text;

/// All that is said to whoever presents a key that is not good.
pub(super) const NO_KEY: &str = "the API key is unknown, expired or revoked";

/// Why what was shown proves nothing. Each scheme has refusals of its own. [`Refusal::code`] is stable; no
/// sentence repeats what was shown.
pub trait Refusal: Error + Send + Sync + 'static {
    /// The stable name of the reason, for programs.
    fn code(&self) -> &'static str;

    /// The reason for the record, which may tell apart what reads the same to strangers.
    fn reason(&self) -> &'static str {
        self.code()
    }

    /// What the record says of it.
    fn sentence(&self) -> Text {
        self.to_string().into()
    }

    /// Whether what was shown is not what it claims to be. What was good once is no guess.
    fn is_guess(&self) -> bool {
        false
    }

    /// Whether another token would help: docs/tokens.md says what it must contain.
    fn is_of_the_token(&self) -> bool {
        false
    }

    /// What to tell somebody of whom nothing can be told now, and who should try again later.
    fn try_again(&self) -> Option<&'static str> {
        None
    }
}

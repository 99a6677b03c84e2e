//! The interface of authentication schemes.

use chrono::{DateTime, Utc};

use super::credentials::{Credentials, HeadersError};
use super::rejection::{Rejection, Shown};
use crate::domain::Caller;

/// The answer of a scheme.
#[derive(Debug)]
pub(super) enum Verdict<T> {
    /// The credentials belong to another scheme.
    Declines,
    /// The credentials are invalid. No other scheme is tried.
    Fails(Rejection),
    /// The credentials prove this.
    Answers(T),
}

/// One way to authenticate a caller.
pub(super) trait Scheme {
    /// Authenticates the sender of `credentials` at `now`.
    async fn ask(&self, credentials: &Credentials<'_>, now: DateTime<Utc>) -> Verdict<Caller>;

    /// Checks at `now` whether `caller` would still be accepted, if this scheme accepts callers of
    /// its kind.
    async fn ask_again(&self, caller: &Caller, now: DateTime<Utc>) -> Verdict<()>;
}

/// Declares a list of schemes, which is itself a scheme: the first one that does not decline
/// decides. Each line is one scheme: its name, its type, and how it is created from the parts.
macro_rules! schemes {
    (
        $(#[$doc:meta])*
        $list:ident($parts:ident: $type:ty) { $($name:ident: $scheme:ty = $new:expr,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(super) struct $list {
            $($name: $scheme,)+
        }

        impl $list {
            pub(super) fn new($parts: $type) -> Self {
                Self { $($name: $new,)+ }
            }
        }

        impl Scheme for $list {
            async fn ask(&self, shown: &Credentials<'_>, now: DateTime<Utc>) -> Verdict<Caller> {
                $(match self.$name.ask(shown, now).await {
                    Verdict::Declines => {}
                    said => return said,
                })+
                Verdict::Declines
            }

            async fn ask_again(&self, caller: &Caller, now: DateTime<Utc>) -> Verdict<()> {
                $(match self.$name.ask_again(caller, now).await {
                    Verdict::Declines => {}
                    said => return said,
                })+
                Verdict::Declines
            }
        }
    };
}

pub(super) use schemes;

impl<T> Verdict<T> {
    /// The proven value. If every scheme declined, the credentials are missing.
    ///
    /// # Errors
    /// [`Rejection`] if a scheme failed or all declined.
    pub(super) fn or_nothing(self) -> Result<T, Rejection> {
        match self {
            Self::Declines => Err(Rejection::new(HeadersError::Missing, Shown::NOTHING)),
            Self::Fails(rejection) => Err(rejection),
            Self::Answers(proven) => Ok(proven),
        }
    }
}

impl<T> From<Result<T, Rejection>> for Verdict<T> {
    fn from(result: Result<T, Rejection>) -> Self {
        match result {
            Ok(proven) => Self::Answers(proven),
            Err(rejection) => Self::Fails(rejection),
        }
    }
}

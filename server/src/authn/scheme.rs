//! What a scheme is: one way to prove who one is.

use chrono::{DateTime, Utc};

use super::credentials::{Credentials, HeadersError};
use super::rejection::{Rejection, Shown};
use crate::domain::Caller;

/// What a scheme says.
#[derive(Debug)]
pub(super) enum Verdict<T> {
    /// That is another scheme's.
    Declines,
    /// What was shown proves nothing, and nothing else makes up for it.
    Fails(Rejection),
    /// This is proven.
    Answers(T),
}

/// One way to prove who one is.
pub(super) trait Scheme {
    /// Tells who brought `credentials` at `now`.
    async fn ask(&self, credentials: &Credentials<'_>, now: DateTime<Utc>) -> Verdict<Caller>;

    /// Tells whether `caller`, if this scheme let them in, would be let in at `now`.
    async fn ask_again(&self, caller: &Caller, now: DateTime<Utc>) -> Verdict<()>;
}

/// Declares a list of schemes, which is a scheme: the first that does not decline has the last word. A
/// line is a scheme: its name, its type, and how it is made of the parts.
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
    /// What is proven. What every scheme declined is nothing.
    ///
    /// # Errors
    /// A scheme fails it, or none knows it.
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

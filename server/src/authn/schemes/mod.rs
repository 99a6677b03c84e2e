//! The authentication schemes, one per file.

mod api_key;
mod operator;
mod personal_key;
mod token;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use self::api_key::ApiKeyScheme;
use self::operator::OperatorScheme;
use self::personal_key::PersonalKeyScheme;
use self::token::TokenScheme;
use super::account_tokens::AccountTokens;
use super::api_keys::ApiKeys;
use super::credentials::Credentials;
use super::examination::TestedToken;
use super::operator_keys::OperatorKeys;
use super::personal_keys::PersonalKeys;
use super::projects::Projects;
use super::scheme::{Scheme, Verdict, schemes};
use super::tokens::Tokens;
use crate::domain::{Caller, IssuerAlias};
use crate::limits::Guesses;
use crate::metrics::Metrics;

/// The dependencies of the schemes.
pub(super) struct Parts {
    pub(super) projects: Projects,
    pub(super) api_keys: Arc<ApiKeys>,
    pub(super) personal_keys: PersonalKeys,
    pub(super) guesses: Arc<Guesses>,
    pub(super) operators: Option<OperatorKeys>,
    pub(super) tokens: Tokens,
    /// The tokens of the server's own accounts.
    pub(super) own: Option<AccountTokens>,
    pub(super) metrics: Arc<Metrics>,
}

schemes! {
    /// The schemes in the order in which they are tried. The API key comes last: an operator key must not be
    /// taken for an API key, and with a token beside an API key the caller is the user. A personal API key beside
    /// an API key is refused.
    Schemes(parts: Parts) {
        operator: OperatorScheme = OperatorScheme::new(parts.operators, parts.projects.clone(), parts.metrics),
        personal_key: PersonalKeyScheme = PersonalKeyScheme::new(parts.personal_keys, parts.projects.clone()),
        token: TokenScheme = TokenScheme::new((parts.tokens, parts.own), &parts.api_keys, &parts.projects, parts.guesses),
        api_key: ApiKeyScheme = ApiKeyScheme::new(parts.api_keys, parts.projects),
    }
}

impl Schemes {
    /// What verifies tokens.
    pub(super) const fn tokens(&self) -> &Tokens {
        self.token.tokens()
    }

    /// Says step by step why `token` is accepted as one of the issuer with this alias, or why not.
    pub(super) async fn test_token(
        &self,
        token: &str,
        alias: Option<&IssuerAlias>,
        now: DateTime<Utc>,
    ) -> TestedToken {
        self.token.test(token, alias, now).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authn::credentials::HeadersError;
    use crate::authn::rejection::{Rejection, Shown};
    use crate::domain::OperatorName;

    /// A scheme that gives the same answer to every request.
    #[derive(Debug)]
    struct Fake(&'static str);

    impl Fake {
        fn says<T>(&self, proven: T) -> Verdict<T> {
            match self.0 {
                "declines" => Verdict::Declines,
                "fails" => {
                    Verdict::Fails(Rejection::new(HeadersError::Syntax, Shown::only("badge")))
                }
                _ => Verdict::Answers(proven),
            }
        }
    }

    impl Scheme for Fake {
        async fn ask(&self, _: &Credentials<'_>, _: DateTime<Utc>) -> Verdict<Caller> {
            let name = OperatorName::parse(self.0).unwrap();
            self.says(Caller::Operator { name, project: None })
        }

        async fn ask_again(&self, _: &Caller, _: DateTime<Utc>) -> Verdict<()> {
            self.says(())
        }
    }

    schemes! {
        Three(said: [&'static str; 3]) {
            first: Fake = Fake(said[0]),
            second: Fake = Fake(said[1]),
            third: Fake = Fake(said[2]),
        }
    }

    #[tokio::test]
    async fn the_first_scheme_that_does_not_decline_has_the_last_word() {
        let now = DateTime::UNIX_EPOCH;
        for (said, expected) in [
            (["declines", "ada", "bob"], Ok("ada")),
            (["declines", "declines", "bob"], Ok("bob")),
            (["ada", "fails", "declines"], Ok("ada")),
            (["declines", "fails", "bob"], Err(("malformed_credentials", "badge"))),
            (["declines", "declines", "declines"], Err(("missing_credentials", "nothing"))),
        ] {
            let schemes = Three::new(said);
            let told = schemes.ask(&Credentials::default(), now).await.or_nothing();
            let caller = Caller::Operator { name: OperatorName::server(), project: None };
            let again = schemes.ask_again(&caller, now).await.or_nothing();
            assert_eq!(again.is_ok(), expected.is_ok(), "{said:?}");
            match (told, expected) {
                (Ok(Caller::Operator { name, .. }), Ok(expected)) => {
                    assert_eq!(name.as_str(), expected);
                }
                (Err(rejection), Err((code, shown))) => {
                    assert_eq!(
                        (rejection.error.code(), &*rejection.shown.to_string()),
                        (code, shown)
                    );
                }
                (told, _) => panic!("{said:?}: {told:?}"),
            }
        }
    }
}

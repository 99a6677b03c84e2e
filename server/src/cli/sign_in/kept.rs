//! The kept sign-ins. Pure: what to do with a token at a time is decided here.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_protocol::SecretText;
use serde::{Deserialize, Serialize};

/// A token with less than this left is renewed first: it could end on its way.
const MARGIN: TimeDelta = TimeDelta::seconds(30);

/// The sign-ins of this user of the machine, one per server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::cli) struct SignIns {
    /// The server of the last sign-in: where commands go that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    current: Option<String>,
    #[serde(default)]
    servers: BTreeMap<String, SignIn>,
}

/// A sign-in at one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::cli) struct SignIn {
    /// The username of the account, or the id in the token of another auth service.
    pub(in crate::cli) user: String,
    /// The project that the user named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) project: Option<String>,
    /// The token that Cargo gets.
    pub(in crate::cli) access_token: SecretText,
    /// When it ends, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) expires_at: Option<DateTime<Utc>>,
    /// How the next one is had; a pasted token has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) renewal: Option<Renewal>,
}

/// Who gives the next token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub(in crate::cli) enum Renewal {
    /// Cargo's own auth service.
    Cargo {
        refresh_token: SecretText,
        /// When the refresh token ends.
        expires_at: DateTime<Utc>,
    },
    /// Another auth service.
    Issuer { issuer: String, client_id: String, refresh_token: SecretText, sends: SentToken },
}

/// Which of an auth service's tokens Cargo accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::cli) enum SentToken {
    /// The access token.
    Access,
    /// The ID token, where access tokens are for somebody else (Google, Entra ID).
    Id,
}

/// What to do with a kept token.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli) enum Next {
    /// Send it.
    Use,
    /// Get another one first.
    Renew,
    /// The user has to sign in again.
    Ended,
}

impl SignIns {
    /// The server of the last sign-in, and the sign-in.
    pub(in crate::cli) fn current(&self) -> Option<(&str, &SignIn)> {
        let server = self.current.as_deref()?;
        Some((server, self.servers.get(server)?))
    }

    /// The sign-in at a server.
    pub(in crate::cli) fn at(&self, server: &str) -> Option<&SignIn> {
        self.servers.get(server)
    }

    /// Keeps a new sign-in, and returns the one before. Its server becomes the current one.
    pub(in crate::cli) fn begin(&mut self, server: &str, sign_in: SignIn) -> Option<SignIn> {
        self.current = Some(server.to_owned());
        self.servers.insert(server.to_owned(), sign_in)
    }

    /// Replaces the tokens of a sign-in.
    pub(in crate::cli) fn renew(&mut self, server: &str, sign_in: SignIn) {
        self.servers.insert(server.to_owned(), sign_in);
    }

    /// Forgets the sign-in at a server.
    pub(in crate::cli) fn forget(&mut self, server: &str) -> Option<SignIn> {
        self.current.take_if(|current| current == server);
        self.servers.remove(server)
    }
}

impl SignIn {
    /// What to do with the token, if `refused` is a token that Cargo has refused.
    pub(in crate::cli) fn next(&self, refused: Option<&SecretText>, now: DateTime<Utc>) -> Next {
        let can_renew = match &self.renewal {
            Some(Renewal::Cargo { expires_at, .. }) => *expires_at > now,
            Some(Renewal::Issuer { .. }) => true,
            None => false,
        };
        if self.is_good(refused, if can_renew { now + MARGIN } else { now }) {
            Next::Use
        } else if can_renew {
            Next::Renew
        } else {
            Next::Ended
        }
    }

    /// Whether the token can be sent at a time: it has not ended, and is not the one that was refused.
    pub(in crate::cli) fn is_good(&self, refused: Option<&SecretText>, at: DateTime<Utc>) -> bool {
        refused != Some(&self.access_token) && self.expires_at.is_none_or(|end| end > at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretText {
        SecretText::new(text.to_owned())
    }

    fn now() -> DateTime<Utc> {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    fn sign_in(left: Option<i64>, renewal: Option<Renewal>) -> SignIn {
        SignIn {
            user: "ada".to_owned(),
            project: None,
            access_token: secret("a"),
            expires_at: left.map(|left| now() + TimeDelta::seconds(left)),
            renewal,
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "it stands where a sign-in may have none")]
    fn by_cargo(left: i64) -> Option<Renewal> {
        let expires_at = now() + TimeDelta::seconds(left);
        Some(Renewal::Cargo { refresh_token: secret("r"), expires_at })
    }

    #[expect(clippy::unnecessary_wraps, reason = "it stands where a sign-in may have none")]
    fn by_issuer() -> Option<Renewal> {
        Some(Renewal::Issuer {
            issuer: "https://auth.example".to_owned(),
            client_id: "c".to_owned(),
            refresh_token: secret("r"),
            sends: SentToken::Id,
        })
    }

    #[test]
    fn a_token_is_used_while_it_lasts_and_renewed_before_it_ends() {
        let (refused, other) = (secret("a"), secret("b"));
        for (left, renewal, refused, expected) in [
            (Some(31), by_cargo(9), None, Next::Use),
            (Some(30), by_cargo(9), None, Next::Renew),
            (Some(-1), by_cargo(9), None, Next::Renew),
            (Some(900), by_cargo(9), Some(&refused), Next::Renew),
            (Some(900), by_cargo(9), Some(&other), Next::Use),
            // The sign-in itself is over: the last token is good to its very end.
            (Some(30), by_cargo(0), None, Next::Use),
            (Some(0), by_cargo(0), None, Next::Ended),
            (Some(900), by_cargo(0), Some(&refused), Next::Ended),
            (Some(-1), by_issuer(), None, Next::Renew),
            (None, by_issuer(), None, Next::Use),
            (None, by_issuer(), Some(&refused), Next::Renew),
            (Some(1), None, None, Next::Use),
            (Some(0), None, None, Next::Ended),
            (None, None, None, Next::Use),
            (None, None, Some(&refused), Next::Ended),
        ] {
            let sign_in = sign_in(left, renewal);
            assert_eq!(sign_in.next(refused, now()), expected, "{sign_in:?} {}", refused.is_some());
        }
    }

    #[test]
    fn the_last_sign_in_is_current_until_it_is_forgotten() {
        let mut all = SignIns::default();
        all.begin("https://a", sign_in(None, None));
        all.begin("https://b", sign_in(None, None));
        assert!(all.begin("https://b", sign_in(Some(1), by_issuer())).is_some());
        assert_eq!(all.current().unwrap().0, "https://b");
        all.renew("https://a", sign_in(Some(5), by_cargo(7)));
        assert_eq!(all.current().unwrap().0, "https://b");
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<SignIns>(&text).unwrap(), all);
        assert!(all.forget("https://b").is_some());
        assert!(all.current().is_none() && all.at("https://a").is_some());
        assert!(all.forget("https://b").is_none());
    }

    #[test]
    fn no_token_is_printed() {
        let all = format!("{:?}", sign_in(Some(1), by_issuer()));
        assert!(!all.contains("\"a\"") && !all.contains("\"r\""), "{all}");
    }
}

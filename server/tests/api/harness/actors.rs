//! The callers of the server.

use super::actor::{Actor, Proof};
use super::app::TestApp;
use super::signing_key::KEYS;
use super::token::Token;

impl TestApp {
    /// A caller without credentials.
    pub(crate) fn anon(&self) -> Actor {
        self.actor(&Proof::default())
    }

    /// An operator.
    pub(crate) fn operator(&self) -> Actor {
        self.with_key(&self.secrets.operator_key)
    }

    /// The operator `eve`, whose key has a name.
    pub(crate) fn eve(&self) -> Actor {
        self.with_key(&self.secrets.eves_key)
    }

    /// The application behind project `sail`.
    pub(crate) fn root(&self) -> Actor {
        self.with_key(&self.secrets.root_key)
    }

    /// A user of project `sail`, with a fresh token.
    pub(crate) fn ada(&self) -> Actor {
        self.user("ada")
    }

    /// Another user of project `sail`.
    pub(crate) fn bob(&self) -> Actor {
        self.user("bob")
    }

    pub(crate) fn user(&self, name: &str) -> Actor {
        self.with_token(&self.token(name).signed_by(&KEYS[0]))
    }

    /// A user whose token names `groups`.
    pub(crate) fn user_in(&self, name: &str, groups: &[&str]) -> Actor {
        self.with_token(&self.token(name).claim("groups", groups).signed_by(&KEYS[0]))
    }

    /// A valid token, to modify or sign.
    pub(crate) fn token(&self, user: &str) -> Token {
        Token::oidc(user, self.clock.now())
    }

    pub(crate) fn with_token(&self, token: &str) -> Actor {
        self.actor(&Proof { token: Some(token.to_owned()), ..Proof::default() })
    }

    pub(crate) fn with_key(&self, key: &str) -> Actor {
        self.actor(&Proof { key: Some(key.to_owned()), ..Proof::default() })
    }

    /// A caller with these credentials.
    pub(crate) fn actor(&self, proof: &Proof) -> Actor {
        Actor::new(&self.http, &self.base, proof)
    }
}

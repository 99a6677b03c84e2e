//! The caller's credentials.

use std::fmt;
use std::sync::Arc;

use crate::user::User;
use crate::{Key, TokenProvider};

/// The credentials that a [`Client`](crate::Client) sends. Cheap to clone; never printed.
#[derive(Clone, Default)]
pub struct Credentials {
    pub(crate) user: Option<Arc<User>>,
    pub(crate) key: Option<Key>,
}

impl Credentials {
    /// No credentials: enough for [`live`](crate::Client::live), [`ready`](crate::Client::ready),
    /// [`version`](crate::Client::version) and [`openapi`](crate::Client::openapi).
    pub fn none() -> Self {
        Self::default()
    }

    /// A user. `provider` returns the token for each request.
    pub fn user(provider: impl TokenProvider + 'static) -> Self {
        Self { user: Some(Arc::new(User::new(provider))), key: None }
    }

    /// The application, with a project's API key; or an operator, with an operator key.
    pub fn api_key(key: impl Into<Key>) -> Self {
        Self { user: None, key: Some(key.into()) }
    }

    /// The application on behalf of a user: Cargo decides as for the user, and records both.
    pub fn on_behalf_of(provider: impl TokenProvider + 'static, key: impl Into<Key>) -> Self {
        Self { key: Some(key.into()), ..Self::user(provider) }
    }
}

/// Prints which kinds of credentials there are, never their values.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user.is_some())
            .field("api_key", &self.key.is_some())
            .finish()
    }
}

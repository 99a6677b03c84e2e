//! The auth service's keys, for operators.

use sail_cargo_protocol::AuthKeys;

use crate::{Client, Error};

impl Client {
    /// Has the server that answers fetch the auth service's keys now
    /// (`POST /v1/auth-keys/refresh`); others of its kind fetch theirs when it is time.
    ///
    /// # Errors
    /// [`Error::is_conflict`] when it is not configured to accept tokens.
    pub async fn refresh_auth_keys(&self) -> Result<AuthKeys, Error> {
        self.answer(self.post(&["v1", "auth-keys", "refresh"])?).await
    }
}

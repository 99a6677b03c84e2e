//! The signing keys of the auth service, for operators.

use sail_cargo_protocol::AuthKeys;

use crate::{Client, Error};

impl Client {
    /// Makes the server that responds fetch the auth service's keys now (`POST
    /// /v1/auth-keys/refresh`). Other servers of the same installation keep their own schedule.
    ///
    /// # Errors
    /// [`Error::is_conflict`] if the server is not configured to accept tokens.
    pub async fn refresh_auth_keys(&self) -> Result<AuthKeys, Error> {
        self.answer(self.post(&["v1", "auth-keys", "refresh"])?).await
    }
}

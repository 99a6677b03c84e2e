//! Sessions: temporary credentials for the S3 gateway.

use sail_cargo_protocol::{OpenSession, OpenedSession, SessionsEnded};

use crate::{Client, Error};

impl Client {
    /// Opens a session of the caller (`POST /v1/sessions`): what signs requests to the gateway with
    /// the caller's rights, as they are at each request. Nothing is stored of it, so that it does not
    /// matter how often the request has to be sent.
    ///
    /// # Errors
    /// [`Error::is_denied`] for an API key without the scope `sign`, and for operators.
    pub async fn open_session(&self, session: &OpenSession) -> Result<OpenedSession, Error> {
        self.answer(self.post(&["v1", "sessions"])?.json(session)).await
    }

    /// Ends every session that a user has (`POST /v1/users/{user}/sessions/end`). Their access keys
    /// and tokens stay as they are.
    pub async fn end_user_sessions(&self, user: &str) -> Result<SessionsEnded, Error> {
        self.answer(self.post(&["v1", "users", user, "sessions", "end"])?).await
    }
}

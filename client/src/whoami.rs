//! The caller's identity.

use sail_cargo_protocol::Whoami;

use crate::{Client, Error};

impl Client {
    /// Reads the caller's identity, project and expiry (`GET /v1/whoami`).
    pub async fn whoami(&self) -> Result<Whoami, Error> {
        self.answer(self.get(&["v1", "whoami"])?).await
    }
}

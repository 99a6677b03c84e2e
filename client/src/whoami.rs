//! Who am I.

use sail_cargo_protocol::Whoami;

use crate::{Client, Error};

impl Client {
    /// Who the caller is, in which project, and until when (`GET /v1/whoami`).
    pub async fn whoami(&self) -> Result<Whoami, Error> {
        self.answer(self.get(&["v1", "whoami"])?).await
    }
}

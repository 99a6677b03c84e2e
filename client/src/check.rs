//! May this user do this?

use sail_cargo_protocol::{Batch, BatchAnswer, CheckRequest, CheckResponse};

use crate::{Client, Error};

impl Client {
    /// Asks one question (`POST /v1/check`). A "no" is an answer here.
    ///
    /// # Errors
    /// [`Error::is_denied`] for users who ask about others.
    pub async fn check(&self, question: &CheckRequest) -> Result<CheckResponse, Error> {
        self.answer(self.post(&["v1", "check"])?.json(question)).await
    }

    /// Asks 1 to 1000 questions at one revision (`POST /v1/check/batch`).
    ///
    /// # Errors
    /// Only what concerns all of them; what concerns one is in its item.
    pub async fn check_batch(
        &self,
        questions: &Batch<CheckRequest>,
    ) -> Result<BatchAnswer<CheckResponse>, Error> {
        self.answer(self.post(&["v1", "check", "batch"])?.json(questions)).await
    }
}

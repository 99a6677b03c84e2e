//! Access checks without a request to S3.

use sail_cargo_protocol::{Batch, BatchAnswer, CheckRequest, CheckResponse};

use crate::{Client, Error};

impl Client {
    /// Checks one access (`POST /v1/check`). A denial is a response, not an error.
    ///
    /// # Errors
    /// [`Error::is_denied`] if a user asks about another user.
    pub async fn check(&self, question: &CheckRequest) -> Result<CheckResponse, Error> {
        self.answer(self.post(&["v1", "check"])?.json(question)).await
    }

    /// Checks 1 to 1000 accesses at one revision (`POST /v1/check/batch`).
    ///
    /// # Errors
    /// Only errors of the whole batch. The error of one check is in its item.
    pub async fn check_batch(
        &self,
        questions: &Batch<CheckRequest>,
    ) -> Result<BatchAnswer<CheckResponse>, Error> {
        self.answer(self.post(&["v1", "check", "batch"])?.json(questions)).await
    }
}

//! Why a request is signed, or is not.

use sail_cargo_protocol::{ExplainRequest, Explanation};

use crate::{Client, Error};

impl Client {
    /// Has a request judged and not signed (`POST /v1/explain`): what it was understood as, what
    /// it takes, which grants were looked at, and what is missing. A refusal is an answer here.
    ///
    /// # Errors
    /// [`Error::is_denied`] for users who ask about others.
    pub async fn explain(&self, request: &ExplainRequest) -> Result<Explanation, Error> {
        self.answer(self.post(&["v1", "explain"])?.json(request)).await
    }
}

//! Explanations of decisions.

use sail_cargo_protocol::{ExplainRequest, Explanation};

use crate::{Client, Error};

impl Client {
    /// Explains the decision on a request, without signing it (`POST /v1/explain`): the parsed
    /// operation, the required permissions, the grants that were examined, and what is missing. A
    /// refusal is a response, not an error.
    ///
    /// # Errors
    /// [`Error::is_denied`] if a user asks about another user.
    pub async fn explain(&self, request: &ExplainRequest) -> Result<Explanation, Error> {
        self.answer(self.post(&["v1", "explain"])?.json(request)).await
    }
}

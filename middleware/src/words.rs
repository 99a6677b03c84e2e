//! SDK errors as sentences for people.

use std::error::Error as StdError;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use http::StatusCode;

use crate::unanswered::root;
use crate::{RemoteSigningError, Unanswered};

/// Describes an error in one line for people: Cargo's reason, the address of a storage that did not
/// respond, or S3's message. The SDK's own `Display` says only `dispatch failure` or `service
/// error`.
pub fn explain<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    if let Some(reason) = RemoteSigningError::find(error) {
        return reason.to_string();
    }
    if let Some(unanswered) = Unanswered::find(error) {
        return unanswered.to_string();
    }
    let message = error.message().filter(|message| !message.is_empty());
    match (error.code(), message) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(word), None) | (None, Some(word)) => word.to_owned(),
        (None, None) => unsaid(error),
    }
}

/// The description of an error without a reason from S3, such as one to a HEAD.
fn unsaid<E: StdError + 'static>(error: &SdkError<E, HttpResponse>) -> String {
    let status = error.raw_response().map(|response| response.status().as_u16());
    match (error, status.and_then(|status| StatusCode::from_u16(status).ok())) {
        (SdkError::ServiceError(_), Some(status)) => format!("the storage answers {status}"),
        (_, Some(status)) => {
            format!(
                "the storage answers {status}, and what it says cannot be read: {}",
                root(error)
            )
        }
        (SdkError::TimeoutError(_), None) => "the storage did not answer in time".to_owned(),
        (_, None) => root(error),
    }
}

//! S3's response to the deletion of one key.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{DeletedObject, ObjectIdentifier};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http::StatusCode;

use super::error_document::ErrorDocument;
use super::list::{Outcome, failed};

/// A response, read to its end.
#[derive(Debug)]
pub(super) struct DeletionResponse {
    response: HttpResponse,
    /// S3's error code; if there is none, the name of the status.
    code: String,
    message: String,
}

impl DeletionResponse {
    /// Reads the response to its end.
    ///
    /// # Errors
    /// A [`ConnectorError`] if the connection breaks.
    pub(super) async fn read(mut response: HttpResponse) -> Result<Self, ConnectorError> {
        let body = ByteStream::new(response.take_body()).collect().await;
        let body = body.map_err(|error| ConnectorError::io(error.into()))?.into_bytes();
        let ErrorDocument { code, message } = ErrorDocument::read(&body).unwrap_or_default();
        let code = if code.is_empty() { words(response.status().as_u16()) } else { code };
        *response.body_mut() = SdkBody::from(body);
        Ok(Self { response, code, message })
    }

    /// Whether another attempt may succeed.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self.response.status().as_u16(), 429 | 500 | 502 | 503 | 504)
    }

    /// Whether the response is about the bucket, not the key: S3 would respond the same to the
    /// whole list.
    pub(super) fn concerns_all(&self) -> bool {
        (300..400).contains(&self.response.status().as_u16()) || self.code == "NoSuchBucket"
    }

    /// The response as S3 sent it.
    pub(super) fn into_response(self) -> HttpResponse {
        self.response
    }

    /// The entry for `object` in the response of DeleteObjects. A missing object is not an error.
    pub(super) fn outcome(&self, object: &ObjectIdentifier) -> Outcome {
        if !self.response.status().is_success() && self.code != "NoSuchKey" {
            return Err(failed(object, &self.code, &self.message));
        }
        let marker = self.header("x-amz-delete-marker").filter(|marker| *marker == "true");
        let marker_version = marker.and_then(|_| self.header("x-amz-version-id"));
        Ok(DeletedObject::builder()
            .key(object.key())
            .set_version_id(object.version_id().map(str::to_owned))
            .set_delete_marker(marker.map(|_| true))
            .set_delete_marker_version_id(marker_version.map(str::to_owned))
            .build())
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)
    }
}

/// The name of a status as S3 writes its error codes: `ServiceUnavailable` for 503.
fn words(status: u16) -> String {
    let status = StatusCode::from_u16(status).ok();
    let reason = status.and_then(|status| status.canonical_reason());
    reason.unwrap_or("UnknownError").replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(
        status: u16,
        headers: &[(&'static str, &'static str)],
        body: &str,
    ) -> DeletionResponse {
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        for (name, value) in headers {
            response.headers_mut().insert(*name, *value);
        }
        DeletionResponse::read(response).await.unwrap()
    }

    fn object(version: Option<&str>) -> ObjectIdentifier {
        let object = ObjectIdentifier::builder().key("k");
        object.set_version_id(version.map(str::to_owned)).build().unwrap()
    }

    /// The examples of DeleteObjects in the S3 API Reference.
    #[tokio::test]
    async fn versions_and_markers_are_told_as_s3_tells_them() {
        let marker = ("x-amz-delete-marker", "true");
        let (version, none) = (("x-amz-version-id", "m1"), DeletedObject::builder().key("k"));
        let made = none.clone().delete_marker(true).delete_marker_version_id("m1");
        for (asked, headers, expected) in [
            (None, &[][..], none.clone()),
            (None, &[("x-amz-delete-marker", "false")], none.clone()),
            (None, &[marker, version], made.clone()),
            (Some("v1"), &[("x-amz-version-id", "v1")], none.clone().version_id("v1")),
            (Some("m1"), &[marker, version], made.version_id("m1")),
        ] {
            let told = answer(204, headers, "").await.outcome(&object(asked));
            assert_eq!(told, Ok(expected.build()), "{asked:?} {headers:?}");
        }
    }

    #[tokio::test]
    async fn a_key_that_is_not_there_is_deleted_and_other_failures_are_named() {
        let error = |code: &str| {
            format!(
                "<?xml version='1.0'?><Error><Code>{code}</Code><Message>a &amp; b</Message></Error>"
            )
        };
        for (status, body, expected) in [
            (404, error("NoSuchKey"), None),
            (404, "<html>a proxy's</html>".to_owned(), Some(("NotFound", ""))),
            (404, "<x><Code>NoSuchKey</Code></x>".to_owned(), Some(("NotFound", ""))),
            (404, error("NoSuchKey")[..40].to_owned(), Some(("NotFound", ""))),
            (404, error("NoSuchVersion"), Some(("NoSuchVersion", "a & b"))),
            (403, error("AccessDenied"), Some(("AccessDenied", "a & b"))),
            (412, error("PreconditionFailed"), Some(("PreconditionFailed", "a & b"))),
            (503, String::new(), Some(("ServiceUnavailable", ""))),
            (502, "<html>a proxy's</html>".to_owned(), Some(("BadGateway", ""))),
            (599, "no xml".to_owned(), Some(("UnknownError", ""))),
        ] {
            let told = answer(status, &[], &body).await.outcome(&object(Some("v")));
            let told = told.err().map(|error| {
                assert_eq!((error.key(), error.version_id()), (Some("k"), Some("v")));
                (error.code().unwrap().to_owned(), error.message().unwrap().to_owned())
            });
            let expected = expected.map(|(code, why)| (code.to_owned(), why.to_owned()));
            assert_eq!(told, expected, "{status} {body}");
        }
    }

    #[tokio::test]
    async fn what_is_about_the_bucket_is_said_of_the_whole_list() {
        let error = |code| format!("<Error><Code>{code}</Code></Error>");
        for (status, code, all) in [
            (404, "NoSuchBucket", true),
            (301, "PermanentRedirect", true),
            (307, "TemporaryRedirect", true),
            (404, "NoSuchKey", false),
            (403, "AccessDenied", false),
        ] {
            assert_eq!(answer(status, &[], &error(code)).await.concerns_all(), all, "{code}");
        }
    }
}

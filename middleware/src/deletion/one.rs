//! DeleteObject for one key of a list.

use std::time::Duration;

use aws_sdk_s3::primitives::DateTimeFormat;
use aws_sdk_s3::types::ObjectIdentifier;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use sail_cargo_client::protocol::{SignRequest, SignResponse};

use super::answer::DeletionResponse;
use crate::answer::Signed;
use crate::declared::DeclaredRequest;
use crate::headers::{self, X_AMZ_CONTENT_SHA256};
use crate::{RemoteSigningError, Unanswered, answer, ask, payload, percent};

/// Pauses before a key is retried after a transient error of S3. The SDK would repeat the whole
/// list.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

/// A DeleteObject, as the SDK would make it.
#[derive(Debug)]
pub(super) struct One {
    position: usize,
    request: HttpRequest,
    declared: DeclaredRequest,
}

impl One {
    /// A DeleteObject for `object`, with the address of the DeleteObjects `list`, and those of its
    /// headers that do not describe a body.
    ///
    /// # Errors
    /// [`RemoteSigningError`] if DeleteObject cannot express a condition of the object.
    pub(super) fn like(
        list: &HttpRequest,
        position: usize,
        object: &ObjectIdentifier,
    ) -> Result<Self, RemoteSigningError> {
        let mut request = HttpRequest::new(SdkBody::empty());
        let set = request.set_method("DELETE");
        set.map_err(|_| RemoteSigningError::protocol("there is no DELETE"))?;
        request.set_uri(url(list.uri(), object)).map_err(|_| unsayable("key"))?;
        let kept = headers::lines(list.headers())?.into_iter();
        let declared = DeclaredRequest::of(payload::hash(&[]));
        let own = [(X_AMZ_CONTENT_SHA256.to_owned(), declared.payload.clone())];
        let all = kept.filter(|(name, _)| !is_about_a_body(name)).chain(own);
        for (name, value) in all.chain(conditions(object)?) {
            let inserted = request.headers_mut().try_insert(name.clone(), value);
            inserted.map_err(|_| unsayable(&name))?;
        }
        Ok(Self { position, request, declared })
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// The signing request.
    pub(super) fn ask(&self) -> Result<SignRequest, RemoteSigningError> {
        ask::about(&self.request, &self.declared)
    }

    /// Applies Cargo's response.
    pub(super) fn apply(&mut self, answer: SignResponse) -> Result<(), RemoteSigningError> {
        answer::apply(answer, &self.declared, &mut self.request)
    }

    /// Sends the request, and retries it after transient errors. Returns its position and the last
    /// response.
    pub(super) async fn send(
        self,
        inner: &SharedHttpConnector,
    ) -> Result<(usize, DeletionResponse), ConnectorError> {
        for pause in PAUSES {
            let answer = self.attempt(inner).await?;
            if !answer.is_passing() {
                return Ok((self.position, answer));
            }
            tokio::time::sleep(pause).await;
        }
        Ok((self.position, self.attempt(inner).await?))
    }

    async fn attempt(
        &self,
        inner: &SharedHttpConnector,
    ) -> Result<DeletionResponse, ConnectorError> {
        let copy = self.request.try_clone();
        let mut copy = copy.ok_or_else(|| ConnectorError::user("a body was given away".into()))?;
        copy.add_extension(Signed);
        let answer = inner.call(copy).await;
        DeletionResponse::read(answer.map_err(|error| Unanswered::of(error, self.request.uri()))?)
            .await
    }
}

/// The URL of `object` as the SDK writes it. `list` is a URL of the same bucket.
fn url(list: &str, object: &ObjectIdentifier) -> String {
    let bucket = list.split('?').next().unwrap_or_default().trim_end_matches('/');
    let mut url = format!("{bucket}/{}?x-id=DeleteObject", percent::url_path(object.key()));
    if let Some(version) = object.version_id() {
        url.push_str("&versionId=");
        url.push_str(&percent::url_query(version));
    }
    url
}

/// Whether a header of DeleteObjects describes its body.
fn is_about_a_body(name: &str) -> bool {
    let whole = [
        X_AMZ_CONTENT_SHA256,
        "transfer-encoding",
        "x-amz-decoded-content-length",
        "x-amz-sdk-checksum-algorithm",
        "x-amz-trailer",
    ];
    let families = ["content-", "x-amz-checksum-"];
    whole.contains(&name) || families.iter().any(|family| name.starts_with(family))
}

/// The conditions of the deletion, as headers of DeleteObject.
fn conditions(object: &ObjectIdentifier) -> Result<Vec<(String, String)>, RemoteSigningError> {
    let time = object.last_modified_time().map(|time| time.fmt(DateTimeFormat::HttpDate));
    let time = time.transpose().map_err(|_| unsayable("LastModifiedTime"))?;
    let headers = [
        ("if-match", object.e_tag().map(str::to_owned)),
        ("x-amz-if-match-last-modified-time", time),
        ("x-amz-if-match-size", object.size().map(|size| size.to_string())),
    ];
    let given = headers.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Ok(given.collect())
}

fn unsayable(what: &str) -> RemoteSigningError {
    let message = format!("the `{what}` of the object cannot be part of a DeleteObject");
    RemoteSigningError::Invalid { code: None, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_the_buckets_with_the_key() {
        for (list, key, version, url) in [
            ("http://s3:9000/b/?delete", "a b/ü", None, "http://s3:9000/b/a%20b/%C3%BC"),
            ("http://s3:9000/b?delete", "k", None, "http://s3:9000/b/k"),
            ("https://b.s3/?delete", "/lead//", None, "https://b.s3//lead//"),
            ("https://b.s3?delete", "?delete#", Some("a+/="), "https://b.s3/%3Fdelete%23"),
        ] {
            let object = ObjectIdentifier::builder().key(key);
            let object = object.set_version_id(version.map(str::to_owned)).build().unwrap();
            let query = version.map_or("", |_| "&versionId=a%2B%2F%3D");
            assert_eq!(super::url(list, &object), format!("{url}?x-id=DeleteObject{query}"));
        }
    }
}

//! A request that was judged where clients send it, written for where the storage answers.

use super::decide::{Approved, check_spelling};
use super::denied::Denied;
use super::s3::{Endpoint, Method, S3Request};

/// A request that [`decide`](fn@super::decide) said yes to, in the words of an address of the store.
/// Operation, bucket, key, source, query, headers and payload are those that were judged. Only the
/// address differs, and whether the bucket stands in the host or in the path.
///
/// It is made of an [`Approved`] alone, and holds no other request than that one:
///
/// ```compile_fail,E0624
/// use sail_cargo_domain::s3::{Endpoint, S3Request};
///
/// fn unjudged<'a>(request: &'a S3Request, store: &Endpoint) -> sail_cargo_domain::Respelled<'a> {
///     sail_cargo_domain::Respelled::new(request, "", store).unwrap()
/// }
/// ```
#[derive(Debug)]
pub struct Respelled<'a> {
    request: &'a S3Request,
    url: String,
    payload: &'a str,
}

impl<'a> Approved<'a> {
    /// The same request for `endpoint`: with the bucket in the host where the endpoint has buckets
    /// there, and in the path elsewhere. The payload is the one that was judged.
    ///
    /// # Errors
    /// [`Denied::ReservedBucket`] or [`Denied::ReservedKey`]: in every spelling that the endpoint
    /// takes, the path begins like one of another service of the storage.
    pub fn respelled(&self, endpoint: &Endpoint) -> Result<Respelled<'a>, Denied> {
        Respelled::new(self.request(), self.payload(), endpoint)
    }
}

impl<'a> Respelled<'a> {
    fn new(request: &'a S3Request, payload: &'a str, endpoint: &Endpoint) -> Result<Self, Denied> {
        let target = request.target();
        let is_hosted = endpoint.can_host(target) && check_spelling(target, true).is_ok();
        check_spelling(target, is_hosted)?;
        Ok(Self { request, url: request.url_at(endpoint, is_hosted), payload })
    }

    /// The method.
    pub fn method(&self) -> Method {
        self.request.method()
    }

    /// The URL that is signed, and that must be sent: its host is the `Host` header.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The headers that are signed beside `host` and those that the signature adds. They must be
    /// sent, and no others that mean something to a storage.
    pub fn headers(&self) -> &'a [(String, String)] {
        self.request.headers()
    }

    /// `x-amz-content-sha256`.
    pub fn payload(&self) -> &'a str {
        self.payload
    }
}

#[cfg(test)]
mod tests;

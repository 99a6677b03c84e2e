//! An approved request, and its signature.

use chrono::{DateTime, Utc};

use crate::decide::Approved;
use crate::reservation_id::ReservationId;
use crate::s3::{Lifetime, S3Request};
use crate::sigv4::{self, PresignedUrl, Signature, StoreCredentials};

/// Approval to sign a request, and for how long. Only
/// [`ParsedRequest::judge`](super::ParsedRequest::judge) creates one, and nothing else can be
/// signed:
///
/// ```compile_fail,E0599
/// use sail_cargo_domain::pipeline::ParsedRequest;
/// use sail_cargo_domain::sigv4::StoreCredentials;
///
/// fn unchecked(request: &ParsedRequest, keys: &StoreCredentials, now: chrono::DateTime<chrono::Utc>) {
///     request.sign(keys, now);
/// }
/// ```
#[derive(Debug)]
pub struct Approval<'a> {
    approved: Approved<'a>,
    /// The lifetime of a presigned URL.
    lifetime: Option<Lifetime>,
    /// The reservation of a bucket's creation or deletion.
    reservation_id: Option<ReservationId>,
}

/// A signature in its form: headers or URL.
#[derive(Debug)]
pub enum Signed {
    /// Headers that carry the signature.
    Headers(Signature),
    /// A URL that carries the signature.
    Url(PresignedUrl),
}

impl<'a> Approval<'a> {
    pub(super) fn new(approved: Approved<'a>, lifetime: Option<Lifetime>) -> Self {
        Self { approved, lifetime, reservation_id: None }
    }

    /// The proof of the approval.
    pub fn approved(&self) -> &Approved<'a> {
        &self.approved
    }

    /// The approved request.
    pub fn request(&self) -> &'a S3Request {
        self.approved.request()
    }

    /// The lifetime of the URL; `None` for headers.
    pub fn lifetime(&self) -> Option<Lifetime> {
        self.lifetime
    }

    /// Sets the reservation of the bucket's creation or deletion.
    pub fn reserve(&mut self, reservation_id: ReservationId) {
        self.reservation_id = Some(reservation_id);
    }

    /// With what the creation or deletion of the bucket is settled, if that was noted.
    pub fn into_reservation_id(self) -> Option<ReservationId> {
        self.reservation_id
    }

    /// Signs the request at `now`. Cannot fail.
    pub fn sign(&self, credentials: &StoreCredentials, now: DateTime<Utc>) -> Signed {
        match self.lifetime {
            Some(lifetime) => {
                Signed::Url(sigv4::presign(&self.approved, lifetime, credentials, now))
            }
            None => Signed::Headers(sigv4::sign(&self.approved, credentials, now)),
        }
    }
}

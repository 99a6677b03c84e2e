//! A request that may be signed, and its signature.

use chrono::{DateTime, Utc};

use crate::decide::Approved;
use crate::reservation_id::ReservationId;
use crate::s3::{Lifetime, S3Request};
use crate::sigv4::{self, PresignedUrl, Signature, StoreCredentials};

/// A request that may be signed, and for how long. Made by
/// [`ParsedRequest::judge`](super::ParsedRequest::judge) alone, and it alone can be signed:
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
    /// For a URL.
    lifetime: Option<Lifetime>,
    /// For the creation or deletion of a bucket: what settles it.
    reservation_id: Option<ReservationId>,
}

/// A signature, where it was to stand.
#[derive(Debug)]
pub enum Signed {
    /// In headers.
    Headers(Signature),
    /// In the URL.
    Url(PresignedUrl),
}

impl<'a> Approval<'a> {
    pub(super) fn new(approved: Approved<'a>, lifetime: Option<Lifetime>) -> Self {
        Self { approved, lifetime, reservation_id: None }
    }

    /// The judge's yes.
    pub fn approved(&self) -> &Approved<'a> {
        &self.approved
    }

    /// The request that was judged.
    pub fn request(&self) -> &'a S3Request {
        self.approved.request()
    }

    /// How long the URL will live; none for headers.
    pub fn lifetime(&self) -> Option<Lifetime> {
        self.lifetime
    }

    /// Notes with what the creation or deletion of the bucket is settled.
    pub fn reserve(&mut self, reservation_id: ReservationId) {
        self.reservation_id = Some(reservation_id);
    }

    /// With what the creation or deletion of the bucket is settled, if that was noted.
    pub fn into_reservation_id(self) -> Option<ReservationId> {
        self.reservation_id
    }

    /// Signs, at `now`. Cannot fail.
    pub fn sign(&self, credentials: &StoreCredentials, now: DateTime<Utc>) -> Signed {
        match self.lifetime {
            Some(lifetime) => {
                Signed::Url(sigv4::presign(&self.approved, lifetime, credentials, now))
            }
            None => Signed::Headers(sigv4::sign(&self.approved, credentials, now)),
        }
    }
}

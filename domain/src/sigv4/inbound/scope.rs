//! What a signature is for: a day, a region, a service.

use chrono::NaiveDate;

use super::super::key::SigningKey;
use super::super::proof_error::ProofFlaw;
use super::super::stamp;
use crate::secret::Secret;

/// The services that signatures are taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Objects and buckets.
    S3,
    /// Sessions.
    Sts,
}

impl Service {
    fn parse(text: &str) -> Option<Self> {
        [Self::S3, Self::Sts].into_iter().find(|service| service.as_str() == text)
    }

    /// As it stands in a scope.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Sts => "sts",
        }
    }
}

/// The scope of a credential: `day/region/service/aws4_request`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    text: String,
    day: NaiveDate,
    region: String,
    service: Service,
}

impl Scope {
    /// Reads a credential: an access key id, and behind it the scope. The id may hold slashes.
    pub(super) fn of_credential(credential: &str) -> Result<(String, Self), ProofFlaw> {
        let mut parts = credential.rsplitn(5, '/');
        let mut part = || parts.next().ok_or(ProofFlaw::Credential);
        let (terminal, service, region, day, id) = (part()?, part()?, part()?, part()?, part()?);
        let is_text = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        if !is_text(id) || !is_text(region) {
            return Err(ProofFlaw::Credential);
        }
        if terminal != "aws4_request" {
            return Err(ProofFlaw::Terminal);
        }
        let service = Service::parse(service).ok_or(ProofFlaw::Service)?;
        let text = [day, region, service.as_str(), terminal].join("/");
        let day = stamp::read_day(day).ok_or(ProofFlaw::Credential)?;
        Ok((id.to_owned(), Self { text, day, region: region.to_owned(), service }))
    }

    /// The day, in UTC.
    pub fn day(&self) -> NaiveDate {
        self.day
    }

    /// The region.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The service.
    pub fn service(&self) -> Service {
        self.service
    }

    /// As it stands in a credential.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The key that signs for it.
    pub fn derive(&self, secret: &Secret) -> SigningKey {
        SigningKey::derive(secret, self.day, &self.region, self.service.as_str())
    }
}

#[cfg(test)]
impl Scope {
    /// Of a service that no request names: the published vectors do.
    pub(super) fn of_vector(text: &str, day: NaiveDate, region: &str) -> Self {
        let (text, region) = (text.to_owned(), region.to_owned());
        Self { text, day, region, service: Service::Sts }
    }
}

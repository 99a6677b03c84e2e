//! The signing key of a day: derivation from a store's secret, and signatures.

use std::fmt;

use chrono::{Datelike as _, NaiveDate};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::secret::Secret;

pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A signing key for one UTC day, one region and the service `s3`. Wiped when dropped.
pub(super) struct SigningKey {
    day: NaiveDate,
    scope: String,
    mac: Hmac<Sha256>,
}

impl SigningKey {
    /// Derives the key of `day` from the secret: a chain of four HMACs.
    pub(super) fn derive(secret: &Secret, day: NaiveDate, region: &str) -> Self {
        let date = format!("{:04}{:02}{:02}", day.year(), day.month(), day.day());
        let seed = Zeroizing::new(["AWS4", secret.expose()].concat());
        let chain = [&*date, region, "s3", "aws4_request"];
        let mac = chain.into_iter().fold(keyed(seed.as_bytes()), |mac, part| {
            let next: Zeroizing<[u8; 32]> =
                Zeroizing::new(mac.chain_update(part).finalize().into_bytes().into());
            keyed(&*next)
        });
        Self { day, scope: chain.join("/"), mac }
    }

    /// The day of the key.
    pub(super) fn day(&self) -> NaiveDate {
        self.day
    }

    /// The scope of the key, as in a credential: `date/region/s3/aws4_request`.
    pub(super) fn scope(&self) -> &str {
        &self.scope
    }

    /// Signs a canonical request made at `stamp`, and returns hex.
    pub(super) fn sign(&self, stamp: &str, canonical_request: &str) -> String {
        let hash = hex::encode(Sha256::digest(canonical_request));
        let mut mac = self.mac.clone();
        for part in [ALGORITHM, "\n", stamp, "\n", &self.scope, "\n", &hash] {
            mac.update(part.as_bytes());
        }
        hex::encode(mac.finalize().into_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigv4::canonical::{self, SignedHeaders};

    const HASH: &str = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";

    fn key() -> SigningKey {
        let secret = Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned());
        SigningKey::derive(&secret, NaiveDate::from_ymd_opt(2013, 5, 24).unwrap(), "us-east-1")
    }

    /// "Example: PUT Object". It has a `date` header, which Cargo would not sign.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
    #[test]
    fn the_published_upload() {
        let url = "https://examplebucket.s3.amazonaws.com/test%24file.text";
        let headers = [
            ("date", "Fri, 24 May 2013 00:00:00 GMT"),
            ("x-amz-date", "20130524T000000Z"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ("x-amz-content-sha256", HASH),
        ];
        let headers = SignedHeaders::new(url, headers.into_iter());
        let canonical = canonical::request("PUT", url, &headers, &headers.names(), HASH);
        let signature = key().sign("20130524T000000Z", &canonical);
        assert_eq!(signature, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    }

    /// A signing key consists of hash states, which are wiped if a feature of their crate is on.
    #[test]
    fn a_key_is_wiped_when_dropped() {
        const fn is_wiped<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        is_wiped(&Sha256::new());
    }

    #[test]
    fn a_key_does_not_print() {
        assert_eq!(format!("{:?}", key()), "SigningKey(…)");
        assert_eq!(key().scope(), "20130524/us-east-1/s3/aws4_request");
    }
}

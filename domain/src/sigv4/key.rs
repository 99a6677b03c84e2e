//! The key of a day: what is made of a secret, and what signs and verifies.

use std::fmt;

use chrono::{Datelike as _, NaiveDate};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::secret::Secret;

pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Signs for one UTC day, one region and one service. Wiped when dropped, and does not print.
pub struct SigningKey {
    day: NaiveDate,
    scope: String,
    mac: Hmac<Sha256>,
}

impl SigningKey {
    /// Four HMACs in a chain, from the secret to the key of `day`.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
    pub fn derive(secret: &Secret, day: NaiveDate, region: &str, service: &str) -> Self {
        let date = format!("{:04}{:02}{:02}", day.year(), day.month(), day.day());
        let seed = Zeroizing::new(["AWS4", secret.expose()].concat());
        let chain = [&*date, region, service, "aws4_request"];
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

    /// What it signs for, as it stands in a credential: `date/region/service/aws4_request`.
    pub(super) fn scope(&self) -> &str {
        &self.scope
    }

    /// Signs a canonical request made at `stamp`, and returns hex.
    pub(super) fn sign(&self, stamp: &str, canonical_request: &[u8]) -> String {
        hex::encode(self.mac(stamp, canonical_request).finalize().into_bytes())
    }

    /// Whether `signature` is that of a canonical request made at `stamp`. Takes as long for a
    /// wrong one as for the right one.
    pub(super) fn verifies(&self, stamp: &str, canonical_request: &[u8], signature: &[u8]) -> bool {
        self.mac(stamp, canonical_request).verify_slice(signature).is_ok()
    }

    fn mac(&self, stamp: &str, canonical_request: &[u8]) -> Hmac<Sha256> {
        self.mac_of_lines(ALGORITHM, stamp, &[&hex::encode(Sha256::digest(canonical_request))])
    }

    /// Of a string to sign: its first word, the time, the scope, and the lines behind them.
    pub(super) fn mac_of_lines(&self, first: &str, stamp: &str, rest: &[&str]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        for part in [first, "\n", stamp, "\n", &self.scope] {
            mac.update(part.as_bytes());
        }
        for line in rest {
            mac.update(b"\n");
            mac.update(line.as_bytes());
        }
        mac
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// Reads a signature: 64 lower-case hex digits.
pub(super) fn read_signature(text: &[u8]) -> Option<[u8; 32]> {
    let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let mut signature = [0; 32];
    let is_read = text.iter().all(is_hex) && hex::decode_to_slice(text, &mut signature).is_ok();
    is_read.then_some(signature)
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigv4::canonical::{self, SignedHeaders, Target};

    const HASH: &str = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";

    fn key() -> SigningKey {
        let secret = Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned());
        let day = NaiveDate::from_ymd_opt(2013, 5, 24).unwrap();
        SigningKey::derive(&secret, day, "us-east-1", "s3")
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
        let target = Target::of_url(url);
        let canonical = canonical::request("PUT", target, &headers, &headers.names(), HASH);
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

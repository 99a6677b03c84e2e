//! How S3 answered the creation or deletion of a bucket: Cargo holds the name until it knows.

use sail_cargo_client::protocol::{BucketClaim, SettleBucket, SettleOutcome, SignResponse};

use crate::RemoteSigner;

/// What came with the signature of CreateBucket or DeleteBucket.
#[derive(Debug)]
pub(crate) struct PendingReservation {
    claim: BucketClaim,
    /// A deletion; a creation otherwise.
    deletes: bool,
}

impl PendingReservation {
    /// The claim in an answer, where there is one.
    pub(crate) fn of(response: &SignResponse) -> Option<Self> {
        let claim = response.claim.clone()?;
        Some(Self { claim, deletes: response.operation == "DeleteBucket" })
    }

    /// Tells Cargo how S3 answered. When that says nothing (5xx), or Cargo cannot be told, Cargo
    /// looks itself: on the next use of the name, or by `sail-cargo buckets reconcile`.
    pub(crate) async fn settle(self, signer: &RemoteSigner, status: u16) {
        let outcome = match status {
            200..300 => SettleOutcome::Done,
            404 if self.deletes => SettleOutcome::Done,
            // The request may be sent again, or have been carried out.
            408 | 429 => return,
            300..500 => SettleOutcome::Refused,
            _ => return,
        };
        let settle = SettleBucket { claim: self.claim.id, outcome };
        // An app whose bucket was created must not be told that it was not.
        drop(signer.client().settle_bucket(&self.claim.bucket, &settle).await);
    }
}

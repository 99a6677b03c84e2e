//! Reports S3's response to the creation or deletion of a bucket. Until then Cargo reserves the
//! name.

use sail_cargo_client::protocol::{BucketClaim, SettleBucket, SettleOutcome, SignResponse};

use crate::RemoteSigner;

/// The reservation that comes with the signature of CreateBucket or DeleteBucket.
#[derive(Debug)]
pub(crate) struct PendingReservation {
    claim: BucketClaim,
    /// Whether it is for a deletion; otherwise for a creation.
    deletes: bool,
}

impl PendingReservation {
    /// The reservation in a response, if there is one.
    pub(crate) fn of(response: &SignResponse) -> Option<Self> {
        let claim = response.claim.clone()?;
        Some(Self { claim, deletes: response.operation == "DeleteBucket" })
    }

    /// Reports S3's response to Cargo. If the response is inconclusive (5xx) or Cargo cannot be
    /// reached, Cargo later checks in S3: at the next use of the name, or by `sail-cargo buckets
    /// reconcile`.
    pub(crate) async fn settle(self, signer: &RemoteSigner, status: u16) {
        let outcome = match status {
            200..300 => SettleOutcome::Done,
            404 if self.deletes => SettleOutcome::Done,
            // The SDK may repeat the request, or S3 may have carried it out.
            408 | 429 => return,
            300..500 => SettleOutcome::Refused,
            _ => return,
        };
        let settle = SettleBucket { claim: self.claim.id, outcome };
        // A failure here must not make the creation of the bucket fail for the application.
        drop(signer.client().settle_bucket(&self.claim.bucket, &settle).await);
    }
}

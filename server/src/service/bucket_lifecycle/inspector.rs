//! Inspects one bucket in S3, with requests that are judged and signed like any other.

use super::error::ReconcileError;
use crate::clock::Clock;
use crate::domain::s3::{AddressingStyle, Endpoint};
use crate::domain::{BucketName, BucketState, ProjectId};
use crate::service::buckets::Shown;
use crate::service::handle::Service;
use crate::service::reservations::{Found, Unsettled};
use crate::storage_client::upstream::Upstream;
use crate::storage_client::{
    Account, PayloadMode, Seen, ServerPrincipal, Signer, StorageClient, StorageResponse,
    UnsignedRequest,
};

/// The handles that an inspection needs.
pub(super) struct BucketInspector<'a> {
    pub(super) upstream: &'a Upstream,
    pub(super) clock: &'a Clock,
    pub(super) service: &'a Service,
}

impl BucketInspector<'_> {
    /// Asks the project's storage whether the account has the bucket.
    ///
    /// A bucket that answers may belong to another account that lets us list it. So the account's
    /// own list of buckets is read as well.
    ///
    /// # Errors
    /// [`ReconcileError`]: the storage does not answer, or its answers are not conclusive.
    pub(super) async fn inspect(&self, sought: &Unsettled) -> Result<Found, ReconcileError> {
        let (project, bucket) = (&sought.project, &sought.bucket);
        let endpoint = self.endpoint(project, bucket).await?;
        let signer = self.signer(project, bucket, &endpoint).await?;
        let client = StorageClient::new(self.upstream.clone(), &endpoint);
        let mut answer =
            self.ask(&client, &signer, list_probe(&endpoint, endpoint.style(), bucket)).await?;
        let mut seen = Seen::of(&answer, bucket);
        let is_hosted = endpoint.hosts(bucket) && !bucket.is_reserved();
        if seen == Seen::Nothing && is_hosted {
            answer = self
                .ask(&client, &signer, list_probe(&endpoint, AddressingStyle::Path, bucket))
                .await?;
            seen = Seen::of(&answer, bucket);
        }
        let unsaid =
            || ReconcileError::Unsaid { bucket: bucket.clone(), answer: answer.to_string() };
        if seen == Seen::Nothing {
            return Err(unsaid());
        }
        let account = Account::list(&client, &signer, bucket.as_str()).await?;
        let is_ours = account.and_then(|account| account.holds(bucket.as_str()));
        found(sought.state, seen, is_ours).ok_or_else(unsaid)
    }

    /// How the account's own list of buckets shows a bucket; [`Shown::No`] if the storage gives no
    /// list.
    ///
    /// A bucket with the name of another service must also answer when the name is in the host,
    /// because some storages choose their services by it (Ceph RGW puts the host's label before the
    /// path).
    ///
    /// # Errors
    /// [`ReconcileError`]: the storage does not answer, or no endpoint can address the bucket.
    pub(super) async fn shows(
        &self,
        project: &ProjectId,
        bucket: &BucketName,
    ) -> Result<Shown, ReconcileError> {
        let endpoint = self.endpoint(project, bucket).await?;
        let signer = self.signer(project, bucket, &endpoint).await?;
        let client = StorageClient::new(self.upstream.clone(), &endpoint);
        if bucket.is_reserved() {
            let answer =
                self.ask(&client, &signer, list_probe(&endpoint, endpoint.style(), bucket)).await?;
            if Seen::of(&answer, bucket) != Seen::Listed {
                return Ok(Shown::No);
            }
        }
        let Some(account) = Account::list(&client, &signer, "").await? else {
            return Ok(Shown::No);
        };
        Ok(match (account.holds(bucket.as_str()), account.holds_twin_of(bucket.as_str())) {
            (Some(true), true) => Shown::BesideTwin,
            (Some(true), false) => Shown::Alone,
            _ => Shown::No,
        })
    }

    /// The first endpoint that can address the bucket.
    async fn endpoint(
        &self,
        project: &ProjectId,
        bucket: &BucketName,
    ) -> Result<Endpoint, ReconcileError> {
        let endpoints = self.service.endpoints(project.clone()).await?;
        let may = |endpoint: &&Endpoint| !bucket.is_reserved() || endpoint.hosts(bucket);
        endpoints.iter().find(may).cloned().ok_or_else(|| ReconcileError::Unsaid {
            bucket: bucket.clone(),
            answer: "no endpoint of the store can address this bucket".to_owned(),
        })
    }

    async fn ask(
        &self,
        client: &StorageClient,
        signer: &Signer,
        draft: UnsignedRequest,
    ) -> Result<StorageResponse, ReconcileError> {
        Ok(client.send(&signer.sign(draft)?).await?)
    }

    /// The signer with the store's keys, which are released for an approved request only.
    async fn signer(
        &self,
        project: &ProjectId,
        bucket: &BucketName,
        endpoint: &Endpoint,
    ) -> Result<Signer, ReconcileError> {
        let principal = ServerPrincipal::of([bucket.clone()])?.of_own_account();
        let request = list_probe(endpoint, endpoint.style(), bucket).parse(endpoint)?;
        let approval = principal.approve(&request, self.clock.now())?;
        let credentials = self.service.credentials(project.clone(), approval.approved()).await?;
        Ok(Signer { principal, endpoint: endpoint.clone(), credentials, clock: self.clock.clone() })
    }
}

/// Concludes whether a bucket exists from its listing (`seen`) and from the account's own list
/// (`is_ours`; `None` if the storage gives no list). `state` is the bucket's state so far.
///
/// Only the account's list proves that the bucket is absent, and only a listing proves that it is
/// present. `None` if the two contradict each other or are not conclusive.
fn found(state: BucketState, seen: Seen, is_ours: Option<bool>) -> Option<Found> {
    match (seen, is_ours) {
        (Seen::Listed | Seen::NoSuchBucket, Some(false)) => Some(Found::Absent),
        (Seen::Listed, Some(true)) => Some(Found::Present),
        // Without the account's list, a listing proves nothing for a claimed bucket: another
        // account may own it.
        (Seen::Listed, None) if state != BucketState::Claimed => Some(Found::Present),
        _ => None,
    }
}

/// An unsigned request for a listing of one object. Its answer is a document that can be checked,
/// unlike that of a HEAD. A name that cannot be a host label is put in the path.
fn list_probe(endpoint: &Endpoint, style: AddressingStyle, bucket: &BucketName) -> UnsignedRequest {
    let url = endpoint.url();
    let url = match (style, url.split_once("://")) {
        (AddressingStyle::VirtualHosted, Some((scheme, host))) if endpoint.hosts(bucket) => {
            format!("{scheme}://{bucket}.{host}/")
        }
        _ => format!("{url}/{bucket}"),
    };
    let (url, headers) = (format!("{url}?list-type=2&max-keys=1&encoding-type=url"), Vec::new());
    UnsignedRequest {
        method: "GET",
        url,
        headers,
        payload: PayloadMode::Unsigned,
        body: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_documents_that_agree_say_how_a_bucket_stands() {
        use BucketState::{Claimed, Deleting};
        use Found::{Absent, Present};
        for (state, seen, is_ours, expected) in [
            (Claimed, Seen::Listed, Some(true), Some(Present)),
            (Claimed, Seen::Listed, Some(false), Some(Absent)),
            (Claimed, Seen::NoSuchBucket, Some(false), Some(Absent)),
            // The bucket may belong to another account.
            (Claimed, Seen::Listed, None, None),
            (Deleting, Seen::Listed, None, Some(Present)),
            // Only the account's list proves that the bucket is absent.
            (Deleting, Seen::NoSuchBucket, None, None),
            (Deleting, Seen::NoSuchBucket, Some(true), None),
            (Deleting, Seen::NoSuchBucket, Some(false), Some(Absent)),
            (Deleting, Seen::Nothing, Some(true), None),
            (Deleting, Seen::Nothing, Some(false), None),
            (Deleting, Seen::Nothing, None, None),
        ] {
            assert_eq!(found(state, seen, is_ours), expected, "{state:?} {seen:?} {is_ours:?}");
        }
    }
}

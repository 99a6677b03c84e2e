//! The buckets of a fake authority, with pending creations and deletions.

use sail_cargo_domain::{BucketEdit, BucketName, ReservationId, Resource};
use sail_cargo_protocol::{
    self as wire, BucketState, PutBucket, SettleBucket, SettleOutcome, Settled,
};

use super::fake_state::FakeState;
use super::problem::{No, conflict, flawed, not_found, problem};

/// Registers a bucket, or replaces its rules. The real authority's rules for settings apply.
pub(super) fn put(
    fake: &mut FakeState,
    name: &BucketName,
    settings: PutBucket,
) -> Result<wire::Bucket, No> {
    let edit = BucketEdit::parse_put(settings).map_err(|flaw| flawed(&flaw, "/"))?;
    let bucket = fake.edit(name, &edit).map_err(|error| conflict(&error))?;
    Ok((&bucket).into())
}

/// Reserves the name for a creation that will be signed, and returns the reservation id; `None` if
/// the bucket exists.
pub(super) fn claim(fake: &mut FakeState, name: &BucketName) -> Option<ReservationId> {
    let known = fake.buckets.get(name).map(|entry| entry.bucket.state);
    if known == Some(BucketState::Active) {
        return None;
    }
    let reservation_id = ReservationId::new(format!("claim-{}", fake.revision));
    let entry = fake.register(name.clone());
    (entry.bucket.state, entry.reservation_id) = (BucketState::Claimed, reservation_id.clone());
    Some(reservation_id)
}

/// Marks the bucket for a deletion that will be signed, and returns the reservation id; `None` if
/// the bucket does not exist.
pub(super) fn close(fake: &mut FakeState, name: &BucketName) -> Option<ReservationId> {
    let reservation_id = ReservationId::new(format!("claim-{}", fake.change()));
    let entry = fake.buckets.get_mut(name)?;
    (entry.bucket.state, entry.reservation_id) = (BucketState::Deleting, reservation_id.clone());
    Some(reservation_id)
}

/// Records how S3 responded.
pub(super) fn settle(
    fake: &mut FakeState,
    name: &BucketName,
    settle: &SettleBucket,
) -> Result<Settled, No> {
    let entry = fake.buckets.get_mut(name).ok_or_else(|| not_found(Resource::Bucket))?;
    if entry.bucket.state == BucketState::Active || entry.reservation_id.as_str() != settle.claim {
        return Err(problem(409, "claim_settled", "the claim has no pending report"));
    }
    let state = match (entry.bucket.state, settle.outcome) {
        (BucketState::Claimed, SettleOutcome::Done)
        | (BucketState::Deleting, SettleOutcome::Refused) => {
            entry.bucket.state = BucketState::Active;
            Some(BucketState::Active)
        }
        _ => {
            fake.forget(name);
            None
        }
    };
    fake.change();
    Ok(Settled { bucket: name.to_string(), state, detail: "as S3 answered".to_owned() })
}

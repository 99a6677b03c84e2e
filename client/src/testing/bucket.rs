//! Buckets of a fake authority, and what became of their creation and deletion.

use sail_cargo_domain::{BucketName, Permissions, ReservationId};
use sail_cargo_protocol::{Bucket, BucketState, PutBucket, SettleBucket, SettleOutcome, Settled};

use super::fake_state::{Entry, FakeState};
use super::problem::{No, not_found, problem};

pub(super) fn to_wire(name: &BucketName, entry: &Entry) -> Bucket {
    Bucket {
        name: name.to_string(),
        public_permissions: entry.rules.public.into(),
        ceiling: entry.rules.ceiling.into(),
        labels: std::collections::BTreeMap::new(),
        state: entry.state,
        created_revision: entry.created,
    }
}

pub(super) fn put(fake: &mut FakeState, name: &BucketName, settings: &PutBucket) -> Bucket {
    let entry = fake.register(name.clone());
    entry.rules.public = Permissions::from(&settings.public_permissions);
    if let Some(ceiling) = &settings.ceiling {
        entry.rules.ceiling = Permissions::from(ceiling);
    }
    to_wire(name, entry)
}

/// Takes the name for a creation that is about to be signed, and returns the reservation id; none for a
/// bucket that is there.
pub(super) fn claim(fake: &mut FakeState, name: &BucketName) -> Option<ReservationId> {
    let known = fake.buckets.get(name).map(|entry| entry.state);
    if known == Some(BucketState::Active) {
        return None;
    }
    let reservation_id = ReservationId::new(format!("claim-{}", fake.revision));
    let entry = fake.register(name.clone());
    (entry.state, entry.reservation_id) = (BucketState::Claimed, reservation_id.clone());
    Some(reservation_id)
}

/// Notes a deletion that is about to be signed, and returns the reservation id; none where there is no
/// such bucket.
pub(super) fn close(fake: &mut FakeState, name: &BucketName) -> Option<ReservationId> {
    let reservation_id = ReservationId::new(format!("claim-{}", fake.change()));
    let entry = fake.buckets.get_mut(name)?;
    (entry.state, entry.reservation_id) = (BucketState::Deleting, reservation_id.clone());
    Some(reservation_id)
}

/// Notes how S3 answered.
pub(super) fn settle(
    fake: &mut FakeState,
    name: &BucketName,
    settle: &SettleBucket,
) -> Result<Settled, No> {
    let entry = fake.buckets.get_mut(name).ok_or_else(|| not_found("bucket"))?;
    if entry.state == BucketState::Active || entry.reservation_id.as_str() != settle.claim {
        return Err(problem(409, "claim_settled", "nothing of that claim is to be settled"));
    }
    let state = match (entry.state, settle.outcome) {
        (BucketState::Claimed, SettleOutcome::Done)
        | (BucketState::Deleting, SettleOutcome::Refused) => {
            entry.state = BucketState::Active;
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

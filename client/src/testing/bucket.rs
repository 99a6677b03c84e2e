//! Buckets of a fake authority, and what became of their creation and deletion.

use sail_cargo_domain::{BucketName, Permissions};
use sail_cargo_protocol::{
    Bucket, BucketClaim, BucketState, PutBucket, SettleBucket, SettleOutcome, Settled,
};

use super::problem::{No, not_found, problem};
use super::world::{Entry, World};

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

pub(super) fn put(world: &mut World, name: &BucketName, settings: &PutBucket) -> Bucket {
    let entry = world.register(name.clone());
    entry.rules.public = Permissions::from(&settings.public_permissions);
    if let Some(ceiling) = &settings.ceiling {
        entry.rules.ceiling = Permissions::from(ceiling);
    }
    to_wire(name, entry)
}

/// Takes the name for a creation that is about to be signed; none for a bucket that is there.
pub(super) fn claim(world: &mut World, name: &BucketName) -> Option<BucketClaim> {
    let known = world.buckets.get(name).map(|entry| entry.state);
    if known == Some(BucketState::Active) {
        return None;
    }
    let ticket = format!("claim-{}", world.revision);
    let entry = world.register(name.clone());
    (entry.state, entry.ticket) = (BucketState::Claimed, ticket.clone());
    Some(BucketClaim { bucket: name.to_string(), id: ticket })
}

/// Notes a deletion that is about to be signed; none where there is no such bucket.
pub(super) fn close(world: &mut World, name: &BucketName) -> Option<BucketClaim> {
    let ticket = format!("claim-{}", world.change());
    let entry = world.buckets.get_mut(name)?;
    (entry.state, entry.ticket) = (BucketState::Deleting, ticket.clone());
    Some(BucketClaim { bucket: name.to_string(), id: ticket })
}

/// Notes how S3 answered.
pub(super) fn settle(
    world: &mut World,
    name: &BucketName,
    settle: &SettleBucket,
) -> Result<Settled, No> {
    let entry = world.buckets.get_mut(name).ok_or_else(|| not_found("bucket"))?;
    if entry.state == BucketState::Active || entry.ticket != settle.claim {
        return Err(problem(409, "claim_settled", "nothing of that claim is to be settled"));
    }
    let state = match (entry.state, settle.outcome) {
        (BucketState::Claimed, SettleOutcome::Done)
        | (BucketState::Deleting, SettleOutcome::Refused) => {
            entry.state = BucketState::Active;
            Some(BucketState::Active)
        }
        _ => {
            world.forget(name);
            None
        }
    };
    world.change();
    Ok(Settled { bucket: name.to_string(), state, detail: "as S3 answered".to_owned() })
}

//! `bucket`: which bucket belongs to which project.

mod edit;
mod rows;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sail_cargo_protocol::{self as wire, BucketState};

pub use edit::{BUCKET_TAKEN, BucketEdit, Labels, NOT_SHOWN, Shown};
pub(super) use edit::{demand_own_account, demand_plain_name, remove, taken};
pub(super) use rows::{facts, find, insert, state_word, update};

use super::Database;
use super::authority::SnapshotReader;
use super::error::StoreError;
use super::grants::{Listed, paginate};
use super::history::{Overlay, When, overlay};
use super::write::mutate;
use crate::domain::{At, Authority, BucketName, BucketRules, Context, ProjectId};
use edit::{edit_in, forget, put};
use rows::list;

/// A registered bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: BucketName,
    /// What holds for everybody in it.
    pub rules: BucketRules,
    /// Words of the application about it.
    pub labels: BTreeMap<String, String>,
    /// Whether its creation or deletion is under way.
    pub state: BucketState,
    /// The revision that registered it.
    pub created_revision: i64,
}

/// A bucket, as far as decisions are made from it.
#[derive(Debug)]
pub(super) struct BucketFacts {
    pub(super) name: BucketName,
    pub(super) rules: BucketRules,
    pub(super) state: BucketState,
    /// When its creation or deletion was signed last, while that is not settled.
    pub(super) since: Option<DateTime<Utc>>,
}

impl Database {
    /// Registers a bucket, or replaces the rules of one that is registered.
    ///
    /// # Errors
    /// The name belongs to another project of the same store; only operators register buckets of
    /// a shared store, and raise a ceiling, be it one that is kept for the name.
    pub async fn put_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        edit: BucketEdit,
        context: Context,
    ) -> Result<At<Bucket>, StoreError> {
        self.change(move |session| put(session, &project, &name, &edit, &context)).await
    }

    /// Changes a bucket that is registered.
    ///
    /// # Errors
    /// It is not registered to the project; only operators raise a ceiling.
    pub async fn patch_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        edit: BucketEdit,
        context: Context,
    ) -> Result<At<Bucket>, StoreError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, revision| {
                // As with grants: one whose creation nobody confirmed has no rules to change yet.
                let known = find(connection, &project, &name)?;
                if known.is_none_or(|bucket| bucket.state == BucketState::Claimed) {
                    return Err(StoreError::NotFound("bucket"));
                }
                edit_in(connection, &project, &name, &edit, &context, revision)
            })
        })
        .await
    }

    /// One bucket of the project, and what bears on what the caller may do in it.
    ///
    /// # Errors
    /// It is not registered to the project.
    pub async fn bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        context: Context,
    ) -> Result<At<(Bucket, Authority)>, StoreError> {
        self.read(project.clone(), context.at_least, move |connection, revision| {
            let bucket =
                find(connection, &project, &name)?.ok_or(StoreError::NotFound("bucket"))?;
            let overlay = Overlay::default();
            let reader =
                SnapshotReader { project: &project, overlay: &overlay, revision, now: context.now };
            let authority = reader.authority(connection, &context.caller, Some(&[name]))?;
            Ok((bucket, authority))
        })
        .await
    }

    /// The project's buckets by name, behind `after`, at most `limit`; as they were `when`.
    ///
    /// # Errors
    /// That part of the history is gone.
    pub async fn buckets(
        &self,
        project: ProjectId,
        when: When,
        after: String,
        limit: usize,
        context: Context,
    ) -> Result<At<Listed<Bucket>>, StoreError> {
        let listed = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, overlay) = overlay(connection, &project, head, when)?;
                let buckets = list(connection, &project, &overlay, &after, limit + 1)?;
                Ok(At { value: paginate(buckets, limit), revision })
            })
            .await?;
        Ok(listed.value)
    }

    /// All buckets of the project by name, behind `after`, and what bears on what the caller may
    /// do in any; as they were `when`.
    ///
    /// # Errors
    /// That part of the history is gone.
    pub async fn buckets_and_authority(
        &self,
        project: ProjectId,
        when: When,
        after: String,
        context: Context,
    ) -> Result<At<(Vec<Bucket>, Authority)>, StoreError> {
        let listed = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, overlay) = overlay(connection, &project, head, when)?;
                let now = context.now;
                let reader = SnapshotReader { project: &project, overlay: &overlay, revision, now };
                let authority = reader.authority(connection, &context.caller, None)?;
                let buckets = list(connection, &project, &overlay, &after, usize::MAX >> 1)?;
                Ok(At { value: (buckets, authority), revision })
            })
            .await?;
        Ok(listed.value)
    }

    /// Forgets a bucket and every grant on it; whether it was there. Its ceiling is kept for the
    /// name. In S3 nothing changes.
    ///
    /// # Errors
    /// It is frozen, which only operators undo.
    pub async fn forget_bucket(
        &self,
        project: ProjectId,
        name: BucketName,
        context: Context,
    ) -> Result<At<bool>, StoreError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                forget(connection, &project, &name, &context)
            })
        })
        .await
    }
}

impl Bucket {
    /// As answers have it.
    pub fn to_wire(&self) -> wire::Bucket {
        wire::Bucket {
            name: self.name.to_string(),
            public_permissions: self.rules.public.into(),
            ceiling: self.rules.ceiling.into(),
            labels: self.labels.clone(),
            state: self.state,
            created_revision: self.created_revision,
        }
    }
}

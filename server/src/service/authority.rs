//! Reads the facts that decisions are based on: endpoints, rules and grants.

use std::sync::Arc;

use sail_cargo_database::SnapshotReader;
use sail_cargo_database::history::{Overlay, When, overlay};
use sail_cargo_database::tables::{buckets, storage_accounts};

use super::error::ServiceError;
use super::handle::Service;
use super::reservations::Unsettled;
use crate::cache::State;
use crate::domain::s3::Endpoint;
use crate::domain::{At, Authority, BucketName, BucketState, Caller, Context, ProjectId};

impl Service {
    /// The endpoints of the project's storage. They are not secret, and are read before any request
    /// is judged.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such project.
    pub async fn endpoints(&self, project: ProjectId) -> Result<Arc<[Endpoint]>, ServiceError> {
        let cached = |state: &State| Some(Arc::clone(state.endpoints()));
        if let Some(endpoints) = self.cache.get_if_fresh(&project, None, cached) {
            return Ok(endpoints);
        }
        self.run(move |connection| {
            Ok(storage_accounts::endpoints_of_project(connection, &project)?.into())
        })
        .await
    }

    /// The rules and grants that decide what the caller may do in `buckets`, or in all buckets if
    /// `None`.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such project; [`ServiceError::Conflict`] if the
    /// database is behind the revision that the caller has seen.
    pub async fn authority(
        &self,
        project: ProjectId,
        context: &Context,
        buckets: Option<Vec<BucketName>>,
    ) -> Result<At<Authority>, ServiceError> {
        let context = context.clone();
        self.authority_of(project, context.caller.clone(), &context, buckets, When::Now).await
    }

    /// The rules and grants that decide what the caller may do in `buckets`, and those of the
    /// buckets whose creation or deletion is not settled. A fresh cache answers without the
    /// database.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such project; [`ServiceError::Conflict`] if the
    /// database is behind the revision that the caller has seen.
    pub async fn authority_and_unsettled(
        &self,
        project: ProjectId,
        context: &Context,
        buckets: Vec<BucketName>,
    ) -> Result<At<(Authority, Vec<Unsettled>)>, ServiceError> {
        let cached = |state: &State| {
            let authority = state.authority(&context.caller, &buckets, context.now)?;
            let authority = authority.knowing(self.gateway.as_ref());
            Some(At { value: (authority, Vec::new()), revision: state.revision() })
        };
        if let Some(read) = self.cache.get_if_fresh(&project, context.at_least, cached) {
            return Ok(read);
        }
        let (context, gateway) = (context.clone(), self.gateway.clone());
        self.read(project.clone(), context.at_least, move |connection, revision| {
            let (overlay, now) = (Overlay::default(), context.now);
            let reader = SnapshotReader { project: &project, overlay: &overlay, revision, now };
            let facts = buckets::facts(connection, &project, Some(&buckets))?;
            let unsettled = facts.iter().filter(|facts| facts.state != BucketState::Active);
            let unsettled = unsettled.map(|facts| Unsettled::of(&project, facts.clone())).collect();
            let rules = reader.rules_of(connection, facts)?;
            let authority =
                reader.with_grants(connection, &rules, &context.caller, Some(&buckets))?;
            Ok((authority.knowing(gateway.as_ref()), unsettled))
        })
        .await
    }

    /// Whether the project has a bucket of this name.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such project.
    pub async fn has_bucket(
        &self,
        project: ProjectId,
        bucket: BucketName,
    ) -> Result<bool, ServiceError> {
        let cached = |state: &State| Some(state.has_bucket(&bucket));
        if let Some(has) = self.cache.get_if_fresh(&project, None, cached) {
            return Ok(has);
        }
        self.run(move |connection| {
            Ok(!buckets::facts(connection, &project, Some(&[bucket]))?.is_empty())
        })
        .await
    }

    /// The rules and grants of several callers in `buckets`, in the order of `callers`.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such project; [`ServiceError::Conflict`] if the
    /// database is behind the revision that the caller has seen.
    pub async fn authorities(
        &self,
        project: ProjectId,
        callers: Vec<Caller>,
        buckets: Vec<BucketName>,
        context: Context,
    ) -> Result<At<Vec<Authority>>, ServiceError> {
        self.read(project.clone(), context.at_least, move |connection, revision| {
            let overlay = Overlay::default();
            let now = context.now;
            let reader = SnapshotReader { project: &project, overlay: &overlay, revision, now };
            let rules = reader.rules(connection, Some(&buckets))?;
            callers
                .iter()
                .map(|caller| Ok(reader.with_grants(connection, &rules, caller, Some(&buckets))?))
                .collect()
        })
        .await
    }

    /// The rules and grants of `caller` in `buckets`, or in all buckets if `None`, as they were
    /// `when`. Memberships count if they are live at `context.now`.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such project; [`ServiceError::Conflict`] if the
    /// database is behind the revision that the caller has seen; [`ServiceError::Database`] with
    /// [`DatabaseError::Gone`](sail_cargo_database::DatabaseError::Gone) if that part of the
    /// history is not kept.
    pub async fn authority_of(
        &self,
        project: ProjectId,
        caller: Caller,
        context: &Context,
        buckets: Option<Vec<BucketName>>,
        when: When,
    ) -> Result<At<Authority>, ServiceError> {
        let now = context.now;
        let authority = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, overlay) = overlay(connection, &project, head, when)?;
                let read = SnapshotReader { project: &project, overlay: &overlay, revision, now };
                let value = read.authority(connection, &caller, buckets.as_deref())?;
                Ok(At { value, revision })
            })
            .await?;
        Ok(authority.value.map(|authority| authority.knowing(self.gateway.as_ref())))
    }
}

//! Changes grants, and records refused changes.

use sail_cargo_database::tables::grants;

use super::edit::edit_in;
use super::options::{EditOptions, EditSummary, GrantEdit, Precondition};
use super::refusal::RefusalRecord;
use crate::domain::grant::SubjectKind;
use crate::domain::{
    At, Context, GrantFilter, GrantKey, NewGrant, ProjectId, Resource, StoredGrant, SubjectFilter,
    SubjectId,
};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::mutation::{Mode, write};

impl Service {
    /// Creates or replaces a grant. The transaction itself decides whether the caller may.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if the project has no such bucket, or the caller administers
    /// nothing in it; [`ServiceError::Forbidden`] if the caller does not administer this part of
    /// it; [`ServiceError::Precondition`] if the precondition fails; [`ServiceError::Conflict`] if
    /// the bucket would lose its last lasting admin, or the subject would have too many grants.
    pub async fn put_grant(
        &self,
        project: ProjectId,
        new: NewGrant,
        precondition: Precondition,
        options: EditOptions,
        context: Context,
    ) -> Result<At<StoredGrant>, ServiceError> {
        let key = new.key().clone();
        let edit = GrantEdit::give(new, precondition);
        let options = EditOptions { users: self.users, ..options };
        let refusal = RefusalRecord::new(&project, &context, "grant.put", &key);
        let put = self.change(move |session| {
            write(session, &project, &context, Mode::Commit, |writer| {
                edit_in(writer, &project, &context, "grant.put", &[edit], options)
                    .map_err(ServiceError::alone)?;
                grants::find(writer.connection(), &project, &key)?
                    .ok_or(ServiceError::NotFound(Resource::Grant))
            })
        });
        self.on_record(refusal, put.await).await
    }

    /// Deletes a grant. Returns whether it existed.
    ///
    /// # Errors
    /// Those of [`Service::put_grant`].
    pub async fn delete_grant(
        &self,
        project: ProjectId,
        key: GrantKey,
        precondition: Precondition,
        options: EditOptions,
        context: Context,
    ) -> Result<At<bool>, ServiceError> {
        let refusal = RefusalRecord::new(&project, &context, "grant.delete", &key);
        let edit = GrantEdit::take(key, precondition);
        let deleted = self.change(move |session| {
            write(session, &project, &context, Mode::Commit, |writer| {
                edit_in(writer, &project, &context, "grant.delete", &[edit], options)
                    .map_err(ServiceError::alone)
            })
        });
        let deleted = self.on_record(refusal, deleted.await).await?;
        Ok(deleted.map(|summary| summary.deleted == 1))
    }

    /// Makes all of `edits`, or none of them. `kind` is the kind of the change.
    ///
    /// # Errors
    /// [`ServiceError::Item`] with the index of the edit and an error of [`Service::put_grant`].
    pub async fn edit_grants(
        &self,
        project: ProjectId,
        kind: &'static str,
        edits: Vec<GrantEdit>,
        options: EditOptions,
        context: Context,
    ) -> Result<At<EditSummary>, ServiceError> {
        let (of, by) = (project.clone(), context.clone());
        let options = EditOptions { users: self.users, ..options };
        let summary = self.patient().change(move |session| {
            let mode = if options.dry_run { Mode::DryRun } else { Mode::Commit };
            let summary = write(session, &project, &context, mode, |writer| {
                edit_in(writer, &project, &context, kind, &edits, options)
            });
            let index = match &summary {
                Err(ServiceError::Item { index, .. }) => *index,
                _ => 0,
            };
            Ok((edits.into_iter().nth(index), summary))
        });
        match summary.await? {
            (Some(edit), summary) => {
                self.on_record(RefusalRecord::new(&of, &by, kind, &edit.key), summary).await
            }
            (None, summary) => summary,
        }
    }

    /// Deletes every grant to a user. Grants to the user's groups stay.
    ///
    /// # Errors
    /// [`ServiceError::Conflict`] if a bucket would lose its last lasting admin.
    pub async fn delete_user_grants(
        &self,
        project: ProjectId,
        user: SubjectId,
        options: EditOptions,
        context: Context,
    ) -> Result<At<EditSummary>, ServiceError> {
        self.patient()
            .change(move |session| {
                let mode = if options.dry_run { Mode::DryRun } else { Mode::Commit };
                let filter = GrantFilter {
                    bucket: None,
                    subjects: SubjectFilter {
                        kind: Some(SubjectKind::User),
                        name: Some(user.to_string()),
                    },
                };
                write(session, &project, &context, mode, |writer| {
                    let grants =
                        grants::list(writer.connection(), &project, &filter, None, usize::MAX)?;
                    let edits: Vec<_> = grants
                        .into_iter()
                        .map(|grant| GrantEdit::take(grant.key, Precondition::None))
                        .collect();
                    edit_in(writer, &project, &context, "grant.delete", &edits, options)
                        .map_err(ServiceError::alone)
                })
            })
            .await
    }
}

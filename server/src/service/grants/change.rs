//! Changing grants, and putting on record what is refused.

use sail_cargo_database::tables::grants;

use super::edit::edit_in;
use super::options::{EditOptions, EditSummary, GrantEdit, Precondition};
use super::refusal::RefusalRecord;
use crate::domain::grant::SubjectKind;
use crate::domain::{
    At, Context, GrantFilter, GrantKey, NewGrant, ProjectId, Resource, StoredGrant, SubjectId,
};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::mutation::{Mode, write};

impl Service {
    /// Gives a grant, or replaces the one that is there. Who may give it is decided inside the
    /// transaction.
    ///
    /// # Errors
    /// The bucket is not the project's, or the caller does not administer that part of it; the
    /// precondition does not hold; the bucket would lose its last admin.
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

    /// Takes a grant away; whether it was there.
    ///
    /// # Errors
    /// See [`Service::put_grant`].
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

    /// Makes every one of `edits`, or none, as `kind` of change.
    ///
    /// # Errors
    /// See [`Service::put_grant`]; [`ServiceError::Item`] says which edit it is about.
    pub async fn edit_grants(
        &self,
        project: ProjectId,
        kind: &'static str,
        edits: Vec<GrantEdit>,
        options: EditOptions,
        context: Context,
    ) -> Result<At<EditSummary>, ServiceError> {
        let (of, by) = (project.clone(), context.clone());
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

    /// Takes every grant of a user away. What they hold through groups stays.
    ///
    /// # Errors
    /// A bucket would lose its last admin.
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
                    kind: Some(SubjectKind::User),
                    subject: Some(user.to_string()),
                    ..GrantFilter::default()
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

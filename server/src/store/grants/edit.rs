//! Changing grants: one or a hundred thousand, all or none.

use std::collections::{BTreeMap, BTreeSet};

use sail_cargo_protocol::{Effect as AccessDelta, Outcome};

use super::super::Database;
use super::super::audit::{Decision, Text};
use super::super::change_log::{LoggedRow, Sides};
use super::super::connection::DbConnection;
use super::super::error::StoreError;
use super::super::rows::micros;
use super::super::write::{Change, Mode, Writer, write};
use super::admin::administered;
use super::effects::Before;
use super::{GrantFilter, GrantKey, GrantState, Position, StoredGrant, place, rows, whole, whom};
use crate::domain::limits::{MAX_GRANTS_PER_REVISION, MAX_GRANTS_PER_SUBJECT};
use crate::domain::permissions::word;
use crate::domain::{At, BucketName, Context, ProjectId, Subject, SubjectId};

/// What a grant must be before it is changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Precondition {
    /// Anything.
    #[default]
    None,
    /// There must be none.
    Absent,
    /// There must be one.
    Present,
    /// It must have been changed last by this revision.
    Revision(i64),
}

/// What one grant shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantEdit {
    /// Which one.
    pub key: GrantKey,
    /// What it shall say; taken away when `None`.
    pub put: Option<GrantState>,
    /// What it must be before.
    pub precondition: Precondition,
}

/// How grants are changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EditOptions {
    /// Not at all: what would happen is the answer.
    pub dry_run: bool,
    /// Even if a bucket loses its last admin who does not expire.
    pub force: bool,
}

/// What changing grants did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditSummary {
    /// Grants that are new.
    pub created: u64,
    /// Grants that say something else.
    pub updated: u64,
    /// Grants that are gone.
    pub deleted: u64,
    /// Grants that were so already.
    pub unchanged: u64,
    /// Who gains and loses what; of a dry run only.
    pub effects: Vec<AccessDelta>,
}

impl Database {
    /// Gives a grant, or replaces the one that is there. Who may give it is decided inside the
    /// transaction.
    ///
    /// # Errors
    /// The bucket is not the project's, or the caller does not administer that part of it; the
    /// precondition does not hold; the bucket would lose its last admin.
    pub async fn put_grant(
        &self,
        project: ProjectId,
        key: GrantKey,
        state: GrantState,
        precondition: Precondition,
        options: EditOptions,
        context: Context,
    ) -> Result<At<StoredGrant>, StoreError> {
        let edit = GrantEdit { key: key.clone(), put: Some(state), precondition };
        let refusal = RefusalRecord::new(&project, &context, "grant.put", &key);
        let put = self.change(move |session| {
            write(session, &project, &context, Mode::Commit, |writer| {
                edit_in(writer, &project, &context, "grant.put", &[edit], options)
                    .map_err(StoreError::alone)?;
                rows::find(writer.connection, &project, &key)?.ok_or(StoreError::NotFound("grant"))
            })
        });
        self.on_record(refusal, put.await).await
    }

    /// Takes a grant away; whether it was there.
    ///
    /// # Errors
    /// See [`Database::put_grant`].
    pub async fn delete_grant(
        &self,
        project: ProjectId,
        key: GrantKey,
        precondition: Precondition,
        options: EditOptions,
        context: Context,
    ) -> Result<At<bool>, StoreError> {
        let refusal = RefusalRecord::new(&project, &context, "grant.delete", &key);
        let edit = GrantEdit { key, put: None, precondition };
        let deleted = self.change(move |session| {
            write(session, &project, &context, Mode::Commit, |writer| {
                edit_in(writer, &project, &context, "grant.delete", &[edit], options)
                    .map_err(StoreError::alone)
            })
        });
        let deleted = self.on_record(refusal, deleted.await).await?;
        Ok(deleted.map(|summary| summary.deleted == 1))
    }

    /// Makes every one of `edits`, or none, as `kind` of change.
    ///
    /// # Errors
    /// See [`Database::put_grant`]; [`StoreError::Item`] says which edit it is about.
    pub async fn edit_grants(
        &self,
        project: ProjectId,
        kind: &'static str,
        edits: Vec<GrantEdit>,
        options: EditOptions,
        context: Context,
    ) -> Result<At<EditSummary>, StoreError> {
        let (of, by) = (project.clone(), context.clone());
        let summary = self.patient().change(move |session| {
            let mode = if options.dry_run { Mode::DryRun } else { Mode::Commit };
            let summary = write(session, &project, &context, mode, |writer| {
                edit_in(writer, &project, &context, kind, &edits, options)
            });
            let index = match &summary {
                Err(StoreError::Item { index, .. }) => *index,
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
    ) -> Result<At<EditSummary>, StoreError> {
        self.patient()
            .change(move |session| {
                let mode = if options.dry_run { Mode::DryRun } else { Mode::Commit };
                let filter = GrantFilter {
                    kind: Some(sail_cargo_protocol::SubjectKind::User),
                    subject: Some(user.to_string()),
                    ..GrantFilter::default()
                };
                write(session, &project, &context, mode, |writer| {
                    let grants =
                        rows::list(writer.connection, &project, &filter, None, usize::MAX)?;
                    let edits: Vec<_> = grants
                        .into_iter()
                        .map(|grant| GrantEdit {
                            key: grant.key,
                            put: None,
                            precondition: Precondition::None,
                        })
                        .collect();
                    edit_in(writer, &project, &context, "grant.delete", &edits, options)
                        .map_err(StoreError::alone)
                })
            })
            .await
    }
}

/// Makes `edits`, of which no two are of the same grant, in as many revisions as it takes. Who
/// may is decided first, what must hold is looked at last: inside the lock, both.
fn edit_in(
    writer: &mut Writer<'_>,
    project: &ProjectId,
    context: &Context,
    kind: &'static str,
    edits: &[GrantEdit],
    options: EditOptions,
) -> Result<EditSummary, StoreError> {
    demand_admin_of_all(writer.connection, project, context, edits)?;
    let touched = subjects_by_bucket(edits);
    let with_admin = with_lasting_admin(writer.connection, project, context, edits)?;
    let rehearsed = options.dry_run.then(|| Before::read(writer.connection, project, &touched));
    let before = rehearsed.transpose()?;
    let mut summary = EditSummary::default();
    for (number, chunk) in edits.chunks(MAX_GRANTS_PER_REVISION).enumerate() {
        edit_chunk(
            writer,
            project,
            context,
            kind,
            chunk,
            number * MAX_GRANTS_PER_REVISION,
            &mut summary,
        )?;
    }
    for (bucket, subjects) in &touched {
        let over_limit =
            rows::over_limit(writer.connection, project, bucket, subjects, MAX_GRANTS_PER_SUBJECT)?;
        if let Some(subject) = over_limit {
            return Err(StoreError::Conflict {
                code: "too_many_grants",
                detail: format!(
                    "{subject} would have more than {MAX_GRANTS_PER_SUBJECT} grants on bucket {bucket}"
                ),
            });
        }
    }
    if !options.force {
        for bucket in &with_admin {
            demand_lasting_admin(writer.connection, project, context, bucket)?;
        }
    }
    if let Some(before) = before {
        summary.effects =
            before.compare(writer.connection, project, &touched, edits, context.now)?;
    }
    Ok(summary)
}

/// Refuses edits of what the caller does not administer.
fn demand_admin_of_all(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    edits: &[GrantEdit],
) -> Result<(), StoreError> {
    let mut administers = BTreeMap::new();
    for (index, edit) in edits.iter().enumerate() {
        let at = |error| StoreError::Item { index, error: Box::new(error) };
        let bucket = &edit.key.bucket;
        if !administers.contains_key(bucket) {
            let here = administered(connection, project, context, bucket).map_err(at)?;
            administers.insert(bucket, here);
        }
        if administers.get(bucket).is_none_or(|holds| !holds(&edit.key.prefix)) {
            return Err(at(StoreError::Forbidden(format!(
                "no admin permission on `{bucket}/{}`",
                edit.key.prefix.as_str()
            ))));
        }
    }
    Ok(())
}

/// Whom the edits name, bucket by bucket.
fn subjects_by_bucket(edits: &[GrantEdit]) -> BTreeMap<&BucketName, BTreeSet<&str>> {
    let mut subjects: BTreeMap<&BucketName, BTreeSet<&str>> = BTreeMap::new();
    for edit in edits {
        subjects.entry(&edit.key.bucket).or_default().insert(edit.key.subject.name());
    }
    subjects
}

/// The buckets that have an admin who does not expire, and could lose them by the edits.
fn with_lasting_admin<'a>(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    edits: &'a [GrantEdit],
) -> Result<BTreeSet<&'a BucketName>, StoreError> {
    let could: BTreeSet<&BucketName> = edits
        .iter()
        .filter(|edit| {
            edit.key.prefix.is_whole_bucket() && matches!(edit.key.subject, Subject::User(_))
        })
        .map(|edit| &edit.key.bucket)
        .collect();
    let now = micros(context.now);
    let mut with = BTreeSet::new();
    for bucket in could {
        if rows::has_lasting_admin(connection, project, bucket, now)? {
            with.insert(bucket);
        }
    }
    Ok(with)
}

fn demand_lasting_admin(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    bucket: &BucketName,
) -> Result<(), StoreError> {
    if rows::has_lasting_admin(connection, project, bucket, micros(context.now))? {
        return Ok(());
    }
    Err(StoreError::Conflict {
        code: "last_admin",
        detail: format!("the bucket `{bucket}` would be left without an admin who does not expire"),
    })
}

/// Makes the edits of one revision; `offset` of them were made before.
fn edit_chunk(
    writer: &mut Writer<'_>,
    project: &ProjectId,
    context: &Context,
    kind: &'static str,
    edits: &[GrantEdit],
    offset: usize,
    summary: &mut EditSummary,
) -> Result<(), StoreError> {
    let before = current(writer.connection, project, edits)?;
    let revision = writer.next();
    let mut new = Vec::new();
    let mut changed = Vec::new();
    for (index, edit) in edits.iter().enumerate() {
        let before = before.get(&edit.key.position());
        check(edit, before)
            .map_err(|error| StoreError::Item { index: offset + index, error: Box::new(error) })?;
        let after = edit.put.as_ref().map(|state| StoredGrant {
            key: edit.key.clone(),
            state: state.clone().rounded(),
            granted_by: context.caller.to_string(),
            created_revision: before.map_or(revision, |before| before.created_revision),
            updated_revision: revision,
        });
        match (before, after) {
            (None, None) => summary.unchanged += 1,
            (Some(before), Some(after)) if before.state == after.state => summary.unchanged += 1,
            (None, Some(after)) => {
                summary.created += 1;
                changed.push(LoggedRow::Grant(Sides::of(None, Some(&after))));
                new.push(after);
            }
            (Some(before), Some(after)) => {
                summary.updated += 1;
                rows::update(writer.connection, project, &after)?;
                changed.push(LoggedRow::Grant(Sides::of(Some(before), Some(&after))));
            }
            (Some(before), None) => {
                summary.deleted += 1;
                rows::delete(writer.connection, project, &edit.key)?;
                changed.push(LoggedRow::Grant(Sides::of(Some(before), None)));
            }
        }
    }
    rows::insert(writer.connection, project, &new)?;
    if changed.is_empty() {
        return Ok(());
    }
    let change = match edits {
        [only] => Change {
            kind,
            bucket: Some(only.key.bucket.to_string()),
            object: Some(place(&only.key)),
            detail: sentence(only),
            rows: changed,
        },
        many => Change {
            kind,
            bucket: same_bucket(many),
            object: None,
            detail: format!("changed {} grants", changed.len()),
            rows: changed,
        },
    };
    writer.record(&change)
}

/// The grants that the edits are about, as they are.
fn current(
    connection: &mut DbConnection,
    project: &ProjectId,
    edits: &[GrantEdit],
) -> Result<BTreeMap<Position, StoredGrant>, StoreError> {
    let mut grants = BTreeMap::new();
    for (bucket, subjects) in subjects_by_bucket(edits) {
        for grant in rows::for_subjects(connection, project, bucket, &subjects)? {
            grants.insert(grant.key.position(), grant);
        }
    }
    Ok(grants)
}

fn check(edit: &GrantEdit, before: Option<&StoredGrant>) -> Result<(), StoreError> {
    let detail = match (edit.precondition, before) {
        (Precondition::None, _)
        | (Precondition::Absent, None)
        | (Precondition::Present, Some(_)) => return Ok(()),
        (Precondition::Revision(wanted), Some(there)) if there.updated_revision == wanted => {
            return Ok(());
        }
        (_, Some(there)) => format!("the grant is that of revision {}", there.updated_revision),
        (_, None) => "there is no such grant".to_owned(),
    };
    Err(StoreError::Precondition(detail))
}

fn sentence(edit: &GrantEdit) -> String {
    let (whole, whom) = (whole(&edit.key), whom(&edit.key));
    match &edit.put {
        None => format!("took all permissions on {whole} from {whom}"),
        Some(state) => {
            let words: Vec<_> = state.permissions.iter().map(word).collect();
            format!("granted {} on {whole} to {whom}", words.join("+"))
        }
    }
}

fn same_bucket(edits: &[GrantEdit]) -> Option<String> {
    let (first, rest) = edits.split_first()?;
    let bucket = &first.key.bucket;
    rest.iter().all(|edit| edit.key.bucket == *bucket).then(|| bucket.to_string())
}

/// What may have to be recorded as refused.
struct RefusalRecord {
    context: Context,
    decision: Decision,
}

impl RefusalRecord {
    fn new(project: &ProjectId, context: &Context, action: &'static str, key: &GrantKey) -> Self {
        let decision = Decision {
            project: project.clone(),
            action,
            bucket: Some(key.bucket.to_string()),
            object: Some(place(key)),
            outcome: Outcome::Deny,
            reason: "",
            detail: Text::default(),
            revision: None,
            request: None,
        };
        Self { context: context.clone(), decision }
    }
}

impl Database {
    /// A change that was refused left no trace in its transaction: it is recorded by itself.
    async fn on_record<T>(
        &self,
        refusal: RefusalRecord,
        changed: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Err(error) = &changed else { return changed };
        let reason = match error.inner() {
            StoreError::Forbidden(_) => "no_permission",
            StoreError::NotFound("bucket") => "not_found",
            StoreError::Conflict { code: code @ "last_admin", .. } => code,
            _ => return changed,
        };
        let detail = error.to_string().into();
        let decision = Decision { reason, detail, ..refusal.decision };
        self.record(&refusal.context, vec![decision]).await?;
        changed
    }
}

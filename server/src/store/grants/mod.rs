//! `grant_`: who may do what, where, and until when.

mod admin;
mod edit;
mod effects;
mod letters;
mod list;
mod rows;
mod twins;
mod wire;

use chrono::{DateTime, Utc};

use super::Database;
use super::error::StoreError;
use crate::domain::{At, BucketName, Context, Grant, Permissions, Prefix, ProjectId, Subject};
use admin::demand_admin;
pub(super) use admin::is_admin_of_all;
pub use edit::{EditOptions, EditSummary, GrantEdit, Precondition};
pub use list::{GrantFilter, Listed};
pub(super) use list::{all_on, at_revision, paginate};
pub(super) use rows::{clear, for_user, of_project, users};
pub(super) use twins::give_twins;

/// Where a grant stands in listings: bucket, prefix, kind and subject, byte for byte.
pub type Position = (String, String, String, String);

/// Which grant: no two have the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantKey {
    /// The bucket.
    pub bucket: BucketName,
    /// The part of it.
    pub prefix: Prefix,
    /// Whom it names.
    pub subject: Subject,
}

impl GrantKey {
    /// Where it stands in listings.
    pub fn position(&self) -> Position {
        (
            self.bucket.to_string(),
            self.prefix.to_string(),
            letters::kind_column(&self.subject).to_owned(),
            self.subject.name().to_owned(),
        )
    }
}

/// What a grant says, beside which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantState {
    /// What it allows.
    pub permissions: Permissions,
    /// Not before this instant.
    pub not_before: Option<DateTime<Utc>>,
    /// Not at or after this instant.
    pub expires_at: Option<DateTime<Utc>>,
    /// Why it was given.
    pub reason: Option<String>,
}

/// A grant with its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredGrant {
    /// Which one.
    pub key: GrantKey,
    /// What it says.
    pub state: GrantState,
    /// Who gave it.
    pub granted_by: String,
    /// The revision that created it.
    pub created_revision: i64,
    /// The revision that last changed it.
    pub updated_revision: i64,
}

impl StoredGrant {
    /// What decisions are made from.
    pub(super) fn into_grant(self) -> Grant {
        Grant {
            bucket: self.key.bucket,
            prefix: self.key.prefix,
            subject: self.key.subject,
            permissions: self.state.permissions,
            not_before: self.state.not_before,
            expires_at: self.state.expires_at,
        }
    }
}

impl Database {
    /// One grant.
    ///
    /// # Errors
    /// There is none, or the caller does not administer that part of the bucket.
    pub async fn grant(
        &self,
        project: ProjectId,
        key: GrantKey,
        context: Context,
    ) -> Result<At<StoredGrant>, StoreError> {
        self.read(project.clone(), context.at_least, move |connection, _| {
            demand_admin(connection, &project, &context, &key)?;
            rows::find(connection, &project, &key)?.ok_or(StoreError::NotFound("grant"))
        })
        .await
    }
}

fn whole(key: &GrantKey) -> String {
    if key.prefix.is_whole_bucket() {
        key.bucket.to_string()
    } else {
        format!("{}/{}", key.bucket, key.prefix.as_str())
    }
}

fn whom(key: &GrantKey) -> String {
    match &key.subject {
        Subject::User(id) => format!("user:{id}"),
        Subject::Group(id) => format!("group:{id}"),
        Subject::TokenGroup(id) => format!("token_group:{id}"),
        Subject::Authenticated => "everybody with a token".to_owned(),
        Subject::Public => "everybody".to_owned(),
    }
}

fn place(key: &GrantKey) -> String {
    format!("{} {}", whom(key), key.prefix.as_str()).trim_end().to_owned()
}

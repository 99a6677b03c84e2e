//! Why the state of the database does not allow a change that the caller may make.

use super::access_key::AccessKeyId;
use super::account::{AccountId, Username};
use super::denied::Denied;
use super::issuer::{IssuerAlias, SetFlaw};
use super::limits::{
    MAX_GRANTS_PER_SUBJECT, MAX_GROUPS_PER_USER, MAX_KEYS_PER_USER, MAX_LABELS, MAX_LIVE_KEYS,
    MAX_PERSONAL_KEYS,
};
use super::names::{BucketName, KeyId, ProjectId, Slug, SubjectId};
use super::revision::RevisionConflict;

/// Why a change fails although the caller is allowed to make it. [`Conflict::code`] is stable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence is its documentation")]
pub enum Conflict {
    #[error("the resource already exists, or its name is taken")]
    AlreadyExists,
    #[error("another resource still refers to this one, or it no longer exists")]
    InUse,
    #[error(transparent)]
    Revision(#[from] RevisionConflict),
    #[error("other projects share this storage account: an operator registers its buckets")]
    AccountShared,
    #[error(
        "`{bucket}` {}: it is registered only when the storage's own list of buckets (ListBuckets) \
         shows {}",
        likeness(.twin.as_ref()),
        if .twin.is_some() { "both" } else { "it" }
    )]
    BucketNotShown { bucket: BucketName, twin: Option<BucketName> },
    #[error("{}", Denied::ReservedBucket(.0.clone()))]
    BucketReserved(BucketName),
    #[error("the bucket name `{0}` is not available in this store")]
    BucketTaken(BucketName),
    #[error("the bucket name `{0}` was released a moment ago: try again")]
    BucketGivenUp(BucketName),
    #[error("the bucket `{0}` is frozen: only an operator lifts its ceiling")]
    BucketFrozen(BucketName),
    #[error(
        "too many creations or deletions of this bucket are unconfirmed: `sail-cargo buckets \
         reconcile` checks them in the storage"
    )]
    BucketUnsettled,
    #[error("a bucket has at most {MAX_LABELS} labels")]
    TooManyLabels,
    #[error("the bucket `{0}` would be left without an admin whose grant does not expire")]
    LastAdmin(BucketName),
    #[error("{subject} would have more than {MAX_GRANTS_PER_SUBJECT} grants on bucket {bucket}")]
    TooManyGrants { subject: String, bucket: BucketName },
    #[error("user:{0} is in {MAX_GROUPS_PER_USER} groups already")]
    TooManyGroups(SubjectId),
    #[error("the key {0} is revoked or expired: create a new one")]
    KeyNotLive(KeyId),
    #[error(
        "the access key {0} was not disabled by its user: the application or an operator puts it in use \
         again"
    )]
    AccessKeyDisabled(AccessKeyId),
    #[error("the access key {0} has expired: create a new one")]
    AccessKeyNotLive(AccessKeyId),
    #[error(
        "user:{0} has {MAX_KEYS_PER_USER} access keys, expired ones included: revoke one of them first"
    )]
    TooManyAccessKeys(SubjectId),
    #[error(
        "user:{0} has {MAX_PERSONAL_KEYS} personal API keys, expired ones included: revoke one of them first"
    )]
    TooManyPersonalKeys(SubjectId),
    #[error("{MAX_LIVE_KEYS} keys of this family are valid already: revoke one of them first")]
    TooManyLiveKeys,
    #[error("an API key cannot get more scopes or a later expiry: create a new one")]
    KeyWidened,
    #[error("the username `{0}` is in use, or was: it is not given to another account")]
    UsernameTaken(Username),
    #[error(
        "`{bucket}/{prefix}` is granted by username: a renamed account would lose what is its own there. Take \
         the grant away first, and move the objects"
    )]
    UsernameGranted { bucket: BucketName, prefix: String },
    #[error(
        "`{username}` is what the account {id} is called: grants, groups and keys name a user by the id, which no \
         renaming changes"
    )]
    UsernameForId { username: Username, id: AccountId },
    #[error("another account of the project has this e-mail address")]
    EmailTaken,
    #[error(
        "nobody would be left who administers accounts: the group `admins` keeps its last member"
    )]
    LastAccountAdmin,
    #[error("store `{0}` was changed while it was probed")]
    StoreChanged(String),
    #[error(
        "store `{0}` is not shared, so only one project may use it. `sail-cargo stores put {0} \
         --shared …` shares it; from then on only operators register its buckets"
    )]
    StoreNotShared(Slug),
    #[error("store `{0}` already has this storage account")]
    StoreExists(String),
    #[error(
        "store `{store}` already has this storage account: {because}. Use that store for the \
         projects, or put both stores `--shared`"
    )]
    StoreAlias { store: String, because: String },
    #[error("{0}")]
    Issuers(SetFlaw),
    #[error(
        "the alias `{alias}` is that of the issuer `{issuer}`, whose users grants may still name. If its users \
         are this issuer's, say so: `--merge-identities {alias}`"
    )]
    AliasTaken { alias: IssuerAlias, issuer: String },
    #[error(
        "`{name}` has grants, a group or a key in project {project}, and would be a user or a group of the issuer \
         `{alias}`: take these away first, or choose another alias"
    )]
    AliasNames { alias: IssuerAlias, project: ProjectId, name: SubjectId },
}

impl Conflict {
    /// The stable name of the reason, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AlreadyExists => "already_exists",
            Self::InUse => "in_use",
            Self::Revision(conflict) => conflict.code(),
            Self::AccountShared => "account_shared",
            Self::BucketNotShown { .. } => "bucket_not_shown",
            Self::BucketReserved(_) => "reserved_bucket",
            Self::BucketTaken(_) | Self::BucketGivenUp(_) => "bucket_taken",
            Self::BucketFrozen(_) => "bucket_frozen",
            Self::BucketUnsettled => "bucket_unsettled",
            Self::TooManyLabels => "too_many_labels",
            Self::LastAdmin(_) | Self::LastAccountAdmin => "last_admin",
            Self::TooManyGrants { .. } => "too_many_grants",
            Self::TooManyGroups(_) => "too_many_groups",
            Self::KeyNotLive(_) | Self::AccessKeyNotLive(_) => "key_not_live",
            Self::AccessKeyDisabled(_) => "key_disabled",
            Self::TooManyAccessKeys(_) | Self::TooManyPersonalKeys(_) => "too_many_access_keys",
            Self::TooManyLiveKeys => "too_many_live_keys",
            Self::KeyWidened => "key_widened",
            Self::UsernameTaken(_) => "username_taken",
            Self::UsernameGranted { .. } => "username_granted",
            Self::UsernameForId { .. } => "username_for_id",
            Self::EmailTaken => "email_taken",
            Self::StoreChanged(_) => "store_changed",
            Self::StoreNotShared(_) => "store_not_shared",
            Self::StoreExists(_) => "store_exists",
            Self::StoreAlias { .. } => "store_alias",
            Self::Issuers(flaw) => flaw.code(),
            Self::AliasTaken { .. } => "alias_taken",
            Self::AliasNames { .. } => "alias_names_users",
        }
    }
}

/// Why the bucket name must be in the storage's own list of buckets.
fn likeness(twin: Option<&BucketName>) -> String {
    twin.map_or_else(
        || "is the name of another service on many storages".to_owned(),
        |twin| format!("is `{twin}` to storages that ignore upper and lower case"),
    )
}

#[cfg(test)]
mod tests;

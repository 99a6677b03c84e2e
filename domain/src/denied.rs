//! Why a well-formed request is not signed.

use std::sync::Arc;

use super::names::{BucketName, ObjectKey};
use super::permissions::{Permission, Permissions, word};
use super::s3::{Needs, Operation, Refusal};
use super::storage_account::GatewayAddress;

/// Why a well-formed request is not signed for this caller. [`Denied::code`] is stable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence is its documentation")]
pub enum Denied {
    #[error("{0} is never signed: it hands out authority that Cargo could not take back")]
    Never(Operation),
    #[error("the project is not active")]
    ProjectInactive,
    #[error("the API key does not have the scope `sign`")]
    ScopeMissing,
    #[error("an operator key cannot have requests signed: use a project's API key")]
    Operator,
    #[error("`{header}` is signed for the application only, not for users{}", only_with(*.opt_in))]
    HeaderNeedsRoot { header: String, opt_in: Option<Operation> },
    #[error("`{header}` is signed only when the project's root_extra names {operation}")]
    HeaderNeedsOptIn { header: String, operation: Operation },
    #[error(
        "`x-amz-acl: {value}` is not signed for users; only `private` and \
         `bucket-owner-full-control` are. The application has others signed when the project's \
         root_extra names {operation}"
    )]
    AclValue { value: String, operation: Operation },
    #[error(
        "`x-amz-storage-class: {value}` is not signed for users; only STANDARD, REDUCED_REDUNDANCY, \
         STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING and GLACIER_IR are. The application has others \
         signed when the project's root_extra names {operation}"
    )]
    StorageClass { value: String, operation: Operation },
    #[error(
        "`x-amz-server-side-encryption: {0}` is not signed for users; only `AES256` is. The \
         application has others signed"
    )]
    EncryptionValue(String),
    #[error(
        "tags decide permissions in this project (`tags_are_authority`): only the application may \
         write them"
    )]
    TagsNeedRoot,
    #[error(
        "this storage is reached through the gateway only, and nothing is signed for it that leaves \
         the server: {}",
        send_to(.0.as_deref())
    )]
    GatewayOnly(Option<Arc<GatewayAddress>>),
    #[error(
        "a signed request to this storage can be changed into another, so nothing is signed that \
         would {}. The operator can have the store reached through the gateway only (`sail-cargo \
         stores set STORE --access gateway`), put a proxy in front of the storage, move the project \
         to one that refuses such changes, or set accept_unsafe_storage for the store",
        words(*.0)
    )]
    UnsafeStorage(Permissions),
    #[error(
        "{0} is not signed for this storage: it may run the request without its sub-resource. \
         `sail-cargo stores test` shows which sub-resources it knows"
    )]
    SubresourceUnsupported(Operation),
    #[error("{0}; and this storage was not seen to read it as S3 does (`sail-cargo stores test`)")]
    Ambiguous(Refusal),
    #[error(
        "this storage keeps an upload that breaks off (`sail-cargo stores test`), so one that fails a \
         check at its end would be stored: nothing is uploaded to it through the gateway. The operator \
         can move the project to another storage, or set accept_unsafe_storage for the store"
    )]
    KeepsBrokenUploads,
    #[error(
        "the storage is not proved to compare a body with its signed hash, so a list of keys is \
         signed only for callers who may delete in all of `{0}`: delete key by key"
    )]
    BodyUnbound(BucketName),
    #[error("{0} is for the application itself, not for users")]
    RootOnly(Operation),
    #[error("{0} is signed only when the project's root_extra names it{hint}", hint = instead(*.0))]
    RootOptIn(Operation),
    #[error("the storage account serves several projects: nobody may list all its buckets")]
    SharedAccount,
    #[error(
        "`{0}` is the name of another service on many storages, and a path that begins with it may \
         reach that service. Such a bucket cannot be created. An existing one is signed for only \
         with its name in the host (`https://{0}.s3.example.com/…`), which needs a virtual-hosted \
         endpoint and a name in lower case"
    )]
    ReservedBucket(BucketName),
    #[error(
        "a path that begins with `/{0}` reaches another service on some storages, whatever bucket \
         is in the host: put the bucket in the path (`https://s3.example.com/BUCKET/…`)"
    )]
    ReservedKey(ObjectKey),
    #[error(
        "`{0}` differs from another bucket of the project only in upper and lower case, and some \
         storages treat the two as one: choose another name"
    )]
    BucketTwin(BucketName),
    #[error("the bucket `{0}` is not registered to this project")]
    ForeignBucket(BucketName),
    #[error(
        "the state of `{0}` in the storage is not known: its creation or deletion is not \
         confirmed, or the storage does not answer. Try again later, or run `sail-cargo buckets \
         reconcile`"
    )]
    Unsettled(BucketName),
    #[error("the bucket `{bucket}` is frozen: nobody may {} there now", word(*.permission))]
    Frozen { permission: Permission, bucket: BucketName },
    #[error("no {} permission on `{bucket}{}`", word(*.permission), below(.scope))]
    NoPermission { permission: Permission, bucket: BucketName, scope: String },
    #[error("no permission at all on `{0}`")]
    NoGrant(BucketName),
    #[error("the limits of the access key do not allow this")]
    KeyLimits(Option<Permission>),
    #[error("the grant or the credentials expire within a second")]
    ExpiresTooSoon,
    #[error(
        "the URL was presigned for {lifetime} seconds, and the project allows {allowed} from its \
         X-Amz-Date on (`max_presign_gateway`)"
    )]
    UrlTooLong { lifetime: u32, allowed: u32 },
}

fn words(kinds: Permissions) -> String {
    kinds.iter().map(word).collect::<Vec<_>>().join(" or ")
}

/// The end of a sentence that says where the gateway is.
fn send_to(gateway: Option<&GatewayAddress>) -> String {
    match gateway {
        Some(GatewayAddress { endpoint, .. }) => {
            format!("send the request to {endpoint}, with an access key or a session of Cargo's")
        }
        None => "the operator names the gateway's address with --gateway-url".to_owned(),
    }
}

/// The end of a sentence that names the opt-in an application needs.
fn only_with(opt_in: Option<Operation>) -> String {
    opt_in.map_or_else(String::new, |operation| {
        format!(", and only when the project's root_extra names {operation}")
    })
}

fn below(scope: &str) -> String {
    if scope.is_empty() { String::new() } else { format!("/{scope}") }
}

/// The end of a sentence that names the alternative to an opt-in.
const fn instead(operation: Operation) -> &'static str {
    match operation.row().needs {
        Needs::RootInPlace => {
            ", unless the storage is proved to compare bodies with their hashes and the body is \
             sent along without Type, SelectParameters and OutputLocation, which write to another \
             place"
        }
        _ => "",
    }
}

impl Denied {
    /// The same where the user may do it, and the access key in use may not.
    pub(super) const fn of_key_limits(denied: &Self) -> Self {
        Self::KeyLimits(denied.required())
    }

    /// The stable name of the reason, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Never(_) => "never",
            Self::ProjectInactive => "project_inactive",
            Self::ScopeMissing => "scope_missing",
            Self::Operator => "operator_cannot_sign",
            Self::HeaderNeedsRoot { .. } => "header_needs_root",
            Self::HeaderNeedsOptIn { .. } => "header_optin",
            Self::AclValue { .. } => "acl_value",
            Self::StorageClass { .. } => "header_value",
            Self::EncryptionValue(_) => "encryption_value",
            Self::TagsNeedRoot => "tags_need_root",
            Self::GatewayOnly(_) => "gateway_only",
            Self::UnsafeStorage(_) => "unsafe_storage",
            Self::SubresourceUnsupported(_) => "subresource_unsupported",
            Self::Ambiguous(refusal) => refusal.code(),
            Self::KeepsBrokenUploads => "broken_uploads_kept",
            Self::BodyUnbound(_) => "body_unbound",
            Self::RootOnly(_) => "root_only",
            Self::RootOptIn(_) => "root_optin",
            Self::SharedAccount => "account_shared",
            Self::BucketTwin(_) => "bucket_twin",
            Self::ReservedBucket(_) => "reserved_bucket",
            Self::ReservedKey(_) => "reserved_key",
            Self::ForeignBucket(_) => "foreign_bucket",
            Self::Unsettled(_) => "bucket_unsettled",
            Self::Frozen { .. } => "bucket_frozen",
            Self::NoPermission { .. } | Self::NoGrant(_) => "no_permission",
            Self::KeyLimits(_) => "key_limits",
            Self::ExpiresTooSoon => "approval_ending",
            Self::UrlTooLong { .. } => "presign_too_long",
        }
    }

    /// The missing permission, if the refusal is about one.
    pub const fn required(&self) -> Option<Permission> {
        match self {
            Self::NoPermission { permission, .. } | Self::Frozen { permission, .. } => {
                Some(*permission)
            }
            Self::KeyLimits(permission) => *permission,
            Self::BodyUnbound(_) => Some(Permission::Delete),
            _ => None,
        }
    }
}

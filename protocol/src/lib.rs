#![doc = include_str!("../README.md")]

mod access_key;
mod account;
mod api_key;
mod audit;
mod auth;
mod auth_keys;
mod batch;
mod bucket;
mod chain;
mod change;
mod check;
mod explain;
mod grant;
mod group;
mod issuer;
mod omit;
mod page;
mod permission;
mod presign;
mod probe;
mod problem;
mod project;
mod secret_text;
mod session;
mod sign;
mod status;
mod store;
mod text;
mod user;
mod whoami;

pub use access_key::{
    AccessKey, AccessKeyKind, AccessKeyScope, AccessKeySecret, AccessKeyStatus, AccessKeysQuery,
    CreateAccessKey, CreatedAccessKey, KeyLimits, PatchAccessKey, RevokeAccessKeysQuery,
    RotateAccessKey,
};
pub use account::{
    Account, AccountChange, AccountSessionsEnded, AccountStatus, AccountsQuery, CreateAccount,
    CreatedAccount, EndAccountSessionsQuery, Invitation, PatchAccount, ReservedUsername,
    RotateSigningKeysQuery, SigningKey, SigningKeyStatus,
};
pub use api_key::{ApiKey, CreateApiKey, CreatedApiKey, PatchApiKey, RotateApiKey, Scope};
pub use audit::{AuditEvent, AuditQuery, Outcome, PruneAudit, PrunedAudit};
pub use auth::{
    AcceptInvitation, AuthIssuer, AuthMethods, ChangePassword, CreatePersonalKey,
    InvitationAccepted, Login, Logout, PatchOwnAccount, Refresh, SignedIn,
};
pub use auth_keys::AuthKeys;
pub use batch::{Batch, BatchAnswer, BatchItem};
pub use bucket::{
    Bucket, BucketState, KeptCeiling, PatchBucket, PutBucket, SettleBucket, SettleOutcome, Settled,
};
pub use chain::{ChainBreak, ChainCheck, ChainFault, ChainQuery};
pub use change::{Change, Changes, ChangesQuery, RowChange};
pub use check::{CheckRequest, CheckResponse};
pub use explain::{ExplainRequest, Explanation, LookedAt, Need, ParsedRequest};
pub use grant::{
    BulkQuery, ChangeGrantQuery, Effect, Grant, GrantChange, GrantLine, GrantQuery, GrantsChanged,
    GrantsQuery, PatchGrants, PrefixKind, PutGrant, SubjectKind,
};
pub use group::{Group, Member, PatchGroup, PutMember};
pub use issuer::{Issuer, IssuerSettings, TestToken, TokenAccount, TokenAlgorithm, TokenStep};
pub use page::{Page, PageQuery};
pub use permission::{
    BucketPermissions, Permission, Permissions, PermissionsQuery, PrefixPermissions, allows,
};
pub use presign::{PresignRequest, PresignResponse};
pub use probe::{ProbeCase, ProbeOutcome, ProbeQuery, ProbeReport, ProbeSeverity, SubResource};
pub use problem::{FieldError, Problem};
pub use project::{CreateProject, Home, PatchProject, Project, ProjectStatus};
pub use secret_text::SecretText;
pub use session::{OpenSession, OpenedSession};
pub use sign::{BucketClaim, SignRequest, SignResponse};
pub use status::{Check, Readiness, Version};
pub use store::{
    AddressingStyle, Endpoint, GatewayAddress, PatchStore, PutStore, PutStoreQuery, Store,
    StoreAccess, StoreContract,
};
pub use text::Text;
pub use user::{AccessQuery, SessionsEnded, SubjectPermissions, User, UserPermissionsQuery};
pub use whoami::{Actor, Storage, Whoami};

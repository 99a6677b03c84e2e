//! The judge and the pen. Pure: no async, no I/O, no clock, no log; `now` is an argument.

pub mod authority;
pub mod caller;
pub mod decide;
pub mod grant;
pub mod names;
pub mod permissions;
pub mod s3;
pub mod secret;
pub mod sigv4;

pub use authority::{Authority, BucketRules, ProjectRules};
pub use caller::{Caller, KeyHolder, User};
pub use decide::{Approved, Denied, decide};
pub use grant::{Grant, Subject};
pub use names::{BucketName, KeyId, ObjectKey, Prefix, ProjectId, Slug, SubjectId};
pub use permissions::{Permission, Permissions};
pub use secret::Secret;

//! What a request takes of a user: one permission for every object it touches.

use super::decide::Denied;
use super::names::BucketName;
use super::permissions::Permission;
use super::s3::{Needs, S3Request, Target};

/// A permission that a request takes of a user, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement<'a> {
    /// `None`: any permission will do.
    pub permission: Option<Permission>,
    /// The bucket.
    pub bucket: &'a BucketName,
    /// The key, or the prefix of a listing; empty for the whole bucket.
    pub scope: &'a str,
}

/// Everything a request takes of a user: a grant for every object it touches.
///
/// # Errors
/// Operations that are not for users.
pub fn requirements(request: &S3Request) -> Result<Vec<Requirement<'_>>, Denied> {
    let operation = request.operation();
    let Some(bucket) = request.target().bucket() else {
        return Err(Denied::RootOnly(operation));
    };
    let takes =
        |permission, bucket, scope| Requirement { permission: Some(permission), bucket, scope };
    let here = reach(request);
    let source = request.source();
    Ok(match operation.row().needs {
        Needs::Read => vec![takes(Permission::Read, bucket, here)],
        Needs::Write => vec![takes(Permission::Write, bucket, here)],
        Needs::Delete => match request.deleted_keys() {
            Some(keys) => {
                keys.iter().map(|key| takes(Permission::Delete, bucket, key.as_str())).collect()
            }
            None => vec![takes(Permission::Delete, bucket, here)],
        },
        Needs::WriteDelete => [Some(here), source.map(|source| source.key.as_str())]
            .into_iter()
            .flatten()
            .flat_map(|key| {
                [takes(Permission::Write, bucket, key), takes(Permission::Delete, bucket, key)]
            })
            .collect(),
        Needs::Copy => {
            let source = source.ok_or(Denied::Never(operation))?;
            vec![
                takes(Permission::Write, bucket, here),
                takes(Permission::Read, &source.bucket, source.key.as_str()),
            ]
        }
        Needs::Any => vec![Requirement { permission: None, bucket, scope: "" }],
        Needs::Root | Needs::RootOptIn | Needs::RootInPlace => {
            return Err(Denied::RootOnly(operation));
        }
        Needs::Never => return Err(Denied::Never(operation)),
    })
}

/// What a request reaches in its bucket: its key, its listing's prefix, or all of it.
fn reach(request: &S3Request) -> &str {
    match (request.target(), request.listing_prefix()) {
        (Target::Object(_, key), _) => key.as_str(),
        (_, Some(prefix)) => prefix,
        (Target::Account | Target::Bucket(_), None) => "",
    }
}

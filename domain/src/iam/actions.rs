//! The IAM actions that correspond to each permission.

use std::collections::BTreeSet;

use crate::Permission;

/// The IAM actions on objects and on their bucket that make up one permission.
pub(super) struct Actions {
    pub(super) permission: Permission,
    /// Actions on objects without which a policy does not give the permission.
    pub(super) essential: &'static [&'static str],
    /// Other actions on objects that the permission includes.
    pub(super) besides: &'static [&'static str],
    /// Actions on the bucket, limited to the prefix, without which a policy does not give the
    /// permission.
    pub(super) essential_listing: &'static [&'static str],
    /// Other actions on the bucket, limited to the prefix, that the permission includes.
    pub(super) listing_besides: &'static [&'static str],
    /// Other actions on the bucket that a permission on the whole bucket includes.
    pub(super) whole_besides: &'static [&'static str],
    /// The permission that this one contains.
    pub(super) contained: Option<&'static Actions>,
}

/// Actions on objects that need write and delete together.
pub(super) const WRITE_AND_DELETE: &[&str] =
    &["s3:DeleteObjectAnnotation", "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"];

const LIST: Actions = Actions {
    permission: Permission::List,
    essential: &[],
    besides: &["s3:ListMultipartUploadParts"],
    essential_listing: &["s3:ListBucket"],
    listing_besides: &["s3:ListBucketMultipartUploads", "s3:ListBucketVersions"],
    whole_besides: &["s3:GetBucketVersioning"],
    contained: None,
};

/// The actions of each permission: those that its signed operations need. A test compares them with
/// the table of operations. `admin` has no counterpart in S3. A permission comes before the one that it
/// contains.
pub(super) static ALL: [Actions; 4] = [
    Actions {
        permission: Permission::Read,
        essential: &["s3:GetObject"],
        besides: &[
            "s3:GetObjectAnnotation",
            "s3:GetObjectAttributes",
            "s3:GetObjectLegalHold",
            "s3:GetObjectRetention",
            "s3:GetObjectTagging",
            "s3:GetObjectVersion",
            "s3:GetObjectVersionAttributes",
            "s3:GetObjectVersionTagging",
            "s3:ListObjectAnnotations",
        ],
        essential_listing: &[],
        listing_besides: &[],
        whole_besides: &[],
        contained: Some(&LIST),
    },
    LIST,
    Actions {
        permission: Permission::Write,
        essential: &["s3:PutObject"],
        besides: &[
            "s3:AbortMultipartUpload",
            "s3:ListMultipartUploadParts",
            "s3:PutObjectAnnotation",
            "s3:PutObjectTagging",
            "s3:PutObjectVersionTagging",
        ],
        essential_listing: &[],
        listing_besides: &[],
        whole_besides: &[],
        contained: None,
    },
    Actions {
        permission: Permission::Delete,
        essential: &["s3:DeleteObject"],
        besides: &["s3:DeleteObjectVersion"],
        essential_listing: &[],
        listing_besides: &[],
        whole_besides: &[],
        contained: None,
    },
];

impl Actions {
    /// This permission and the one that it contains.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.contained)
    }

    /// All actions on objects.
    pub(super) fn objects(&self) -> impl Iterator<Item = &'static str> {
        self.parts().flat_map(|part| part.essential.iter().chain(part.besides).copied())
    }

    /// All actions on the bucket for a permission below `prefix`.
    pub(super) fn listings(&self, prefix: &str) -> impl Iterator<Item = &'static str> {
        let is_whole = prefix.is_empty();
        self.parts().flat_map(move |part| {
            let whole = if is_whole { part.whole_besides } else { &[] };
            part.essential_listing.iter().chain(part.listing_besides).chain(whole).copied()
        })
    }

    /// All actions of this permission, without those of the permission that it contains.
    pub(super) fn own(&self) -> impl Iterator<Item = &'static str> {
        [
            self.essential,
            self.besides,
            self.essential_listing,
            self.listing_besides,
            self.whole_besides,
        ]
        .into_iter()
        .flatten()
        .copied()
    }
}

/// Every action on objects that any permission includes.
pub(super) fn on_objects() -> impl Iterator<Item = &'static str> {
    once_each(ALL.iter().flat_map(Actions::objects).chain(WRITE_AND_DELETE.iter().copied()))
}

/// Every action on buckets that any permission includes.
pub(super) fn on_buckets() -> impl Iterator<Item = &'static str> {
    once_each(ALL.iter().flat_map(|actions| actions.listings("")))
}

/// Each of `actions` where it first comes: several permissions may include one.
pub(super) fn once_each(
    actions: impl Iterator<Item = &'static str>,
) -> impl Iterator<Item = &'static str> {
    let mut seen = BTreeSet::new();
    actions.filter(move |action| seen.insert(*action))
}

/// Whether `pattern`, an action of a policy with wildcards `*` and `?`, matches `action`. Action
/// names are case-insensitive.
pub(super) fn stands_for(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    wild(pattern.as_bytes(), action.as_bytes())
}

/// Matches with wildcards: `*` for any run of characters, `?` for one.
fn wild(pattern: &[u8], text: &[u8]) -> bool {
    // The position of the last `*`, and the position in the text where its match is tried to end.
    let mut last: Option<(usize, usize)> = None;
    let (mut at, mut read) = (0, 0);
    while read < text.len() {
        match (pattern.get(at), last) {
            (Some(b'*'), _) => {
                last = Some((at, read));
                at += 1;
            }
            (Some(byte), _) if *byte == b'?' || *byte == text[read] => {
                at += 1;
                read += 1;
            }
            (_, Some((star, tried))) => {
                last = Some((star, tried + 1));
                at = star + 1;
                read = tried + 1;
            }
            (_, None) => return false,
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::{Needs, Operation};

    /// The actions that AWS requires for an operation, with and without a version.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
    fn taken_by_aws(operation: Operation) -> &'static [&'static str] {
        match operation {
            Operation::GetObject | Operation::HeadObject => {
                &["s3:GetObject", "s3:GetObjectVersion"]
            }
            Operation::SelectObjectContent => &["s3:GetObject"],
            Operation::GetObjectAttributes => {
                &["s3:GetObjectAttributes", "s3:GetObjectVersionAttributes"]
            }
            Operation::GetObjectTagging => &["s3:GetObjectTagging", "s3:GetObjectVersionTagging"],
            Operation::GetObjectRetention => &["s3:GetObjectRetention"],
            Operation::GetObjectLegalHold => &["s3:GetObjectLegalHold"],
            Operation::GetObjectAnnotation => &["s3:GetObjectAnnotation"],
            Operation::ListObjectAnnotations => &["s3:ListObjectAnnotations"],
            Operation::ListObjects | Operation::ListObjectsV2 => &["s3:ListBucket"],
            Operation::ListObjectVersions => &["s3:ListBucketVersions"],
            Operation::ListMultipartUploads => &["s3:ListBucketMultipartUploads"],
            Operation::GetBucketVersioning => &["s3:GetBucketVersioning"],
            Operation::PutObject
            | Operation::CopyObject
            | Operation::CreateMultipartUpload
            | Operation::UploadPart
            | Operation::UploadPartCopy
            | Operation::CompleteMultipartUpload => &["s3:PutObject"],
            Operation::AbortMultipartUpload => &["s3:AbortMultipartUpload"],
            Operation::ListParts => &["s3:ListMultipartUploadParts"],
            Operation::PutObjectTagging => &["s3:PutObjectTagging", "s3:PutObjectVersionTagging"],
            Operation::PutObjectAnnotation => &["s3:PutObjectAnnotation"],
            Operation::DeleteObject | Operation::DeleteObjects => {
                &["s3:DeleteObject", "s3:DeleteObjectVersion"]
            }
            Operation::DeleteObjectTagging => {
                &["s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"]
            }
            Operation::DeleteObjectAnnotation => &["s3:DeleteObjectAnnotation"],
            // Only on directory buckets, which have sessions instead (s3express:CreateSession).
            Operation::RenameObject => &[],
            other => panic!("{}: what does AWS have it take?", other.name()),
        }
    }

    #[test]
    fn each_permission_stands_for_all_that_is_signed_for_it() {
        let of = |permission| {
            let one = ALL.iter().find(|one| one.permission == permission).unwrap();
            one.objects().chain(one.listings("")).collect::<Vec<_>>()
        };
        let (mut tried, mut named) = (0, std::collections::BTreeSet::new());
        for operation in Operation::ALL {
            let actions: Vec<&str> = match operation.row().needs {
                Needs::Read => of(Permission::Read),
                Needs::List => of(Permission::List),
                Needs::Write | Needs::Copy => of(Permission::Write),
                Needs::WriteOrList => {
                    let both = [of(Permission::Write), of(Permission::List)];
                    both.map(|all| all.into_iter().collect::<BTreeSet<_>>())
                        .into_iter()
                        .reduce(|one, other| &one & &other)
                        .unwrap()
                        .into_iter()
                        .collect()
                }
                Needs::Delete => of(Permission::Delete),
                Needs::WriteDelete => WRITE_AND_DELETE.to_vec(),
                // Any grant is enough to ask whether the bucket exists and where (see `iam`).
                Needs::Any | Needs::Root | Needs::RootOptIn | Needs::RootInPlace | Needs::Never => {
                    continue;
                }
            };
            for action in taken_by_aws(*operation) {
                assert!(actions.contains(action), "{}: {action}", operation.name());
                named.insert(*action);
            }
            tried += 1;
        }
        assert_eq!(tried, 29);
        let known: std::collections::BTreeSet<_> = on_objects().chain(on_buckets()).collect();
        assert_eq!(named, known, "no permission stands for what is never signed");
    }
}

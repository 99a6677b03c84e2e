//! Which IAM actions a permission stands for.

use sail_cargo_protocol::Permission;

/// The actions on objects and on their bucket that one permission is made of.
pub(super) struct Actions {
    pub(super) permission: Permission,
    /// Without these the permission means nothing.
    pub(super) essential: &'static [&'static str],
    /// What it allows as well.
    pub(super) besides: &'static [&'static str],
    /// On the bucket, below the prefix: essential.
    pub(super) listing: &'static [&'static str],
    /// On the bucket, below the prefix: as well.
    pub(super) listing_besides: &'static [&'static str],
}

/// `admin` is nothing in S3.
pub(super) const ALL: [Actions; 3] = [
    Actions {
        permission: Permission::Read,
        essential: &["s3:GetObject"],
        besides: &[
            "s3:GetObjectAttributes",
            "s3:GetObjectTagging",
            "s3:GetObjectVersion",
            "s3:GetObjectVersionAttributes",
            "s3:GetObjectVersionTagging",
            "s3:ListMultipartUploadParts",
        ],
        listing: &["s3:ListBucket"],
        listing_besides: &["s3:ListBucketMultipartUploads", "s3:ListBucketVersions"],
    },
    Actions {
        permission: Permission::Write,
        essential: &["s3:PutObject"],
        besides: &["s3:AbortMultipartUpload", "s3:PutObjectTagging", "s3:PutObjectVersionTagging"],
        listing: &[],
        listing_besides: &[],
    },
    Actions {
        permission: Permission::Delete,
        essential: &["s3:DeleteObject"],
        besides: &["s3:DeleteObjectVersion"],
        listing: &[],
        listing_besides: &[],
    },
];

impl Actions {
    /// All of them on objects.
    pub(super) fn objects(&self) -> impl Iterator<Item = &'static str> {
        self.essential.iter().chain(self.besides).copied()
    }

    /// All of them on the bucket.
    pub(super) fn listings(&self) -> impl Iterator<Item = &'static str> {
        self.listing.iter().chain(self.listing_besides).copied()
    }
}

/// Every action that some permission stands for: on objects, then on buckets.
pub(super) fn known() -> impl Iterator<Item = &'static str> {
    ALL.iter().flat_map(|actions| actions.objects().chain(actions.listings()))
}

/// Whether an action of a policy, which may hold `*` and `?`, stands for `action`. Actions have no
/// case.
pub(super) fn stands_for(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    wild(pattern.as_bytes(), action.as_bytes())
}

/// `*` for any run of characters, `?` for one.
fn wild(pattern: &[u8], text: &[u8]) -> bool {
    // Where the last `*` was, and where what follows it was tried.
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

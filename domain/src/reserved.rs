//! Names that other services of a storage answer under, on the port of its S3: a signature for S3 is
//! good for them, too.

use super::names::{BucketName, ObjectKey};

/// First segments of a path that lead somewhere else than to a bucket: the administration and the
/// metrics of MinIO; administration, Swift and its tokens of Ceph RGW; health and table buckets of
/// SeaweedFS; what consoles have.
const SERVICES: &[&str] = &[
    "minio",
    "admin",
    "swift",
    "auth",
    "status",
    "healthz",
    "readyz",
    "buckets",
    "namespaces",
    "tables",
    "tag",
    "get-table",
    "api",
    "console",
    "login",
];

/// Of these, what a storage looks for in the path before it looks at the host (MinIO,
/// `cmd/admin-router.go`).
const WHATEVER_THE_HOST: &str = "minio";

/// The same (SeaweedFS, `s3api_tables.go`), where the next segment is the name (ARN) of a resource.
const WITH_AN_ARN: &[&str] = &["buckets", "namespaces", "tables", "tag"];

impl BucketName {
    /// Whether other services of a storage answer under this name on the same port.
    pub fn is_reserved(&self) -> bool {
        SERVICES.iter().any(|service| self.as_str().eq_ignore_ascii_case(service))
    }
}

impl ObjectKey {
    /// Whether other services of a storage answer under this key where the path holds nothing else,
    /// because the bucket is in the host.
    pub fn is_reserved(&self) -> bool {
        let (first, rest) = self.as_str().split_once('/').unwrap_or((self.as_str(), ""));
        let is_arn = rest.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("arn:"));
        first.eq_ignore_ascii_case(WHATEVER_THE_HOST)
            || is_arn && WITH_AN_ARN.iter().any(|service| first.eq_ignore_ascii_case(service))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_segment_tells_whose_a_path_is() {
        for name in ["minio", "MINIO", "Get-Table", "api", "admin"] {
            assert!(BucketName::parse(name).unwrap().is_reserved(), "{name}");
        }
        for name in ["statuses", "minio-2", "apis"] {
            assert!(!BucketName::parse(name).unwrap().is_reserved(), "{name}");
        }
        for (key, reserved) in [
            ("minio/admin/v3/export-iam", true),
            ("minio", true),
            ("Minio/x", true),
            ("tables/arn:aws:s3tables:::bucket/x", true),
            ("tag/ARN:aws", true),
            ("tables/2026/x", false),
            ("minions/x", false),
            ("x/minio/admin", false),
            ("/minio/admin", false),
            ("admin/x", false),
        ] {
            assert_eq!(ObjectKey::parse(key).unwrap().is_reserved(), reserved, "{key}");
        }
    }
}

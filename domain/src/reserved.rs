//! Names under which other services of a storage answer on the port of its S3. A signature for S3
//! is valid for these services as well.

use super::names::{BucketName, ObjectKey};

/// First path segments that lead to other services than S3: administration and metrics of MinIO;
/// administration, Swift and its tokens of Ceph RGW; health and table buckets of SeaweedFS;
/// consoles.
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

/// The segment in [`SERVICES`] that a storage recognises in the path before it examines the host
/// (MinIO, `cmd/admin-router.go`).
const WHATEVER_THE_HOST: &str = "minio";

/// Segments that a storage recognises whatever the host, if the next segment is an ARN (SeaweedFS,
/// `s3api_tables.go`).
const WITH_AN_ARN: &[&str] = &["buckets", "namespaces", "tables", "tag"];

impl BucketName {
    /// Whether another service of a storage may answer under this bucket name on the port of its
    /// S3.
    pub fn is_reserved(&self) -> bool {
        SERVICES.iter().any(|service| self.as_str().eq_ignore_ascii_case(service))
    }
}

impl ObjectKey {
    /// Whether another service of a storage may answer under this key when the bucket is in the
    /// host, so that the path consists of the key only.
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

//! Every operation of the S3 model (botocore 1.44.5, 116 operations), one row each.
//!
//! The columns of a row: name, method, level, sub-resource key (`-` for none) `=>` what the
//! operation requires, which body it has; then the query keys and the `x-amz-*` headers that it may
//! have in addition to those of every operation (`x-id`, `x-amz-user-agent`,
//! `x-amz-expected-bucket-owner`). A header that ends in `-` stands for all headers with this
//! prefix. `checksums` adds the checksum headers. `server/tests/api/table.rs` compares the rows
//! with the model, so that none is missing.

use super::operation::operations;

operations! {
    AbortMultipartUpload: Delete Object "uploadId" => write none {
        query []
        headers ["x-amz-if-match-initiated-time", "x-amz-request-payer"] }
    CompleteMultipartUpload: Post Object "uploadId" => write content {
        query []
        headers ["x-amz-checksum-crc32", "x-amz-checksum-crc32c", "x-amz-checksum-crc64nvme",
            "x-amz-checksum-md5", "x-amz-checksum-sha1", "x-amz-checksum-sha256",
            "x-amz-checksum-sha512", "x-amz-checksum-type", "x-amz-checksum-xxhash128",
            "x-amz-checksum-xxhash3", "x-amz-checksum-xxhash64", "x-amz-mp-object-size",
            "x-amz-request-payer", "x-amz-server-side-encryption-customer-algorithm",
            "x-amz-server-side-encryption-customer-key",
            "x-amz-server-side-encryption-customer-key-md5"] }
    CopyObject: Put Object - => copy none {
        query []
        headers ["x-amz-acl", "x-amz-checksum-algorithm", "x-amz-copy-source",
            "x-amz-copy-source-if-match", "x-amz-copy-source-if-modified-since",
            "x-amz-copy-source-if-none-match", "x-amz-copy-source-if-unmodified-since",
            "x-amz-copy-source-server-side-encryption-customer-algorithm",
            "x-amz-copy-source-server-side-encryption-customer-key",
            "x-amz-copy-source-server-side-encryption-customer-key-md5",
            "x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-read-acp",
            "x-amz-grant-write-acp", "x-amz-meta-", "x-amz-metadata-directive",
            "x-amz-object-annotation-directive", "x-amz-object-lock-event-hold",
            "x-amz-object-lock-event-hold-duration-days",
            "x-amz-object-lock-event-hold-duration-years", "x-amz-object-lock-legal-hold",
            "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date",
            "x-amz-request-payer", "x-amz-server-side-encryption",
            "x-amz-server-side-encryption-aws-kms-key-id",
            "x-amz-server-side-encryption-bucket-key-enabled",
            "x-amz-server-side-encryption-context",
            "x-amz-server-side-encryption-customer-algorithm",
            "x-amz-server-side-encryption-customer-key",
            "x-amz-server-side-encryption-customer-key-md5",
            "x-amz-source-expected-bucket-owner", "x-amz-storage-class", "x-amz-tagging",
            "x-amz-tagging-directive", "x-amz-website-redirect-location"] }
    CreateBucket: Put Bucket - => root hashed {
        query []
        headers ["x-amz-acl", "x-amz-bucket-namespace", "x-amz-bucket-object-lock-enabled",
            "x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-read-acp",
            "x-amz-grant-write", "x-amz-grant-write-acp", "x-amz-object-ownership"] }
    CreateBucketMetadataConfiguration: Post Bucket "metadataConfiguration" => root_opt_in hashed checksums {
        query []
        headers [] }
    CreateBucketMetadataTableConfiguration: Post Bucket "metadataTable" => root_opt_in hashed checksums {
        query []
        headers [] }
    CreateMultipartUpload: Post Object "uploads" => write none {
        query []
        headers ["x-amz-acl", "x-amz-checksum-algorithm", "x-amz-checksum-type",
            "x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-read-acp",
            "x-amz-grant-write-acp", "x-amz-meta-", "x-amz-object-lock-event-hold",
            "x-amz-object-lock-event-hold-duration-days",
            "x-amz-object-lock-event-hold-duration-years", "x-amz-object-lock-legal-hold",
            "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date",
            "x-amz-request-payer", "x-amz-server-side-encryption",
            "x-amz-server-side-encryption-aws-kms-key-id",
            "x-amz-server-side-encryption-bucket-key-enabled",
            "x-amz-server-side-encryption-context",
            "x-amz-server-side-encryption-customer-algorithm",
            "x-amz-server-side-encryption-customer-key",
            "x-amz-server-side-encryption-customer-key-md5", "x-amz-storage-class",
            "x-amz-tagging", "x-amz-website-redirect-location"] }
    CreateSession: Get Bucket "session" => never none { query [] headers [] }
    DeleteBucket: Delete Bucket - => root none { query [] headers [] }
    DeleteBucketAnalyticsConfiguration: Delete Bucket "analytics" => root_opt_in none {
        query ["id"]
        headers [] }
    DeleteBucketCors: Delete Bucket "cors" => root none { query [] headers [] }
    DeleteBucketEncryption: Delete Bucket "encryption" => root none { query [] headers [] }
    DeleteBucketIntelligentTieringConfiguration: Delete Bucket "intelligent-tiering" => root none {
        query ["id"]
        headers [] }
    DeleteBucketInventoryConfiguration: Delete Bucket "inventory" => root_opt_in none {
        query ["id"]
        headers [] }
    DeleteBucketLifecycle: Delete Bucket "lifecycle" => root none { query [] headers [] }
    DeleteBucketMetadataConfiguration: Delete Bucket "metadataConfiguration" => root_opt_in none {
        query []
        headers [] }
    DeleteBucketMetadataTableConfiguration: Delete Bucket "metadataTable" => root_opt_in none {
        query []
        headers [] }
    DeleteBucketMetricsConfiguration: Delete Bucket "metrics" => root none {
        query ["id"]
        headers [] }
    DeleteBucketOwnershipControls: Delete Bucket "ownershipControls" => root_opt_in none {
        query []
        headers [] }
    DeleteBucketPolicy: Delete Bucket "policy" => root_opt_in none { query [] headers [] }
    DeleteBucketReplication: Delete Bucket "replication" => root_opt_in none { query [] headers [] }
    DeleteBucketTagging: Delete Bucket "tagging" => root none { query [] headers [] }
    DeleteBucketWebsite: Delete Bucket "website" => root_opt_in none { query [] headers [] }
    DeleteObject: Delete Object - => delete none {
        query ["versionId"]
        headers ["x-amz-bypass-governance-retention", "x-amz-if-match-last-modified-time",
            "x-amz-if-match-size", "x-amz-mfa", "x-amz-request-payer"] }
    DeleteObjectAnnotation: Delete Object "annotation" => write_delete none {
        query ["annotationName", "versionId"]
        headers ["x-amz-object-if-match", "x-amz-request-payer"] }
    DeleteObjectTagging: Delete Object "tagging" => write_delete none { query ["versionId"] headers [] }
    DeleteObjects: Post Bucket "delete" => delete content checksums {
        query []
        headers ["x-amz-bypass-governance-retention", "x-amz-mfa", "x-amz-request-payer"] }
    DeletePublicAccessBlock: Delete Bucket "publicAccessBlock" => root_opt_in none {
        query []
        headers [] }
    GetBucketAbac: Get Bucket "abac" => root none { query [] headers [] }
    GetBucketAccelerateConfiguration: Get Bucket "accelerate" => root none {
        query []
        headers ["x-amz-request-payer"] }
    GetBucketAcl: Get Bucket "acl" => root none { query [] headers [] }
    GetBucketAnalyticsConfiguration: Get Bucket "analytics" => root none { query ["id"] headers [] }
    GetBucketCors: Get Bucket "cors" => root none { query [] headers [] }
    GetBucketEncryption: Get Bucket "encryption" => root none { query [] headers [] }
    GetBucketIntelligentTieringConfiguration: Get Bucket "intelligent-tiering" => root none {
        query ["id"]
        headers [] }
    GetBucketInventoryConfiguration: Get Bucket "inventory" => root none { query ["id"] headers [] }
    GetBucketLifecycle: Get Bucket "lifecycle" => root none { query [] headers [] }
    GetBucketLifecycleConfiguration: Get Bucket "lifecycle" => root none { query [] headers [] }
    GetBucketLocation: Get Bucket "location" => any none { query [] headers [] }
    GetBucketLogging: Get Bucket "logging" => root none { query [] headers [] }
    GetBucketMetadataConfiguration: Get Bucket "metadataConfiguration" => root none {
        query []
        headers [] }
    GetBucketMetadataTableConfiguration: Get Bucket "metadataTable" => root none {
        query []
        headers [] }
    GetBucketMetricsConfiguration: Get Bucket "metrics" => root none { query ["id"] headers [] }
    GetBucketNotification: Get Bucket "notification" => root none { query [] headers [] }
    GetBucketNotificationConfiguration: Get Bucket "notification" => root none {
        query []
        headers [] }
    GetBucketOwnershipControls: Get Bucket "ownershipControls" => root none { query [] headers [] }
    GetBucketPolicy: Get Bucket "policy" => root none { query [] headers [] }
    GetBucketPolicyStatus: Get Bucket "policyStatus" => root none { query [] headers [] }
    GetBucketReplication: Get Bucket "replication" => root none { query [] headers [] }
    GetBucketRequestPayment: Get Bucket "requestPayment" => root none { query [] headers [] }
    GetBucketTagging: Get Bucket "tagging" => root none { query [] headers [] }
    GetBucketVersioning: Get Bucket "versioning" => list none { query [] headers [] }
    GetBucketWebsite: Get Bucket "website" => root none { query [] headers [] }
    GetObject: Get Object - => read none {
        query ["partNumber", "response-cache-control", "response-content-disposition",
            "response-content-encoding", "response-content-language", "response-content-type",
            "response-expires", "versionId"]
        headers ["x-amz-checksum-mode", "x-amz-request-payer",
            "x-amz-server-side-encryption-customer-algorithm",
            "x-amz-server-side-encryption-customer-key",
            "x-amz-server-side-encryption-customer-key-md5"] }
    GetObjectAcl: Get Object "acl" => root none {
        query ["versionId"]
        headers ["x-amz-request-payer"] }
    GetObjectAnnotation: Get Object "annotation" => read none {
        query ["annotationName", "versionId"]
        headers ["x-amz-checksum-mode", "x-amz-request-payer"] }
    GetObjectAttributes: Get Object "attributes" => read none {
        query ["versionId"]
        headers ["x-amz-max-parts", "x-amz-object-attributes", "x-amz-part-number-marker",
            "x-amz-request-payer", "x-amz-server-side-encryption-customer-algorithm",
            "x-amz-server-side-encryption-customer-key",
            "x-amz-server-side-encryption-customer-key-md5"] }
    GetObjectLegalHold: Get Object "legal-hold" => read none {
        query ["versionId"]
        headers ["x-amz-request-payer"] }
    GetObjectLockConfiguration: Get Bucket "object-lock" => root none { query [] headers [] }
    GetObjectRetention: Get Object "retention" => read none {
        query ["versionId"]
        headers ["x-amz-request-payer"] }
    GetObjectTagging: Get Object "tagging" => read none {
        query ["versionId"]
        headers ["x-amz-request-payer"] }
    GetObjectTorrent: Get Object "torrent" => never none { query [] headers [] }
    GetPublicAccessBlock: Get Bucket "publicAccessBlock" => root none { query [] headers [] }
    HeadBucket: Head Bucket - => any none { query [] headers [] }
    HeadObject: Head Object - => read none {
        query ["partNumber", "response-cache-control", "response-content-disposition",
            "response-content-encoding", "response-content-language", "response-content-type",
            "response-expires", "versionId"]
        headers ["x-amz-checksum-mode", "x-amz-request-payer",
            "x-amz-server-side-encryption-customer-algorithm",
            "x-amz-server-side-encryption-customer-key",
            "x-amz-server-side-encryption-customer-key-md5"] }
    ListBucketAnalyticsConfigurations: Get Bucket "analytics" => root none {
        query ["continuation-token"]
        headers [] }
    ListBucketIntelligentTieringConfigurations: Get Bucket "intelligent-tiering" => root none {
        query ["continuation-token"]
        headers [] }
    ListBucketInventoryConfigurations: Get Bucket "inventory" => root none {
        query ["continuation-token"]
        headers [] }
    ListBucketMetricsConfigurations: Get Bucket "metrics" => root none {
        query ["continuation-token"]
        headers [] }
    ListBuckets: Get Account - => root none {
        query ["bucket-region", "continuation-token", "max-buckets", "prefix"]
        headers [] }
    ListDirectoryBuckets: Get Account - => never none { query [] headers [] }
    ListMultipartUploads: Get Bucket "uploads" => list none {
        query ["delimiter", "encoding-type", "key-marker", "max-uploads", "prefix",
            "upload-id-marker"]
        headers ["x-amz-request-payer"] }
    ListObjectAnnotations: Get Object "annotation" => read none {
        query ["annotation-prefix", "continuation-token", "max-annotation-results", "versionId"]
        headers ["x-amz-request-payer"] }
    ListObjectVersions: Get Bucket "versions" => list none {
        query ["delimiter", "encoding-type", "key-marker", "max-keys", "prefix",
            "version-id-marker"]
        headers ["x-amz-optional-object-attributes", "x-amz-request-payer"] }
    ListObjects: Get Bucket - => list none {
        query ["delimiter", "encoding-type", "marker", "max-keys", "prefix"]
        headers ["x-amz-optional-object-attributes", "x-amz-request-payer"] }
    ListObjectsV2: Get Bucket "list-type" => list none {
        query ["continuation-token", "delimiter", "encoding-type", "fetch-owner", "max-keys",
            "prefix", "start-after"]
        headers ["x-amz-optional-object-attributes", "x-amz-request-payer"] }
    ListParts: Get Object "uploadId" => write_or_list none {
        query ["max-parts", "part-number-marker"]
        headers ["x-amz-request-payer", "x-amz-server-side-encryption-customer-algorithm",
            "x-amz-server-side-encryption-customer-key",
            "x-amz-server-side-encryption-customer-key-md5"] }
    PutBucketAbac: Put Bucket "abac" => root_opt_in hashed checksums { query [] headers [] }
    PutBucketAccelerateConfiguration: Put Bucket "accelerate" => root_opt_in hashed checksums {
        query []
        headers [] }
    PutBucketAcl: Put Bucket "acl" => root_opt_in hashed checksums {
        query []
        headers ["x-amz-acl", "x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-read-acp",
            "x-amz-grant-write", "x-amz-grant-write-acp"] }
    PutBucketAnalyticsConfiguration: Put Bucket "analytics" => root_opt_in hashed {
        query ["id"]
        headers [] }
    PutBucketCors: Put Bucket "cors" => root hashed checksums { query [] headers [] }
    PutBucketEncryption: Put Bucket "encryption" => root hashed checksums { query [] headers [] }
    PutBucketIntelligentTieringConfiguration: Put Bucket "intelligent-tiering" => root hashed {
        query ["id"]
        headers [] }
    PutBucketInventoryConfiguration: Put Bucket "inventory" => root_opt_in hashed {
        query ["id"]
        headers [] }
    PutBucketLifecycle: Put Bucket "lifecycle" => root hashed checksums { query [] headers [] }
    PutBucketLifecycleConfiguration: Put Bucket "lifecycle" => root hashed checksums {
        query []
        headers ["x-amz-transition-default-minimum-object-size"] }
    PutBucketLogging: Put Bucket "logging" => root_opt_in hashed checksums { query [] headers [] }
    PutBucketMetricsConfiguration: Put Bucket "metrics" => root hashed { query ["id"] headers [] }
    PutBucketNotification: Put Bucket "notification" => root_opt_in hashed checksums {
        query []
        headers [] }
    PutBucketNotificationConfiguration: Put Bucket "notification" => root_opt_in hashed {
        query []
        headers ["x-amz-skip-destination-validation"] }
    PutBucketOwnershipControls: Put Bucket "ownershipControls" => root_opt_in hashed checksums {
        query []
        headers [] }
    PutBucketPolicy: Put Bucket "policy" => root_opt_in hashed checksums {
        query []
        headers ["x-amz-confirm-remove-self-bucket-access"] }
    PutBucketReplication: Put Bucket "replication" => root_opt_in hashed checksums {
        query []
        headers ["x-amz-bucket-object-lock-token"] }
    PutBucketRequestPayment: Put Bucket "requestPayment" => root_opt_in hashed checksums {
        query []
        headers [] }
    PutBucketTagging: Put Bucket "tagging" => root hashed checksums { query [] headers [] }
    PutBucketVersioning: Put Bucket "versioning" => root hashed checksums {
        query []
        headers ["x-amz-mfa"] }
    PutBucketWebsite: Put Bucket "website" => root_opt_in hashed checksums { query [] headers [] }
    PutObject: Put Object - => write stream checksums {
        query []
        headers ["x-amz-acl", "x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-read-acp",
            "x-amz-grant-write-acp", "x-amz-meta-", "x-amz-object-lock-event-hold",
            "x-amz-object-lock-event-hold-duration-days",
            "x-amz-object-lock-event-hold-duration-years", "x-amz-object-lock-legal-hold",
            "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date",
            "x-amz-request-payer", "x-amz-server-side-encryption",
            "x-amz-server-side-encryption-aws-kms-key-id",
            "x-amz-server-side-encryption-bucket-key-enabled",
            "x-amz-server-side-encryption-context",
            "x-amz-server-side-encryption-customer-algorithm",
            "x-amz-server-side-encryption-customer-key",
            "x-amz-server-side-encryption-customer-key-md5", "x-amz-storage-class",
            "x-amz-tagging", "x-amz-website-redirect-location", "x-amz-write-offset-bytes"] }
    PutObjectAcl: Put Object "acl" => root_opt_in hashed checksums {
        query ["versionId"]
        headers ["x-amz-acl", "x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-read-acp",
            "x-amz-grant-write", "x-amz-grant-write-acp", "x-amz-request-payer"] }
    PutObjectAnnotation: Put Object "annotation" => write content checksums {
        query ["annotationName", "versionId"]
        headers ["x-amz-object-if-match", "x-amz-request-payer"] }
    PutObjectLegalHold: Put Object "legal-hold" => root hashed checksums {
        query ["versionId"]
        headers ["x-amz-request-payer"] }
    PutObjectLockConfiguration: Put Bucket "object-lock" => root hashed checksums {
        query []
        headers ["x-amz-bucket-object-lock-token", "x-amz-request-payer"] }
    PutObjectRetention: Put Object "retention" => root hashed checksums {
        query ["versionId"]
        headers ["x-amz-bypass-governance-retention", "x-amz-request-payer"] }
    PutObjectTagging: Put Object "tagging" => write content checksums {
        query ["versionId"]
        headers ["x-amz-request-payer"] }
    PutPublicAccessBlock: Put Bucket "publicAccessBlock" => root_opt_in hashed checksums {
        query []
        headers [] }
    RenameObject: Put Object "renameObject" => write_delete none {
        query []
        headers ["x-amz-client-token", "x-amz-rename-source", "x-amz-rename-source-if-match",
            "x-amz-rename-source-if-modified-since", "x-amz-rename-source-if-none-match",
            "x-amz-rename-source-if-unmodified-since"] }
    RestoreObject: Post Object "restore" => root_in_place hashed checksums {
        query ["versionId"]
        headers ["x-amz-request-payer"] }
    SelectObjectContent: Post Object "select" => read content {
        query ["select-type"]
        headers ["x-amz-server-side-encryption-customer-algorithm",
            "x-amz-server-side-encryption-customer-key",
            "x-amz-server-side-encryption-customer-key-md5"] }
    UpdateBucketMetadataAnnotationTableConfiguration: Put Bucket "metadataAnnotationTable" => root_opt_in hashed checksums {
        query []
        headers [] }
    UpdateBucketMetadataInventoryTableConfiguration: Put Bucket "metadataInventoryTable" => root_opt_in hashed checksums {
        query []
        headers [] }
    UpdateBucketMetadataJournalTableConfiguration: Put Bucket "metadataJournalTable" => root_opt_in hashed checksums {
        query []
        headers [] }
    UpdateObjectEncryption: Put Object "encryption" => root hashed checksums {
        query ["versionId"]
        headers ["x-amz-request-payer"] }
    UploadPart: Put Object "uploadId" => write stream checksums {
        query ["partNumber"]
        headers ["x-amz-request-payer", "x-amz-server-side-encryption-customer-algorithm",
            "x-amz-server-side-encryption-customer-key",
            "x-amz-server-side-encryption-customer-key-md5"] }
    UploadPartCopy: Put Object "uploadId" => copy none {
        query ["partNumber"]
        headers ["x-amz-copy-source", "x-amz-copy-source-if-match",
            "x-amz-copy-source-if-modified-since", "x-amz-copy-source-if-none-match",
            "x-amz-copy-source-if-unmodified-since", "x-amz-copy-source-range",
            "x-amz-copy-source-server-side-encryption-customer-algorithm",
            "x-amz-copy-source-server-side-encryption-customer-key",
            "x-amz-copy-source-server-side-encryption-customer-key-md5", "x-amz-request-payer",
            "x-amz-server-side-encryption-customer-algorithm",
            "x-amz-server-side-encryption-customer-key",
            "x-amz-server-side-encryption-customer-key-md5",
            "x-amz-source-expected-bucket-owner"] }
    WriteGetObjectResponse: Post Account - => never none { query [] headers [] }
}

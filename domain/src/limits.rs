//! All limits on requests, stored data and responses. Each doc comment names the unit. Parameters
//! of a mechanism (pauses, timeouts, cache sizes) are next to the mechanism.

use chrono::TimeDelta;

// Requests to S3.

/// Maximum bytes of a URL.
pub const MAX_URL: usize = 8192;
/// Maximum bytes of a host name, with the dot of the root (RFC 1035 §2.3.4).
pub const MAX_HOST: usize = 254;
/// Maximum number of headers of a request: more than any client sends.
pub const MAX_HEADERS: usize = 128;
/// Maximum bytes of all headers of a request; S3 itself accepts 8 KiB.
pub const MAX_HEADER_BYTES: usize = 32 * 1024;
/// Maximum number of pairs in a query: more than any operation has, and few enough to compare each
/// with each.
pub const MAX_QUERY_PAIRS: usize = 64;
/// Maximum bytes of a version id: S3's limit (AWS "Retaining multiple versions of objects").
pub const MAX_VERSION_ID: usize = 1024;
/// Maximum bytes of a listing's continuation token.
pub const MAX_LISTING_TOKEN: usize = 4096;
/// Maximum bytes of a listing's delimiter.
pub const MAX_DELIMITER: usize = 64;
/// Maximum bytes of an annotation's name: S3's limit (AWS `AnnotationNameTooLong`).
pub const MAX_ANNOTATION_NAME: usize = 512;
/// Maximum bytes of a `response-*` parameter, which sets a header of the response.
pub const MAX_RESPONSE_HEADER: usize = 1024;
/// Maximum bytes of an object key: S3's limit.
pub const MAX_KEY: usize = 1024;
/// Maximum bytes of an object's metadata, names and values together, without `x-amz-meta-`: S3's limit.
pub const MAX_METADATA: usize = 2 * 1024;
/// Bytes of a body that the gateway reads whole: one that says what is done.
pub const MAX_GATEWAY_BODY: usize = 8 * 1024 * 1024;
/// Maximum total bytes of such bodies in memory: sixteen of the largest.
pub const MAX_KEPT_GATEWAY_BODIES: usize = 128 * 1024 * 1024;
/// Maximum number of keys in one DeleteObjects (AWS "DeleteObjects").
pub const MAX_DELETED_KEYS: usize = 1000;
/// Maximum bytes of a body that a caller sends along to be hashed.
pub const MAX_SIGNED_BODY: usize = 1024 * 1024;

// Signatures.

/// How long S3 accepts a header signature after its date.
pub const SIGNATURE_LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// How long a signature may be used after it was made: the 15 minutes of S3, plus 5 minutes for the
/// difference between the storage's clock and Cargo's.
pub const SIGNATURE_MAY_BE_USED: TimeDelta = TimeDelta::minutes(20);
/// Maximum number of pending signatures (creations and deletions) of one bucket.
pub const MAX_UNSETTLED: usize = 1000;
/// Default lifetime of a presigned URL, in seconds.
pub const DEFAULT_PRESIGN_SECONDS: u64 = 300;
/// Default for a project's maximum lifetime of presigned URLs.
pub const DEFAULT_MAX_PRESIGN: TimeDelta = TimeDelta::hours(1);
/// S3's own maximum lifetime of a presigned URL, in seconds (AWS "Download and upload objects with
/// presigned URLs").
pub const MAX_PRESIGN_SECONDS: u32 = 604_800;
/// How far the day of a signature is from today at most: a presigned URL lives a week, and clocks
/// differ.
pub const DAY_KEYS_REACH: TimeDelta = TimeDelta::days(8);
/// Keys of days and regions that are remembered of one access key.
pub const MAX_DAY_KEYS: usize = 16;
/// Bytes of the line before a chunk.
pub const MAX_CHUNK_LINE: usize = 1024;
/// Bytes of the trailer of a body in chunks.
pub const MAX_TRAILER: usize = 4096;

// Names.

/// Maximum bytes of a user's id or a group's name.
pub const MAX_SUBJECT: usize = 256;
/// Maximum bytes of the name of a project or store.
pub const MAX_SLUG: usize = 63;
/// Maximum bytes of the name of a new bucket (AWS "General purpose bucket naming rules").
pub const MAX_NEW_BUCKET: usize = 63;
/// Maximum bytes of the name of a bucket from before March 2018 (AWS "General purpose bucket naming
/// rules").
pub const MAX_BUCKET: usize = 255;
/// Maximum bytes of the name of an operator.
pub const MAX_OPERATOR: usize = 64;

// Projects.

/// Maximum number of CORS origins of a project.
pub const MAX_CORS_ORIGINS: usize = 64;
/// Maximum number of labels of a bucket.
pub const MAX_LABELS: usize = 32;
/// Maximum characters of a label's name.
pub const MAX_LABEL_KEY: usize = 63;
/// Maximum characters of a label's value.
pub const MAX_LABEL_VALUE: usize = 256;
/// Maximum characters of a grant's reason.
pub const MAX_REASON: usize = 500;
/// Maximum number of prefixes on which one subject has grants in one bucket: a listing of the
/// subject's permissions reads all of them.
pub const MAX_GRANTS_PER_SUBJECT: i64 = 500;
/// Maximum number of grants that one revision changes.
pub const MAX_GRANTS_PER_REVISION: usize = 1000;
/// Maximum number of groups of one user: every decision examines all of them.
pub const MAX_GROUPS_PER_USER: i64 = 500;
/// Maximum number of keys of one family that are valid at the same time.
pub const MAX_LIVE_KEYS: usize = 2;
/// Maximum characters of an API key's name.
pub const MAX_KEY_NAME: usize = 100;
/// Access keys that a user makes for themselves at most.
pub const MAX_KEYS_PER_USER: i64 = 10;
/// Personal API keys that a user makes for themselves at most: one for each program.
pub const MAX_PERSONAL_KEYS: i64 = 50;
/// How long ago a user may have signed in who makes or changes keys of their own.
pub const FRESH_SIGN_IN: TimeDelta = TimeDelta::minutes(15);
/// Buckets that the limits of an access key name at most.
pub const MAX_KEY_BUCKETS: usize = 100;
/// Prefixes that the limits of an access key name at most.
pub const MAX_KEY_PREFIXES: usize = 100;
/// Networks that the limits of an access key name at most.
pub const MAX_KEY_CIDRS: usize = 100;
/// Default lifetime of an API key.
pub const DEFAULT_KEY_LIFETIME: TimeDelta = TimeDelta::days(365);
/// Default overlap after a rotation, in seconds: how long the old key stays valid.
pub const DEFAULT_KEY_OVERLAP: u32 = 24 * 60 * 60;
/// Maximum overlap after a rotation, in seconds.
pub const MAX_KEY_OVERLAP: u32 = 30 * DEFAULT_KEY_OVERLAP;
/// How long a session of STS lives at least.
pub const MIN_SESSION_SECONDS: u32 = 900;
/// How long a session lives for which nothing else is asked.
pub const DEFAULT_SESSION_SECONDS: u32 = 60 * 60;
/// How long a session lives at most.
pub const MAX_SESSION_SECONDS: u32 = 12 * 60 * 60;
/// The longest session token: it stands in presigned URLs.
pub const MAX_SESSION_TOKEN: usize = 2048;
/// The largest request to STS.
pub const MAX_STS_REQUEST: usize = 64 * 1024;
/// Maximum number of buckets that are looked at for one page of ListBuckets. The page then ends, with a token
/// for the rest.
pub const MAX_EXAMINED_BUCKETS: usize = 10_000;

// Accounts.

/// Maximum characters of a username.
pub const MAX_USERNAME: usize = 63;
/// Maximum bytes of an e-mail address (RFC 5321 §4.5.3.1.3, without the angle brackets).
pub const MAX_EMAIL: usize = 254;
/// Maximum characters of a display name.
pub const MAX_DISPLAY_NAME: usize = 100;
/// Minimum characters of a new password, which is the only factor (NIST SP 800-63B-4 §3.1.1.2).
pub const MIN_PASSWORD: usize = 15;
/// Maximum characters of a new password.
pub const MAX_PASSWORD: usize = 256;
/// Maximum bytes of a password: a longer one is not hashed.
pub const MAX_PASSWORD_BYTES: usize = 1024;
/// How long an invitation is good.
pub const INVITATION_LIFETIME: TimeDelta = TimeDelta::hours(72);
/// How long an access token is good.
pub const ACCESS_TOKEN_LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// After how long without a refresh a sign-in is over.
pub const REFRESH_IDLE: TimeDelta = TimeDelta::days(14);
/// After how long a sign-in is over, used or not.
pub const REFRESH_LIFETIME: TimeDelta = TimeDelta::days(90);
/// For how long a refresh token that was used is answered again in the same way.
pub const REFRESH_GRACE: TimeDelta = TimeDelta::seconds(30);
/// For how long a key signs access tokens.
pub const SIGNING_KEY_LIFE: TimeDelta = TimeDelta::days(90);
/// For how long a key is published before it signs.
pub const SIGNING_KEY_NOTICE: TimeDelta = TimeDelta::minutes(10);
/// For how long a key is published after it signed: the life of an access token, and as much again for servers
/// that learn of the change late and for clocks that differ.
pub const SIGNING_KEY_RETIRES: TimeDelta = TimeDelta::minutes(30);

// Requests to Cargo.

/// Default number of items on a page.
pub const DEFAULT_PAGE: u32 = 100;
/// Maximum number of items on a page.
pub const MAX_PAGE: u32 = 1000;
/// Approximate maximum bytes of a page of changes, whatever the number of changes: one may be
/// large.
pub const MAX_CHANGES_BYTES: i64 = 16 * 1024 * 1024;
/// Maximum number of changes whose chain one request verifies.
pub const MAX_CHAIN_PAGE: u32 = 10_000;
/// Maximum seconds that a long poll waits.
pub const MAX_WAIT_SECONDS: u32 = 30;
/// How long after its first page a user's listing can be continued.
pub const LISTING_LASTS: TimeDelta = TimeDelta::hours(1);
/// Default maximum bytes of a request body. Such a body is read at once.
pub const MAX_BODY: usize = 64 * 1024;
/// Maximum bytes of a request to sign: a body of 1 MiB in base64, and the rest.
pub const MAX_SIGN_BODY: usize = 2 * 1024 * 1024;
/// Maximum bytes of a batch of requests to sign, few of which have bodies.
pub const MAX_SIGN_BATCH_BODY: usize = 8 * 1024 * 1024;
/// Maximum bytes of a batch of access checks.
pub const MAX_CHECK_BATCH_BODY: usize = 4 * 1024 * 1024;
/// Maximum number of items in a batch, to sign or to check.
pub const MAX_BATCH: usize = 1000;
/// Maximum bytes of a change of many grants, each with its reason.
pub const MAX_GRANTS_PATCH_BODY: usize = 4 * 1024 * 1024;
/// Maximum number of lines of an import.
pub const MAX_IMPORT_LINES: usize = 100_000;
/// Maximum bytes of an import.
pub const MAX_IMPORT_BODY: usize = 64 * 1024 * 1024;
/// Maximum total bytes of import bodies in memory: four of the largest.
pub const MAX_KEPT_IMPORTS: usize = 256 * 1024 * 1024;
/// Maximum total bytes of other bodies in memory: eight of the largest.
pub const MAX_KEPT_BATCHES: usize = 64 * 1024 * 1024;
/// Maximum bytes of an `Idempotency-Key`.
pub const MAX_IDEMPOTENCY_KEY: usize = 255;
/// How long the response to an idempotent request is stored.
pub const REPLIES_KEPT: TimeDelta = TimeDelta::hours(24);
/// Maximum bytes of a `User-Agent` that are stored.
pub const MAX_USER_AGENT: usize = 256;
/// Maximum bytes of a request id from the caller.
pub const MAX_REQUEST_ID: usize = 128;
/// Maximum bytes of an untrusted text in an audit event; the rest is cut off. An event has at most
/// six such texts, so that it takes at most a few kilobytes.
pub const MAX_AUDIT_TEXT: usize = 1024;
/// Maximum number of audit events in spool files that are not in the database yet. At this limit,
/// nothing is signed.
pub const MAX_SPOOLED_EVENTS: usize = 65_536;
/// Maximum bytes of audit events in spool files that are not in the database yet. Bounds memory: an
/// event is usually half a kilobyte, but may be larger.
pub const MAX_SPOOLED_BYTES: usize = 64 * 1024 * 1024;
/// Maximum number of revisions that a query about a past state undoes: more would take seconds.
pub const MAX_UNDONE_REVISIONS: i64 = 10_000;
/// Maximum number of rows that a query about a past state undoes.
pub const MAX_UNDONE_ROWS: usize = 200_000;

// Tokens, key documents and storage responses.

/// Default maximum bytes of a token.
pub const DEFAULT_MAX_TOKEN: usize = 16 * 1024;
/// Maximum bytes of a token's header.
pub const MAX_TOKEN_HEADER: usize = 1024;
/// Maximum bytes of a document of the auth service.
pub const MAX_KEY_DOCUMENT: usize = 256 * 1024;
/// Maximum number of keys of the auth service in use: the first ones.
pub const MAX_KEY_SET: usize = 16;
/// Maximum bytes of an issuer's name, of an audience, of a claim's name and of a value in a condition.
pub const MAX_ISSUER_TEXT: usize = 1024;
/// Maximum number of audiences of an issuer, of claims that may name its users, of conditions, and of
/// values in one condition.
pub const MAX_ISSUER_LIST: usize = 64;
/// Maximum number of issuers of a server.
pub const MAX_ISSUERS: usize = 64;
/// Default maximum life of a token.
pub const DEFAULT_TOKEN_LIFE: TimeDelta = TimeDelta::hours(24);
/// Maximum number of keys to try for a token that does not name its key: the first ones.
pub const MAX_KEY_GUESSES: usize = 4;
/// Maximum bytes of a storage's response: enough for a list of ten thousand buckets from a storage
/// without pagination.
pub const MAX_STORAGE_ANSWER: usize = 4 * 1024 * 1024;
/// Number of buckets in a storage's list after which no further page is requested.
pub const MAX_LISTED_BUCKETS: usize = 100_000;
/// Maximum number of pages of a storage's list of buckets.
pub const MAX_LISTED_PAGES: usize = 100;
/// Default for the age of a probe report after which the operator is told to probe again.
pub const DEFAULT_PROBE_AGE: TimeDelta = TimeDelta::days(30);

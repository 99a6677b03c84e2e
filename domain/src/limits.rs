//! Every number that bounds what is asked, held, kept or answered, once. A docstring names the unit.
//! What paces a mechanism (pauses, timeouts, sizes of caches) stays with the mechanism.

use chrono::TimeDelta;

// A request to S3.

/// Bytes of a URL.
pub const MAX_URL: usize = 8192;
/// Bytes of a host name, with the dot of the root (RFC 1035 §2.3.4).
pub const MAX_HOST: usize = 254;
/// Headers of a request: more than any client sends.
pub const MAX_HEADERS: usize = 128;
/// Bytes of the headers of a request; S3 itself takes 8 KiB.
pub const MAX_HEADER_BYTES: usize = 32 * 1024;
/// Pairs in a query. More than any operation has: so few that each may be held against each.
pub const MAX_QUERY_PAIRS: usize = 64;
/// S3's limit for a version id, in bytes (AWS "Retaining multiple versions of objects").
pub const MAX_VERSION_ID: usize = 1024;
/// Bytes of a token that a listing goes on with.
pub const MAX_LISTING_TOKEN: usize = 4096;
/// Bytes of the delimiter of a listing.
pub const MAX_DELIMITER: usize = 64;
/// S3's limit for the name of an annotation, in bytes (AWS `AnnotationNameTooLong`).
pub const MAX_ANNOTATION_NAME: usize = 512;
/// Bytes of a header that the answer shall have.
pub const MAX_RESPONSE_HEADER: usize = 1024;
/// S3's limit for a key, in bytes.
pub const MAX_KEY: usize = 1024;
/// Keys in one DeleteObjects (AWS "DeleteObjects").
pub const MAX_DELETED_KEYS: usize = 1000;
/// Bytes of a body that is sent along to be hashed.
pub const MAX_SIGNED_BODY: usize = 1024 * 1024;

// Signatures.

/// How long S3 accepts a header signature after its date.
pub const SIGNATURE_LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// How long a signature may still be used after it was made: S3 takes it for 15 minutes, by a
/// clock that may differ from ours.
pub const SIGNATURE_MAY_BE_USED: TimeDelta = TimeDelta::minutes(20);
/// Signatures of one bucket that nobody settled, at most.
pub const MAX_UNSETTLED: usize = 1000;
/// Seconds that a presigned URL lives when nothing else is said.
pub const DEFAULT_PRESIGN_SECONDS: u64 = 300;
/// How long a presigned URL may live in a project that says nothing else.
pub const DEFAULT_MAX_PRESIGN: TimeDelta = TimeDelta::hours(1);
/// Seconds that S3 itself lets a presigned URL live at most (AWS "Download and upload objects with
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

/// Bytes of a user's id or a group's name.
pub const MAX_SUBJECT: usize = 256;
/// Bytes of the name of a project or store.
pub const MAX_SLUG: usize = 63;
/// Bytes of the name of a new bucket (AWS "General purpose bucket naming rules").
pub const MAX_NEW_BUCKET: usize = 63;
/// Bytes of the name of a bucket from before March 2018 (the same page).
pub const MAX_BUCKET: usize = 255;
/// Bytes of the name of an operator.
pub const MAX_OPERATOR: usize = 64;

// What a project holds.

/// Origins that a project names at most.
pub const MAX_CORS_ORIGINS: usize = 64;
/// Labels a bucket has at most.
pub const MAX_LABELS: usize = 32;
/// Characters of the name of a label.
pub const MAX_LABEL_KEY: usize = 63;
/// Characters of the value of a label.
pub const MAX_LABEL_VALUE: usize = 256;
/// Characters of the reason of a grant.
pub const MAX_REASON: usize = 500;
/// Prefixes one subject may have grants on in one bucket: a listing of somebody's permissions
/// is made of all of them.
pub const MAX_GRANTS_PER_SUBJECT: i64 = 500;
/// Grants that one revision changes at most.
pub const MAX_GRANTS_PER_REVISION: usize = 1000;
/// Groups one user may be in: all of them are looked at in every decision.
pub const MAX_GROUPS_PER_USER: i64 = 500;
/// Keys of one family that are good at the same time, at most.
pub const MAX_LIVE_KEYS: usize = 2;
/// Characters of the name of an API key.
pub const MAX_KEY_NAME: usize = 100;
/// Access keys that a user makes for themselves at most.
pub const MAX_KEYS_PER_USER: i64 = 10;
/// How long ago a user may have signed in who makes or changes keys of their own.
pub const FRESH_SIGN_IN: TimeDelta = TimeDelta::minutes(15);
/// Buckets that the limits of an access key name at most.
pub const MAX_KEY_BUCKETS: usize = 100;
/// Prefixes that the limits of an access key name at most.
pub const MAX_KEY_PREFIXES: usize = 100;
/// Networks that the limits of an access key name at most.
pub const MAX_KEY_CIDRS: usize = 100;
/// How long a key lives when nothing else is said.
pub const DEFAULT_KEY_LIFETIME: TimeDelta = TimeDelta::days(365);
/// For how many seconds a rotated key goes on when nothing else is said.
pub const DEFAULT_KEY_OVERLAP: u32 = 24 * 60 * 60;
/// For how many seconds a rotated key goes on at most.
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
/// Grants of one project that are remembered at most; a project with more is read from the
/// database whenever it is asked about. One takes about a third of a kilobyte.
pub const MAX_REMEMBERED_GRANTS: usize = 1_000_000;

// Requests to Cargo.

/// Items on a page when nothing else is said.
pub const DEFAULT_PAGE: u32 = 100;
/// Items on a page.
pub const MAX_PAGE: u32 = 1000;
/// About so many bytes are in a page of changes, however many that are: one may be large.
pub const MAX_CHANGES_BYTES: i64 = 16 * 1024 * 1024;
/// Seconds that a long poll waits.
pub const MAX_WAIT_SECONDS: u32 = 30;
/// How long after its first page a user's listing goes on.
pub const LISTING_LASTS: TimeDelta = TimeDelta::hours(1);
/// Bytes of the body of a request, where its route says nothing else. Such a body is read at once.
pub const MAX_BODY: usize = 64 * 1024;
/// Bytes of a request to sign: a body of 1 MiB in base64, and the rest.
pub const MAX_SIGN_BODY: usize = 2 * 1024 * 1024;
/// Bytes of many requests to sign, few of them with bodies.
pub const MAX_SIGN_BATCH_BODY: usize = 8 * 1024 * 1024;
/// Bytes of many questions.
pub const MAX_CHECK_BATCH_BODY: usize = 4 * 1024 * 1024;
/// Items of a batch, to sign or to check.
pub const MAX_BATCH: usize = 1000;
/// Bytes of a change of many grants, each with its reason.
pub const MAX_GRANTS_PATCH_BODY: usize = 4 * 1024 * 1024;
/// Lines of an import.
pub const MAX_IMPORT_LINES: usize = 100_000;
/// Bytes of an import.
pub const MAX_IMPORT_BODY: usize = 64 * 1024 * 1024;
/// Bodies of imports that are kept at a time, in bytes: four of the longest.
pub const MAX_KEPT_IMPORTS: usize = 256 * 1024 * 1024;
/// Other bodies that are kept at a time, in bytes: eight of the longest.
pub const MAX_KEPT_BATCHES: usize = 64 * 1024 * 1024;
/// Bytes of an `Idempotency-Key`.
pub const MAX_IDEMPOTENCY_KEY: usize = 255;
/// How long a reply is kept.
pub const REPLIES_KEPT: TimeDelta = TimeDelta::hours(24);
/// Bytes of a `User-Agent` that are kept.
pub const MAX_USER_AGENT: usize = 256;
/// Bytes of a caller's request id, at most.
pub const MAX_REQUEST_ID: usize = 128;
/// Untrusted text is cut to this many bytes before it is stored: an event has six of them at most,
/// and so is not larger than some kilobytes, whatever is asked.
pub const MAX_AUDIT_TEXT: usize = 1024;
/// Events that may be in the files and not in the database. Beyond, nothing is signed.
pub const MAX_SPOOLED_EVENTS: usize = 65_536;
/// Bytes of events that may be in the files and not in the database, for the sake of the memory: an
/// event is half a kilobyte, but need not be.
pub const MAX_SPOOLED_BYTES: usize = 64 * 1024 * 1024;
/// Revisions that are undone for a look at the past: beyond them the answer would take seconds.
pub const MAX_UNDONE_REVISIONS: i64 = 10_000;
/// Rows that are undone for a look at the past.
pub const MAX_UNDONE_ROWS: usize = 200_000;

// What others answer.

/// How long a token may be unless told otherwise, in bytes.
pub const DEFAULT_MAX_TOKEN: usize = 16 * 1024;
/// Bytes of the header of a token.
pub const MAX_TOKEN_HEADER: usize = 1024;
/// Bytes of a document of the auth service.
pub const MAX_KEY_DOCUMENT: usize = 256 * 1024;
/// Keys of the auth service that are used at most: the first ones.
pub const MAX_KEY_SET: usize = 16;
/// Keys that are tried at most for a token that does not say which: the first ones.
pub const MAX_KEY_GUESSES: usize = 4;
/// Bytes of an answer of a storage: a list of ten thousand buckets, where it knows no pages, and
/// some more.
pub const MAX_STORAGE_ANSWER: usize = 4 * 1024 * 1024;
/// Buckets in a storage's list after which no further page is asked for.
pub const MAX_LISTED_BUCKETS: usize = 100_000;
/// Pages of a storage's list of buckets that are read at most.
pub const MAX_LISTED_PAGES: usize = 100;
/// How old the report of a probe may be before somebody is told to probe again, unless set otherwise.
pub const DEFAULT_PROBE_AGE: TimeDelta = TimeDelta::days(30);

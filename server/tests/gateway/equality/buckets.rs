//! Buckets: made first, asked about, deleted last.

use super::ask::Ask;

const TAGS: &str =
    "<Tagging><TagSet><Tag><Key>team</Key><Value>blue</Value></Tag></TagSet></Tagging>";
const CORS: &str = "<CORSConfiguration><CORSRule><AllowedOrigin>https://app.example</AllowedOrigin>\
     <AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>";
const LIFECYCLE: &str = "<LifecycleConfiguration><Rule><ID>old</ID><Status>Enabled</Status><Filter>\
     <Prefix>old/</Prefix></Filter><Expiration><Days>30</Days></Expiration></Rule>\
     </LifecycleConfiguration>";

/// What a bucket has that is asked for by a name in the query.
const SUB_RESOURCES: [&str; 13] = [
    "accelerate",
    "cors",
    "encryption",
    "lifecycle",
    "location",
    "logging",
    "object-lock",
    "ownershipControls",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "tagging",
    "versioning",
];

pub(super) fn first() -> Vec<Ask> {
    let make = |name: &str, target: &str| Ask::of(name, "PUT", target);
    let mut asks = vec![
        make("bucket/create", "/{bucket}"),
        make("bucket/create-other", "/{other}/"),
        Ask::of("bucket/head", "HEAD", "/{bucket}"),
        Ask::of("bucket/head-with-slash", "HEAD", "/{bucket}/"),
        Ask::of("bucket/head-missing", "HEAD", "/equal-nowhere"),
        Ask::of("bucket/list-missing", "GET", "/equal-nowhere?list-type=2"),
        Ask::of("bucket/get-missing", "GET", "/equal-nowhere/key"),
        Ask::of("bucket/put-missing", "PUT", "/equal-nowhere/key").body("x"),
        Ask::of("bucket/delete-missing", "DELETE", "/equal-nowhere"),
        make("bucket/create-bad-name", "/Equal_Bad"),
        Ask::of("bucket/list-empty", "GET", "/{bucket}?list-type=2"),
        Ask::of("bucket/list-empty-v1", "GET", "/{bucket}"),
        Ask::of("bucket/list-empty-versions", "GET", "/{bucket}?versions"),
        Ask::of("bucket/list-empty-uploads", "GET", "/{bucket}?uploads"),
    ];
    for name in SUB_RESOURCES {
        asks.push(Ask::bucket(format!("bucket/get-{name}"), "GET", name));
    }
    for (name, xml) in [("tagging", TAGS), ("cors", CORS), ("lifecycle", LIFECYCLE)] {
        asks.push(Ask::bucket(format!("bucket/put-{name}"), "PUT", name).document(xml));
        asks.push(Ask::bucket(format!("bucket/get-{name}-again"), "GET", name));
        asks.push(Ask::bucket(format!("bucket/put-{name}-malformed"), "PUT", name).document("<x"));
        asks.push(Ask::bucket(format!("bucket/delete-{name}"), "DELETE", name));
        asks.push(Ask::bucket(format!("bucket/get-{name}-deleted"), "GET", name));
    }
    asks
}

pub(super) fn last() -> Vec<Ask> {
    vec![
        Ask::of("bucket/delete-full", "DELETE", "/{other}"),
        Ask::of("bucket/empty-other", "DELETE", "/{other}/kept"),
        Ask::of("bucket/delete-other", "DELETE", "/{other}"),
        Ask::of("bucket/delete-again", "DELETE", "/{other}"),
        Ask::of("bucket/head-deleted", "HEAD", "/{other}"),
    ]
}

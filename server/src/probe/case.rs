//! What is tried: the replay cases of the attack corpus (`kind` is `replay`), one row each.

use sail_cargo_protocol::ProbeSeverity::{self as Severity, ByDesign, Fatal, Serious};

/// One way to change a signed request.
#[derive(Debug)]
pub(super) struct Case {
    /// As in the corpus.
    pub(super) id: &'static str,
    /// What is signed, and what is changed.
    pub(super) title: &'static str,
    /// How bad it is if it acts.
    pub(super) severity: Severity,
    /// How it is tried.
    pub(super) trick: Trick,
    /// What it means if it acts.
    pub(super) meaning: &'static str,
    /// What to do if it acts.
    pub(super) advice: &'static str,
}

/// How a case is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trick {
    /// Headers added to a signed PUT, signed in its headers and in its URL.
    AddToPut(Added),
    /// A copy source added to a signed UploadPart.
    AddToPart,
    /// A header that lifts retention added to a signed DELETE.
    AddBypass,
    /// A header that deletes a whole prefix added to a signed DELETE.
    AddForceDelete,
    /// A path shifted by a header of proxies.
    ForwardedPrefix,
    /// A bucket's host named by a header of proxies.
    ForwardedHost,
    /// Another bucket's host on a signed path.
    OtherHost,
    /// Nothing changed: a bucket's host which the storage may not know.
    UnknownHost,
    /// Another body where the signature binds none.
    OtherBody,
    /// A body where the signature binds the empty one.
    BodyForNothing,
    /// One signed header in two lines.
    SplitHeader,
    /// The same request again.
    Again,
}

/// What is added to a signed PUT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    /// `x-amz-copy-source`.
    CopySource,
    /// `x_amz_copy_source`.
    CopySourceAlias,
    /// `x-amz-acl: public-read`.
    PublicAcl,
    /// `x-amz-tagging` and, in another request, `x-amz-meta-…`.
    TagsAndMetadata,
}

/// What to do about a storage that honours what was not signed.
const MOVE: &str = "use a storage that refuses unsigned x-amz-* headers (AWS S3, Garage), or put a \
    proxy in front that enforces it";
const NO_PROXY_HEADERS: &str = "put a proxy in front of the storage that drops the x-forwarded-* \
    headers of clients, and let nothing else reach the storage; the cookbook has one for SeaweedFS";
const ONE_HOST: &str = "register the endpoint as path style (--endpoint), or configure its domain \
    on the storage";

/// All of them, by id.
pub(super) const CASES: [Case; 15] = [
    Case {
        id: "R001",
        title: "unsigned x-amz-copy-source added to a signed PUT",
        severity: Fatal,
        trick: Trick::AddToPut(Added::CopySource),
        meaning: "who may write one key can read all that the signing key can read",
        advice: MOVE,
    },
    Case {
        id: "R002",
        title: "unsigned x-amz-copy-source added to a signed UploadPart",
        severity: Fatal,
        trick: Trick::AddToPart,
        meaning: "who may write one key can read all that the signing key can read",
        advice: MOVE,
    },
    Case {
        id: "R003",
        title: "unsigned x-amz-acl added to a signed PUT",
        severity: Fatal,
        trick: Trick::AddToPut(Added::PublicAcl),
        meaning: "who may write a key can open it to everybody",
        advice: MOVE,
    },
    Case {
        id: "R004",
        title: "unsigned x-amz-tagging or x-amz-meta-* added to a signed PUT",
        severity: Fatal,
        trick: Trick::AddToPut(Added::TagsAndMetadata),
        meaning: "who may write a key can give it tags and metadata that nobody judged",
        advice: MOVE,
    },
    Case {
        id: "R005",
        title: "unsigned x-amz-bypass-governance-retention added to a signed DELETE",
        severity: Fatal,
        trick: Trick::AddBypass,
        meaning: "who may delete a key can lift its retention",
        advice: MOVE,
    },
    Case {
        id: "R006",
        title: "unsigned x-minio-force-delete added to a signed DELETE",
        severity: Serious,
        trick: Trick::AddForceDelete,
        meaning: "who may delete one key can delete all that start with it",
        advice: "have a proxy in front of the storage drop x-minio-* headers",
    },
    Case {
        id: "R007",
        title: "path shifted by an added X-Forwarded-Prefix",
        severity: Serious,
        trick: Trick::ForwardedPrefix,
        meaning: "a signature for one key reads a key of another bucket",
        advice: NO_PROXY_HEADERS,
    },
    Case {
        id: "R008",
        title: "Host changed, the signed one kept in X-Forwarded-Host",
        severity: Serious,
        trick: Trick::ForwardedHost,
        meaning: "a signature for one bucket reads another",
        advice: NO_PROXY_HEADERS,
    },
    Case {
        id: "R009",
        title: "Host of a bucket on a request signed for the bare host",
        severity: Serious,
        trick: Trick::OtherHost,
        meaning: "the storage does not verify the host, and a signature for one bucket reads another",
        advice: "unset the storage's external URL, or its domain name",
    },
    Case {
        id: "R010",
        title: "host of a bucket that the storage may take for any host",
        severity: Serious,
        trick: Trick::UnknownHost,
        meaning: "the storage takes the bucket from the path: a key of one bucket is another bucket",
        advice: ONE_HOST,
    },
    Case {
        id: "R011",
        title: "other body under UNSIGNED-PAYLOAD",
        severity: ByDesign,
        trick: Trick::OtherBody,
        meaning: "within 15 minutes the same signature uploads other bytes to the same key",
        advice: "declare the body's hash where its content matters",
    },
    Case {
        id: "R012",
        title: "some body under the hash of nothing",
        severity: Serious,
        trick: Trick::BodyForNothing,
        meaning: "the storage does not hold a body to its signed hash",
        advice: "do not rely on declared hashes here; Cargo signs no list of keys under this one",
    },
    Case {
        id: "R013",
        title: "one signed header sent as two",
        severity: Serious,
        trick: Trick::SplitHeader,
        meaning: "the storage verifies both lines and reads one of them",
        advice: "keep commas out of metadata that matters; Cargo signs no copy source with one",
    },
    Case {
        id: "R014",
        title: "x_amz_copy_source, with underscores, added to a signed PUT",
        severity: Fatal,
        trick: Trick::AddToPut(Added::CopySourceAlias),
        meaning: "who may write one key can read all that the signing key can read",
        advice: "have the proxy in front of the storage drop headers with underscores, or use \
            another storage",
    },
    Case {
        id: "R015",
        title: "the same request once more",
        severity: ByDesign,
        trick: Trick::Again,
        meaning: "a header signature works for 15 minutes, also after a grant was taken away",
        advice: "presign with a short expiry where that is too long",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cases_are_those_of_the_corpus() {
        let corpus = include_str!("../../tests/data/corpus.jsonl");
        let lines = corpus.lines().map(|line| serde_json::from_str(line).unwrap());
        let replays = lines.filter(|line: &serde_json::Value| line["kind"] == "replay");
        let ids: Vec<_> = replays.map(|line| line["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(ids, CASES.each_ref().map(|case| case.id));
    }

    #[test]
    fn unsigned_amz_headers_are_the_fatal_ones() {
        let fatal = CASES.iter().filter(|case| case.severity == Fatal).map(|case| case.id);
        assert_eq!(fatal.collect::<Vec<_>>(), ["R001", "R002", "R003", "R004", "R005", "R014"]);
    }
}

//! The probe's cases: the replay cases of the attack corpus (`kind` is `replay`), modified bodies
//! under a signed hash, and a header that SeaweedFS stores although nobody signed it. One entry per
//! case.

use sail_cargo_protocol::ProbeSeverity::{self as Severity, Bounded, ByDesign, Fatal};

use crate::domain::s3::{Ambiguity, Operation};

/// One way to modify a signed request.
#[derive(Debug)]
pub(super) struct Case {
    /// The id, as in the corpus.
    pub(super) id: &'static str,
    /// What is signed, and how it is modified.
    pub(super) title: &'static str,
    /// How bad an effect is.
    pub(super) severity: Severity,
    /// The attack to run.
    pub(super) attack: Attack,
    /// What an effect means.
    pub(super) meaning: &'static str,
    /// What to do if the attack has an effect.
    pub(super) advice: &'static str,
}

/// The attacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    /// Adds headers to a PUT, signed in its headers and in its URL.
    AddToPut(Added),
    /// Adds a copy source to an UploadPart.
    AddToPart,
    /// Adds the header that lifts a retention to a DELETE.
    AddBypass,
    /// Adds the header that deletes a whole prefix to a DELETE.
    AddForceDelete,
    /// Shifts the path with `X-Forwarded-Prefix`.
    ForwardedPrefix,
    /// Names the signed host in `X-Forwarded-Host`, and sends to another.
    ForwardedHost,
    /// Sends a signed path to another bucket's host.
    OtherHost,
    /// Modifies nothing, but uses a bucket's host that the storage may not know.
    UnknownHost,
    /// Sends another body where the signature does not bind it.
    OtherBody,
    /// Sends a body where the signature binds the empty one.
    BodyForNothing,
    /// Sends another body where the signature binds one, for an operation whose body controls it.
    BodyOf(Operation),
    /// Splits a signed header into two lines.
    SplitHeader,
    /// Sends the same request again.
    Again,
    /// Breaks off uploads of objects before their last bytes.
    BreakOff,
    /// Breaks off the upload of a part before its last bytes.
    BreakOffPart,
    /// Sends right and wrong checksums behind bodies.
    Trailers,
    /// Uses keys or metadata that storages read in different ways.
    Reads(Ambiguity),
    /// Reads a key in the other case.
    OtherCase,
}

/// Headers that are added to a signed PUT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    /// `x-amz-copy-source`.
    CopySource,
    /// `x_amz_copy_source`.
    CopySourceAlias,
    /// `x-amz-acl: public-read`.
    PublicAcl,
    /// `Response-Content-Disposition`, an example of the unsigned headers that SeaweedFS stores.
    Disposition,
    /// `x-amz-tagging` and, in another request, `x-amz-meta-…`.
    TagsAndMetadata,
}

/// Advice for a storage that obeys unsigned headers.
const MOVE: &str = "use a storage that refuses unsigned x-amz-* headers (AWS S3, Garage), or put a \
    proxy in front that enforces it";
const NO_PROXY_HEADERS: &str = "put a proxy in front of the storage that drops the x-forwarded-* \
    headers of clients, and let nothing else reach the storage; the cookbook has one for SeaweedFS";
const UNBOUND: &str = "do not rely on declared hashes here; Cargo signs a list of keys only for \
                       callers who may delete in the whole bucket";
const ONE_HOST: &str = "register the endpoint as path style (--endpoint), or configure its domain \
    on the storage";

const DISCARD: &str = "use a storage that discards what breaks off, or accept it \
    (--accept-unsafe-storage): then an upload that fails a check at its end may leave a broken object";
const NO_TRAILERS: &str =
    "nothing: the gateway verifies such checksums itself and sends none on to this storage";
const NO_SUCH_KEYS: &str = "nothing: the gateway refuses such keys for this storage";
const SECOND_READING: &str = "a request for one key reads, writes or deletes another";

/// All cases, in the order of their ids.
pub(super) const CASES: [Case; 30] = [
    Case {
        id: "R001",
        title: "unsigned x-amz-copy-source added to a signed PUT",
        severity: Fatal,
        attack: Attack::AddToPut(Added::CopySource),
        meaning: "a caller who may write one key can read all that the signing key can read",
        advice: MOVE,
    },
    Case {
        id: "R002",
        title: "unsigned x-amz-copy-source added to a signed UploadPart",
        severity: Fatal,
        attack: Attack::AddToPart,
        meaning: "a caller who may write one key can read all that the signing key can read",
        advice: MOVE,
    },
    Case {
        id: "R003",
        title: "unsigned x-amz-acl added to a signed PUT",
        severity: Fatal,
        attack: Attack::AddToPut(Added::PublicAcl),
        meaning: "a caller who may write a key can make it public",
        advice: MOVE,
    },
    Case {
        id: "R004",
        title: "unsigned x-amz-tagging or x-amz-meta-* added to a signed PUT",
        severity: Fatal,
        attack: Attack::AddToPut(Added::TagsAndMetadata),
        meaning: "a caller who may write a key can give it tags and metadata that Cargo did not \
                  judge",
        advice: MOVE,
    },
    Case {
        id: "R005",
        title: "unsigned x-amz-bypass-governance-retention added to a signed DELETE",
        severity: Fatal,
        attack: Attack::AddBypass,
        meaning: "a caller who may delete a key can lift its retention",
        advice: MOVE,
    },
    Case {
        id: "R006",
        title: "unsigned x-minio-force-delete added to a signed DELETE",
        severity: Fatal,
        attack: Attack::AddForceDelete,
        meaning: "a caller who may delete one key can delete all keys that start with it",
        advice: "have a proxy in front of the storage drop x-minio-* headers",
    },
    Case {
        id: "R007",
        title: "path shifted by an added X-Forwarded-Prefix",
        severity: Fatal,
        attack: Attack::ForwardedPrefix,
        meaning: "a signature for one key reads, writes and deletes any key of any bucket, and what else \
            the storage answers on this port",
        advice: NO_PROXY_HEADERS,
    },
    Case {
        id: "R008",
        title: "Host changed, the signed one kept in X-Forwarded-Host",
        severity: Fatal,
        attack: Attack::ForwardedHost,
        meaning: "a signature for one bucket reads, writes and deletes in any other",
        advice: NO_PROXY_HEADERS,
    },
    Case {
        id: "R009",
        title: "Host of a bucket on a request signed for the bare host",
        severity: Fatal,
        attack: Attack::OtherHost,
        meaning: "the storage does not verify the host: a signature for one bucket reads, writes and \
            deletes in any other",
        advice: "unset the storage's external URL, or its domain name",
    },
    Case {
        id: "R010",
        title: "host of a bucket that the storage may take for any host",
        severity: Fatal,
        attack: Attack::UnknownHost,
        meaning: "the storage takes the bucket from the path: a signature for a key of one bucket is one \
            for another bucket",
        advice: ONE_HOST,
    },
    Case {
        id: "R011",
        title: "other body under UNSIGNED-PAYLOAD",
        severity: ByDesign,
        attack: Attack::OtherBody,
        meaning: "within 15 minutes the same signature uploads other bytes to the same key",
        advice: "declare the body's hash where its content matters",
    },
    Case {
        id: "R012",
        title: "some body under the hash of nothing",
        severity: Bounded,
        attack: Attack::BodyForNothing,
        meaning: "the storage does not compare a body with the hash of the empty body",
        advice: UNBOUND,
    },
    Case {
        id: "R013",
        title: "one signed header sent as two",
        severity: Bounded,
        attack: Attack::SplitHeader,
        meaning: "the storage verifies both lines and reads one of them",
        advice: "keep commas out of important metadata; Cargo signs no copy source with a comma",
    },
    Case {
        id: "R014",
        title: "x_amz_copy_source, with underscores, added to a signed PUT",
        severity: Fatal,
        attack: Attack::AddToPut(Added::CopySourceAlias),
        meaning: "a caller who may write one key can read all that the signing key can read",
        advice: "have the proxy in front of the storage drop headers with underscores, or use \
            another storage",
    },
    Case {
        id: "R015",
        title: "the same request once more",
        severity: ByDesign,
        attack: Attack::Again,
        meaning: "a header signature works for 15 minutes, also after a grant was revoked",
        advice: "presign with a short expiry where that is too long",
    },
    Case {
        id: "B001",
        title: "other bytes under the signed hash of an upload",
        severity: Bounded,
        attack: Attack::BodyOf(Operation::PutObject),
        meaning: "the storage does not compare a body with its signed hash",
        advice: UNBOUND,
    },
    Case {
        id: "B002",
        title: "other keys under the signed hash of a DeleteObjects",
        severity: Bounded,
        attack: Attack::BodyOf(Operation::DeleteObjects),
        meaning: "the keys in a signed DeleteObjects bind nothing",
        advice: UNBOUND,
    },
    Case {
        id: "B003",
        title: "other tags under the signed hash of a PutObjectTagging",
        severity: Bounded,
        attack: Attack::BodyOf(Operation::PutObjectTagging),
        meaning: "the storage does not compare a body with its signed hash",
        advice: UNBOUND,
    },
    Case {
        id: "B004",
        title: "other parts under the signed hash of a CompleteMultipartUpload",
        severity: Bounded,
        attack: Attack::BodyOf(Operation::CompleteMultipartUpload),
        meaning: "the storage does not compare a body with its signed hash",
        advice: UNBOUND,
    },
    Case {
        id: "B005",
        title: "other rules under the signed hash of a PutBucketCors",
        severity: Bounded,
        attack: Attack::BodyOf(Operation::PutBucketCors),
        meaning: "the storage does not compare a body with its signed hash",
        advice: UNBOUND,
    },
    Case {
        id: "H001",
        title: "unsigned Response-Content-Disposition added to a signed PUT",
        severity: Fatal,
        attack: Attack::AddToPut(Added::Disposition),
        meaning: "a caller who may write a key can store headers with it that Cargo did not judge; \
                  on SeaweedFS a legal hold and a retention as well",
        advice: NO_PROXY_HEADERS,
    },
    Case {
        id: "G001",
        title: "upload of an object that breaks off",
        severity: Bounded,
        attack: Attack::BreakOff,
        meaning: "the storage keeps what breaks off: an upload that the gateway gives up, because it \
                  fails a check, would be stored",
        advice: DISCARD,
    },
    Case {
        id: "G002",
        title: "upload of a part that breaks off",
        severity: Bounded,
        attack: Attack::BreakOffPart,
        meaning: "the storage keeps what breaks off: a part that the gateway gives up, because it fails \
                  a check, would be stored",
        advice: DISCARD,
    },
    Case {
        id: "G003",
        title: "checksum behind a body in chunks",
        severity: Bounded,
        attack: Attack::Trailers,
        meaning: "the storage stores the framing, `aws-chunked` as coding of the content, or a body with \
                  another checksum",
        advice: NO_TRAILERS,
    },
    Case {
        id: "G004",
        title: "key with the text `%2F`",
        severity: Bounded,
        attack: Attack::Reads(Ambiguity::Slash),
        meaning: SECOND_READING,
        advice: NO_SUCH_KEYS,
    },
    Case {
        id: "G005",
        title: "key with the text `%2E`",
        severity: Bounded,
        attack: Attack::Reads(Ambiguity::Dot),
        meaning: SECOND_READING,
        advice: NO_SUCH_KEYS,
    },
    Case {
        id: "G006",
        title: "key with the text `%5C`",
        severity: Bounded,
        attack: Attack::Reads(Ambiguity::Backslash),
        meaning: SECOND_READING,
        advice: NO_SUCH_KEYS,
    },
    Case {
        id: "G007",
        title: "key with the text `%00`",
        severity: Bounded,
        attack: Attack::Reads(Ambiguity::Nul),
        meaning: SECOND_READING,
        advice: NO_SUCH_KEYS,
    },
    Case {
        id: "G008",
        title: "metadata with `_` in its name",
        severity: Bounded,
        attack: Attack::Reads(Ambiguity::Underscore),
        meaning: "the storage gives metadata back under another name",
        advice: "nothing: the gateway refuses such names for this storage",
    },
    Case {
        id: "G009",
        title: "key in the other case",
        severity: Bounded,
        attack: Attack::OtherCase,
        meaning: "keys that differ in upper and lower case only are one key: who may read or write the one \
                  may do so with the other",
        advice: "give grants on prefixes in lower case only; `${user}` has no value here for ids that are not \
                 in lower case",
    },
];

impl Case {
    /// Whether it shows how the storage reads what it is sent, and Cargo relies on it being accepted as S3
    /// does.
    pub(super) const fn is_wanted(&self) -> bool {
        matches!(self.attack, Attack::Trailers | Attack::Reads(_) | Attack::OtherCase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::gateway_contract::{AMBIGUITY_CASES, BROKEN_CASES, TRAILER_CASE};
    use crate::domain::storage_contract::{BODY_CASES, FOLDING_CASE, opened_by};

    #[test]
    fn the_cases_are_those_of_the_corpus_and_those_of_bodies() {
        let corpus = include_str!("../../tests/data/corpus.jsonl");
        let lines = corpus.lines().map(|line| serde_json::from_str(line).unwrap());
        let replays = lines.filter(|line: &serde_json::Value| line["kind"] == "replay");
        let replays = replays.map(|line| line["id"].as_str().unwrap().to_owned());
        let bodies = BODY_CASES.iter().map(|(id, _)| (*id).to_owned());
        let headers = ["H001".to_owned()];
        let of_gateway = (1..=9).map(|number| format!("G{number:03}"));
        let ids: Vec<_> = replays.chain(bodies).chain(headers).chain(of_gateway).collect();
        assert_eq!(ids, CASES.each_ref().map(|case| case.id));
    }

    #[test]
    fn a_case_is_fatal_where_it_opens_something() {
        for case in &CASES {
            assert_eq!(case.severity == Fatal, !opened_by(case.id).is_empty(), "{}", case.id);
        }
    }

    #[test]
    fn each_operation_of_the_contract_is_tried_under_its_id() {
        for (id, operation) in BODY_CASES {
            let case = CASES.iter().find(|case| case.id == id).unwrap();
            assert_eq!(case.attack, Attack::BodyOf(operation));
        }
    }

    #[test]
    fn what_the_gateway_relies_on_is_tried_under_its_id() {
        let attack = |id: &str| CASES.iter().find(|case| case.id == id).unwrap().attack;
        assert_eq!(BROKEN_CASES.map(attack), [Attack::BreakOff, Attack::BreakOffPart]);
        assert_eq!(attack(TRAILER_CASE), Attack::Trailers);
        for (id, ambiguity) in AMBIGUITY_CASES {
            assert_eq!(attack(id), Attack::Reads(ambiguity));
        }
        assert_eq!(attack(FOLDING_CASE), Attack::OtherCase);
    }
}

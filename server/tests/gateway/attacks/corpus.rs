//! The attack corpus of `simulate`, as real requests through the gateway: none has an effect that was not
//! judged.
//!
//! A witness asks the storage itself. It knows what each caller may do, and nothing of the gateway.

use std::collections::BTreeSet;

use sail_cargo_client::protocol::Permission;
use serde_json::Value;

use super::witness::Witness;
use crate::gateway_stack::GatewayStack;
use crate::raw::{Answer, Signer, Wire, hash};
use crate::storages::{Kind, Storage};

const CORPUS: &str = include_str!("../../data/corpus.jsonl");
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// The buckets, and what ada may do in each.
const GRANTS: [(&str, &[Permission]); 6] = [
    ("photos", &[Permission::Read]),
    ("inbox", &[Permission::Write]),
    ("trash", &[Permission::Read, Permission::Delete]),
    ("vault", &[]),
    ("desk", &[Permission::Read, Permission::Write, Permission::Delete, Permission::Admin]),
    ("shelf", &[Permission::List]),
];
/// A bucket of somebody else in the same storage account.
const FOREIGN: &str = "other-tenant";
/// The content that nobody of the project may see, and what ada may not.
const FOREIGNS: &[u8] = b"CONTENT OF ANOTHER TENANT";
const SECRET: &[u8] = b"CONTENT THAT ADA MAY NOT READ";
/// Cases that the oracle refuses and the gateway answers, and what it does in each.
const ANSWERED: [&str; 5] = [
    // ListBuckets of a user: the buckets of the user (G12).
    "A010", "A011",
    // A header that no storage must see is dropped (G11): PutObject, which is granted.
    "A032", // Another scheme than the store's: the gateway's own is what counts.
    "A185", // A URL for a week (G21).
    "A204",
];

/// A stack, its storage, and the two callers.
struct Town {
    test: GatewayStack,
    witness: Witness,
    ada: Signer,
    root: Signer,
    _storage: Storage,
}

impl Town {
    async fn at(kind: Kind) -> Option<Self> {
        let storage = Storage::start(kind).await?;
        let (test, witness) = (GatewayStack::before(&storage).await, Witness::of(&storage));
        let s3 = test.root_s3().await;
        for (bucket, permissions) in GRANTS {
            if bucket != "photos" {
                s3.create_bucket().bucket(bucket).send().await.unwrap();
            }
            if !permissions.is_empty() {
                test.grant_in(bucket, "ada", "", permissions).await;
            }
            let may_read = permissions.contains(&Permission::Read);
            let content = if may_read { &b"content"[..] } else { SECRET };
            for key in ["a", "a.txt", "b", "x", "secret"] {
                witness.put(bucket, key, content).await;
            }
        }
        witness.0.create_bucket().bucket(FOREIGN).send().await.unwrap();
        for key in ["a", "secret"] {
            witness.put(FOREIGN, key, FOREIGNS).await;
        }
        let (ada, root) = (test.signer_of(Some("ada")).await, test.signer_of(None).await);
        Some(Self { test, witness, ada, root, _storage: storage })
    }

    /// Sends the request and demands that it had no effect beyond what its caller may do.
    async fn attack(&self, id: &str, is_root: bool, wire: &Wire) -> Answer {
        let before: BTreeSet<String> = self.witness.everything().await.into_iter().collect();
        let answer = self.test.send(wire).await;
        let after: BTreeSet<String> = self.witness.everything().await.into_iter().collect();
        let what =
            format!("{id}: {} {}: {} {}", wire.method, wire.target, answer.status, answer.text());
        let sees = |content: &[u8]| answer.body.windows(content.len()).any(|part| part == content);
        assert!(!sees(FOREIGNS) && (is_root || !sees(SECRET)), "{what}");
        for changed in before.symmetric_difference(&after) {
            let (bucket, rest) = changed.split_once('/').unwrap_or((changed, ""));
            let may = |permission| {
                let granted = GRANTS.iter().find(|(name, _)| *name == bucket);
                granted.is_some_and(|(_, granted)| is_root || granted.contains(&permission))
            };
            let is_allowed =
                !rest.is_empty() && (may(Permission::Write) || may(Permission::Delete));
            assert!(is_allowed, "{what}: {changed} changed");
            let key = rest.split(' ').next().unwrap_or_default();
            let content = self.witness.content(bucket, key).await.unwrap_or_default();
            let is_theirs = content != FOREIGNS && (is_root || content != SECRET);
            assert!(is_theirs, "{what}: {changed} was copied");
        }
        let removed = before.iter().filter(|had| !after.contains(*had) && had.contains('/'));
        for gone in removed {
            let bucket = gone.split('/').next().unwrap_or_default();
            let may_delete = is_root || ["trash", "desk", "inbox"].contains(&bucket);
            assert!(may_delete, "{what}: {gone} is gone");
        }
        answer
    }

    /// The request of a case, signed by its caller.
    fn wire(&self, case: &Value) -> Wire {
        let request = &case["request"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let by = if case["principal"] == "root" { &self.root } else { &self.ada };
        let (host, target) = self.place(&text(&request["url"]));
        let by = Signer { host, ..by.clone() };
        let is_presigned = case["mode"] == "presign";
        let mut wire = by.bare(&text(&request["method"]), &target);
        let declared = text(&request["payload_hash"]);
        let body: &[u8] = if declared == EMPTY || wire.method == "GET" { b"" } else { b"hello" };
        let is_hash = declared.len() == 64 && declared != EMPTY;
        let declared = if is_hash { hash(body) } else { declared };
        let headers = request["headers"].as_array().cloned().unwrap_or_default();
        let headers: Vec<_> = headers.iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
        if !is_presigned {
            let stamp = wire.stamp.clone();
            wire = wire.with("x-amz-date", &stamp).with("x-amz-content-sha256", &declared);
        }
        for (name, value) in headers {
            wire = if name.eq_ignore_ascii_case("content-length") {
                wire
            } else if name.eq_ignore_ascii_case("host") {
                wire.changed("Host", &by.host)
            } else {
                wire.with(&name, &value)
            };
        }
        if wire.method != "GET" && wire.method != "HEAD" {
            wire = wire.carrying(body);
        }
        let expires = match &case["expires"] {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => "300".to_owned(),
        };
        if is_presigned { wire.presigned(&expires) } else { wire.signed() }
    }

    /// Host and target of a URL of the corpus, with the gateway in place of the storage.
    fn place(&self, url: &str) -> (String, String) {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, target) = rest.split_at(at);
        let own = &self.ada.host;
        let host = match host.to_ascii_lowercase().as_str() {
            "s3.local:9000" | "s3.example.com" => own.clone(),
            other => match other.strip_suffix(".s3.example.com") {
                Some(label) => format!("{label}.{own}"),
                None => host.to_owned(),
            },
        };
        (host, if target.starts_with('/') { target.to_owned() } else { format!("/{target}") })
    }
}

#[tokio::test]
async fn g11_no_attack_of_the_corpus_has_an_effect_that_was_not_judged() {
    for kind in [Kind::Embedded, Kind::SeaweedFs, Kind::Rclone] {
        let Some(town) = Town::at(kind).await else { continue };
        let (mut sent, mut answered) = (0, Vec::new());
        for line in CORPUS.lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            if case["kind"] != "attack" || case["expect"] != "deny" {
                continue;
            }
            let (id, wire) = (case["id"].as_str().unwrap(), town.wire(&case));
            let answer = town.attack(id, case["principal"] == "root", &wire).await;
            sent += 1;
            if answer.status < 400 {
                answered.push(id.to_owned());
                println!("{id} at {}: {} {:?}", kind.name(), answer.status, case["title"]);
            }
        }
        assert!(sent >= 130, "only {sent} were sent");
        assert_eq!(answered, ANSWERED, "at {}", kind.name());
    }
}

#[tokio::test]
async fn g2_a_signed_request_that_was_changed_has_no_effect() {
    for kind in [Kind::Embedded, Kind::SeaweedFs, Kind::Rclone] {
        let Some(town) = Town::at(kind).await else { continue };
        let ada = &town.ada;
        let put = || ada.put("/inbox/new", b"hello").signed();
        let delete = || ada.ask("DELETE", "/trash/x").signed();
        let get = || ada.ask("GET", "/photos/vault/secret").signed();
        let host = |label: &str| format!("{label}.{}", ada.host);
        let hosted = |label: &str, target: &str| {
            let by = Signer { host: host(label), ..ada.clone() };
            by.ask("GET", target).signed()
        };
        let empty =
            ada.ask("POST", "/trash?delete").with("content-md5", "1B2M2Y8AsgTpgAmy7PhCfg==");
        let list = b"<Delete><Object><Key>secret</Key></Object></Delete>";
        let two = ada.put("/inbox/new", b"").with("x-amz-copy-source", "photos/a,vault/b").signed();
        let two = two.without("x-amz-copy-source").with("x-amz-copy-source", "photos/a");
        for (id, wire) in [
            ("R001", put().with("x-amz-copy-source", "/vault/secret")),
            (
                "R002",
                ada.put("/inbox/new?partNumber=1&uploadId=U", b"x")
                    .signed()
                    .with("x-amz-copy-source", "/vault/secret"),
            ),
            ("R003", put().with("x-amz-acl", "public-read")),
            ("R004", put().with("x-amz-tagging", "lifecycle=expire")),
            ("R005", delete().with("x-amz-bypass-governance-retention", "true")),
            ("R007", get().aimed("/vault/secret").with("X-Forwarded-Prefix", "/photos")),
            (
                "R008",
                hosted("photos", "/secret")
                    .changed("Host", &host("vault"))
                    .with("X-Forwarded-Host", &host("photos")),
            ),
            ("R009", ada.ask("GET", "/photos/secret").signed().changed("Host", &host("vault"))),
            ("R010", hosted("photos", "/vault/secret")),
            ("R012", empty.signed().carrying(list)),
            ("R013", two.with("x-amz-copy-source", "vault/b")),
            ("method", Wire { method: "DELETE".to_owned(), ..put() }),
            ("key", delete().aimed("/trash/secret")),
            ("query", ada.ask("GET", "/photos/a").signed().aimed("/photos/a?acl")),
            ("body", Wire { body: b"HELLO".to_vec(), ..put() }),
        ] {
            let answer = town.attack(id, false, &wire).await;
            assert!(answer.status >= 400, "{id} at {}: {}", kind.name(), answer.status);
        }
        assert!(
            !town.witness.has("inbox", "new").await && town.witness.has("trash", "secret").await
        );
        // These names reach no storage: what is left is the request that was signed.
        let answer =
            town.attack("R014", false, &put().with("x_amz_copy_source", "vault/secret")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(town.witness.content("inbox", "new").await.as_deref(), Some(&b"hello"[..]));
        let answer =
            town.attack("R006", false, &delete().with("x-minio-force-delete", "true")).await;
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
}

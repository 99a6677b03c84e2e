#![doc = include_str!("../README.md")]

pub mod access_key;
pub mod account;
pub mod audit;
pub mod authority;
pub mod bad_key;
pub mod bucket;
pub mod bucket_edit;
pub mod caller;
mod chain_head;
pub mod check;
pub mod conflict;
pub mod context;
pub mod decide;
pub mod denied;
pub mod explain;
pub mod flaw;
pub mod gateway_contract;
pub mod grant;
pub mod grant_prefix;
mod header_policy;
pub mod holdings;
mod home;
pub mod iam;
mod invalid_name;
pub mod issuer;
pub mod key_edit;
pub mod key_lock;
pub mod key_rotation;
mod key_rules;
pub mod limits;
pub mod lookalike;
pub mod membership;
pub mod names;
pub mod new_grant;
pub mod new_key;
pub mod new_member;
pub mod permissions;
pub mod pipeline;
mod prefix_template;
pub mod presented_key;
pub mod project;
pub mod requirement;
mod reservation_id;
mod reserved;
pub mod resource;
mod respelled;
pub mod revision;
pub mod s3;
pub mod secret;
pub mod session;
pub mod sigv4;
pub mod storage_account;
pub mod storage_contract;
pub mod stored_grant;
pub mod stored_key;
pub mod sts;
mod user;
mod variable_values;
mod web_origin;
pub mod xml_document;

pub use access_key::{
    AccessKey, AccessKeyEdit, AccessKeyHolder, AccessKeyId, AccessKeyKind, AccessKeyLookup,
    AccessKeyStatus, KeyLimits, NewAccessKey, PersonalKey, SecretAccessKey, StoredAccessKey,
};
pub use audit::{AuditEvent, AuditFilter, AuditPlace, Outcome};
pub use authority::{Authority, BucketRules, ProjectRules};
pub use bad_key::{BadKey, KeyFlaw};
pub use bucket::{Bucket, BucketState, SettleOutcome};
pub use bucket_edit::BucketEdit;
pub use caller::{Caller, KeyHolder, User};
pub use chain_head::{ChainHead, InvalidChainHead};
pub use check::{Action, check};
pub use conflict::Conflict;
pub use context::{Context, Idempotency, Origin};
pub use decide::{Approved, decide};
pub use denied::Denied;
pub use flaw::{Field, Flaw};
pub use gateway_contract::GatewayContract;
pub use grant::{Grant, Subject};
pub use grant_prefix::GrantPrefix;
pub use holdings::Holdings;
pub use home::Home;
pub use invalid_name::InvalidName;
pub use issuer::{Issuer, IssuerAlias, IssuerSet, IssuerSettings};
pub use key_edit::KeyEdit;
pub use key_lock::KeyLock;
pub use key_rotation::KeyRotation;
pub use membership::Membership;
pub use names::{BucketName, KeyId, ObjectKey, OperatorName, Prefix, ProjectId, Slug, SubjectId};
pub use new_grant::NewGrant;
pub use new_key::{KeyRefusal, NewKey};
pub use new_member::NewMember;
pub use permissions::{Permission, Permissions};
pub use prefix_template::PrefixTemplate;
pub use presented_key::PresentedKey;
pub use project::{GatewaySettings, Project, ProjectSettings, ProjectStatus};
pub use reservation_id::ReservationId;
pub use resource::Resource;
pub use respelled::Respelled;
pub use revision::{At, InvalidRevision, Revision, RevisionConflict};
pub use s3::S3Request;
pub use secret::Secret;
pub use session::{SessionHolder, SessionId};
pub use storage_account::{GatewayAddress, StorageAccount, StoreAccess};
pub use storage_contract::{ProbeReport, StorageContract};
pub use stored_grant::{GrantFilter, GrantKey, GrantState, Position, StoredGrant, SubjectFilter};
pub use stored_key::StoredKey;
pub use variable_values::VariableValues;
pub use web_origin::WebOrigin;

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Names whose use would make this crate impure: I/O, clock, async, HTTP, database.
    const BANNED: &[&str] = &[
        "actix",
        "aws_",
        "diesel",
        "tokio",
        "reqwest",
        "log::",
        "async ",
        ".await",
        "Utc::now",
        "SystemTime::now",
        "std::fs",
        "std::env",
        "std::net::Tcp",
        "println!",
    ];

    /// Names that only one module may use: `iam` parses policies, which are JSON documents.
    const ALLOWED_BELOW: &[(&str, &str)] = &[("serde", "iam")];

    #[test]
    fn the_domain_imports_nothing_of_the_world() {
        let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = 0;
        for file in sources(&room) {
            files += 1;
            let text = std::fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            let below = file.strip_prefix(&room).unwrap();
            let elsewhere = ALLOWED_BELOW.iter().filter(|(_, room)| !below.starts_with(room));
            let banned: Vec<&str> =
                elsewhere.map(|(word, _)| *word).chain(BANNED.iter().copied()).collect();
            for line in lines {
                let found = banned.iter().find(|banned| line.contains(*banned));
                assert!(found.is_none(), "{}: {line}", file.display());
            }
        }
        assert!(files > 20, "only {files} files were read");
    }

    fn sources(directory: &Path) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
    }
}

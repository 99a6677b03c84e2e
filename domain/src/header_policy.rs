//! Which headers Cargo signs for which caller (N11). Headers that affect more than the addressed
//! object are for the application only; some of them need an opt-in of the project as well.

use super::authority::Authority;
use super::denied::Denied;
use super::s3::S3Request;

/// Headers that affect more than the addressed object (N11, "Root only").
const ROOT_ONLY: &[&str] = &[
    "x-amz-website-redirect-location",
    "x-amz-bypass-governance-retention",
    "x-amz-request-payer",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-context",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-object-ownership",
    "x-amz-bucket-namespace",
    "x-amz-skip-destination-validation",
    "x-amz-confirm-remove-self-bucket-access",
    "x-amz-transition-default-minimum-object-size",
    "x-amz-create-session-mode",
];
const ROOT_ONLY_PREFIXES: &[&str] = &[
    "x-amz-grant-",
    "x-amz-object-lock-",
    "x-amz-bucket-object-lock-",
    "x-amz-server-side-encryption-customer-",
    "x-amz-copy-source-server-side-encryption-customer-",
];

/// The headers among [`ROOT_ONLY`] that bypass Cargo's authority and so need an opt-in.
const OPT_IN: &[&str] = &[
    "x-amz-bypass-governance-retention",
    "x-amz-website-redirect-location",
    "x-amz-bucket-namespace",
];

fn is_root_only(name: &str) -> bool {
    ROOT_ONLY.contains(&name) || ROOT_ONLY_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Storage classes whose objects can be read at once. A storage may have other classes as well.
const CLASSES: &[&str] = &[
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
];

/// Whether root needs an opt-in of the project for the header.
fn is_opt_in(name: &str) -> bool {
    OPT_IN.contains(&name) || name.starts_with("x-amz-grant-")
}

fn is_plain_acl(value: &str) -> bool {
    matches!(value, "private" | "bucket-owner-full-control")
}

pub(super) fn check_user(request: &S3Request, authority: &Authority) -> Result<(), Denied> {
    let operation = request.operation();
    for (name, value) in request.headers() {
        match name.as_str() {
            "x-amz-acl" if !is_plain_acl(value) => {
                return Err(Denied::AclValue { value: value.clone(), operation });
            }
            "x-amz-storage-class" if !CLASSES.contains(&value.as_str()) => {
                return Err(Denied::StorageClass { value: value.clone(), operation });
            }
            "x-amz-server-side-encryption" if value != "AES256" => {
                return Err(Denied::EncryptionValue(value.clone()));
            }
            "x-amz-tagging" if authority.project.tags_are_authority => {
                return Err(Denied::TagsNeedRoot);
            }
            name if is_root_only(name) => {
                let opt_in = is_opt_in(name).then_some(operation);
                return Err(Denied::HeaderNeedsRoot { header: name.to_owned(), opt_in });
            }
            _ => {}
        }
    }
    if authority.project.tags_are_authority && operation.changes_tags() {
        return Err(Denied::TagsNeedRoot);
    }
    Ok(())
}

pub(super) fn check_root(request: &S3Request, authority: &Authority) -> Result<(), Denied> {
    let operation = request.operation();
    let opted_in = authority.is_opted_in(operation);
    for (name, value) in request.headers() {
        let value_opens = match name.as_str() {
            "x-amz-acl" => !is_plain_acl(value),
            "x-amz-storage-class" => !CLASSES.contains(&value.as_str()),
            _ => false,
        };
        if opted_in || !(value_opens || is_opt_in(name)) {
            continue;
        }
        let header = if value_opens { format!("{name}: {value}") } else { name.clone() };
        return Err(Denied::HeaderNeedsOptIn { header, operation });
    }
    Ok(())
}

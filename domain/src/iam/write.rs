//! Converts grants to a policy.

use std::collections::BTreeSet;

use super::actions::{ALL, Actions, WRITE_AND_DELETE, once_each};
use super::document::{Condition, Document, Statement, VERSION};
use super::held::{HeldScope, covers, meet};
use super::pattern::{escape, in_policies};
use super::times::Window;
use crate::{BucketName, GrantKey, GrantPrefix, GrantState, Permission, Permissions};

/// The result of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The policy.
    pub document: Document,
    /// What the policy cannot express of the grants, in sentences.
    pub lost: Vec<String>,
}

/// The policy that allows in S3 what `grants` allow in Cargo.
pub fn write(grants: &[(GrantKey, GrantState)]) -> Exported {
    let mut statement = Vec::new();
    let mut lost = Vec::new();
    for grant in grants {
        let (state, (bucket, prefix, window)) = (&grant.1, &place(grant));
        let has = |permission| state.permissions.contains(permission);
        if has(Permission::Admin) {
            lost.push(format!("{bucket}/{prefix}: S3 has no action for admin"));
        }
        if state.reason.is_some() {
            lost.push(format!("{bucket}/{prefix}: a policy cannot hold the grant's reason"));
        }
        let held = || ALL.iter().filter(|actions| named(state.permissions, actions.permission));
        let arn = objects_below(bucket, prefix);
        let both = has(Permission::Write) && has(Permission::Delete);
        let both = both.then_some(WRITE_AND_DELETE).into_iter().flatten().copied();
        let objects = held().flat_map(Actions::objects).chain(both);
        let objects: Vec<_> = once_each(objects).collect();
        if !objects.is_empty() {
            statement.push(allow(objects, arn, condition(window)));
        }
        let listings: Vec<_> =
            held().flat_map(|actions| actions.listings(prefix.as_str())).collect();
        if !listings.is_empty() {
            let mut condition = condition(window);
            if !prefix.is_whole_bucket() {
                let below = vec![below(prefix)];
                condition.entry("StringLike").or_default().insert("s3:prefix", below);
            }
            let bucket = format!("arn:aws:s3:::{}", escape(bucket.as_str()));
            statement.push(allow(listings, bucket, condition));
        }
    }
    for (bucket, prefix, window) in written_and_deleted(grants) {
        let arn = objects_below(&bucket, &prefix);
        statement.push(allow(WRITE_AND_DELETE.to_vec(), arn, condition(&window)));
    }
    Exported { document: Document { version: VERSION, statement }, lost }
}

/// Whether `permission` is in the set, and in no other of the set.
fn named(permissions: Permissions, permission: Permission) -> bool {
    permissions.iter().any(|one| one == permission)
}

/// The scopes in which one grant gives write only and another gives delete only.
fn written_and_deleted(grants: &[(GrantKey, GrantState)]) -> BTreeSet<HeldScope> {
    let places = |write: bool, delete: bool| -> Vec<HeldScope> {
        let held = |state: &GrantState, permission| state.permissions.contains(permission);
        let these = grants.iter().filter(|(_, state)| {
            (held(state, Permission::Write), held(state, Permission::Delete)) == (write, delete)
        });
        these.map(place).collect()
    };
    let (written, deleted, whole) = (places(true, false), places(false, true), places(true, true));
    let said = |met: &HeldScope| whole.iter().any(|place| covers(place, met));
    let meets = |one| deleted.iter().filter_map(move |other| meet(one, other));
    written.iter().flat_map(meets).filter(|met| !said(met)).collect()
}

fn place((key, state): &(GrantKey, GrantState)) -> HeldScope {
    let window = Window { not_before: state.not_before, expires_at: state.expires_at };
    (key.bucket.clone(), key.prefix.clone(), window)
}

fn allow(action: Vec<&'static str>, arn: String, condition: Condition) -> Statement {
    Statement { effect: "Allow", action, resource: vec![arn], condition }
}

fn objects_below(bucket: &BucketName, prefix: &GrantPrefix) -> String {
    format!("arn:aws:s3:::{}/{}", escape(bucket.as_str()), below(prefix))
}

/// The pattern of everything below a prefix.
fn below(prefix: &GrantPrefix) -> String {
    match prefix {
        GrantPrefix::Literal(prefix) => format!("{}*", escape(prefix.as_str())),
        GrantPrefix::Template(template) => {
            let (before, after) = (escape(template.before()), escape(template.after()));
            format!("{before}{}{after}*", in_policies(template.variable()))
        }
    }
}

fn condition(window: &Window) -> Condition {
    let bounds =
        [("DateGreaterThanEquals", window.not_before), ("DateLessThan", window.expires_at)];
    let bounds = bounds.into_iter().filter_map(|(operator, at)| {
        let at = at?.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        Some((operator, [("aws:CurrentTime", vec![at])].into()))
    });
    bounds.collect()
}

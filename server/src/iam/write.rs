//! A policy out of grants.

use std::collections::BTreeSet;

use sail_cargo_protocol::{GrantLine, Permission};

use super::actions::{ALL, Actions, WRITE_AND_DELETE};
use super::document::{Condition, Document, Statement, VERSION};
use super::held::{HeldScope, covers, meet};
use super::pattern::escape;
use super::times::Window;

/// A policy, and what it does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The policy.
    pub document: Document,
    /// What the grants give that is nothing in S3, in sentences.
    pub lost: Vec<String>,
}

/// The policy that allows in S3 what `lines` do.
pub fn write(lines: &[GrantLine]) -> Exported {
    let mut statement = Vec::new();
    let mut lost = Vec::new();
    for line in lines {
        if line.permissions.contains(&Permission::Admin) {
            lost.push(format!("{}/{}: admin is nothing in S3", line.bucket, line.prefix));
        }
        if line.reason.is_some() {
            lost.push(format!("{}/{}: a policy has no reasons", line.bucket, line.prefix));
        }
        let held = || ALL.iter().filter(|actions| line.permissions.contains(&actions.permission));
        let arn = objects_below(&line.bucket, &line.prefix);
        let has = |permission| line.permissions.contains(&permission);
        let both = has(Permission::Write) && has(Permission::Delete);
        let both = both.then_some(WRITE_AND_DELETE).into_iter().flatten().copied();
        let objects: Vec<_> = held().flat_map(Actions::objects).chain(both).collect();
        if !objects.is_empty() {
            statement.push(allow(objects, arn, condition(&time(line))));
        }
        let listings: Vec<_> = held().flat_map(|actions| actions.listings(&line.prefix)).collect();
        if !listings.is_empty() {
            let mut condition = condition(&time(line));
            if !line.prefix.is_empty() {
                let below = format!("{}*", escape(&line.prefix));
                condition.entry("StringLike").or_default().insert("s3:prefix", vec![below]);
            }
            let bucket = format!("arn:aws:s3:::{}", escape(&line.bucket));
            statement.push(allow(listings, bucket, condition));
        }
    }
    for (bucket, prefix, window) in written_and_deleted(lines) {
        let arn = objects_below(&bucket, &prefix);
        statement.push(allow(WRITE_AND_DELETE.to_vec(), arn, condition(&window)));
    }
    Exported { document: Document { version: VERSION, statement }, lost }
}

/// Where and when one grant gives write and another delete.
fn written_and_deleted(lines: &[GrantLine]) -> BTreeSet<HeldScope> {
    let with = |permission| lines.iter().filter(move |line| line.permissions.contains(permission));
    let (write, delete) = (&Permission::Write, &Permission::Delete);
    let apart = with(write).filter(|line| !line.permissions.contains(delete));
    let meets = |one| {
        with(delete)
            .filter(|line| !line.permissions.contains(write))
            .filter_map(move |other| meet(&place(one), &place(other)))
    };
    let whole: Vec<_> = with(write).filter(|line| line.permissions.contains(delete)).collect();
    let said = |met: &HeldScope| whole.iter().any(|line| covers(&place(line), met));
    apart.flat_map(meets).filter(|met| !said(met)).collect()
}

fn place(line: &GrantLine) -> HeldScope {
    (line.bucket.clone(), line.prefix.clone(), time(line))
}

fn time(line: &GrantLine) -> Window {
    Window { not_before: line.not_before, expires_at: line.expires_at }
}

fn allow(action: Vec<&'static str>, arn: String, condition: Condition) -> Statement {
    Statement { effect: "Allow", action, resource: vec![arn], condition }
}

fn objects_below(bucket: &str, prefix: &str) -> String {
    format!("arn:aws:s3:::{}/{}*", escape(bucket), escape(prefix))
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

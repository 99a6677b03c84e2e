//! A policy out of grants.

use sail_cargo_protocol::{GrantLine, Permission};

use super::actions::{ALL, Actions};
use super::document::{Condition, Document, Statement, VERSION};
use super::pattern::escape;

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
        let held = || ALL.iter().filter(|actions| line.permissions.contains(&actions.permission));
        let (bucket, below) = (escape(&line.bucket), format!("{}*", escape(&line.prefix)));
        let objects: Vec<_> = held().flat_map(Actions::objects).collect();
        if !objects.is_empty() {
            let arn = format!("arn:aws:s3:::{bucket}/{below}");
            statement.push(allow(objects, arn, window(line)));
        }
        let listings: Vec<_> = held().flat_map(Actions::listings).collect();
        if !listings.is_empty() {
            let mut condition = window(line);
            if !line.prefix.is_empty() {
                condition.entry("StringLike").or_default().insert("s3:prefix", vec![below]);
            }
            statement.push(allow(listings, format!("arn:aws:s3:::{bucket}"), condition));
        }
    }
    Exported { document: Document { version: VERSION, statement }, lost }
}

fn allow(action: Vec<&'static str>, arn: String, condition: Condition) -> Statement {
    Statement { effect: "Allow", action, resource: vec![arn], condition }
}

fn window(line: &GrantLine) -> Condition {
    let bounds = [("DateGreaterThanEquals", line.not_before), ("DateLessThan", line.expires_at)];
    let bounds = bounds.into_iter().filter_map(|(operator, at)| {
        let at = at?.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        Some((operator, [("aws:CurrentTime", vec![at])].into()))
    });
    bounds.collect()
}

//! A policy out of grants.

use std::collections::BTreeMap;

use sail_cargo_protocol::{GrantLine, Permission};

use super::actions::{ALL, Actions};
use super::document::{Document, Statement, Values};

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
        let objects: Vec<_> = held().flat_map(Actions::objects).collect();
        if !objects.is_empty() {
            let arn = format!("arn:aws:s3:::{}/{}*", line.bucket, line.prefix);
            statement.push(allow(&objects, arn, window(line)));
        }
        let listings: Vec<_> = held().flat_map(Actions::listings).collect();
        if !listings.is_empty() {
            let mut condition = window(line);
            if !line.prefix.is_empty() {
                let below = Values(vec![format!("{}*", line.prefix)]);
                let like = condition.entry("StringLike".to_owned()).or_default();
                like.insert("s3:prefix".to_owned(), below);
            }
            let arn = format!("arn:aws:s3:::{}", line.bucket);
            statement.push(allow(&listings, arn, condition));
        }
    }
    let document = Document { version: "2012-10-17".to_owned(), id: None, statement };
    Exported { document, lost }
}

type Condition = BTreeMap<String, BTreeMap<String, Values>>;

fn allow(actions: &[&str], arn: String, condition: Condition) -> Statement {
    Statement {
        effect: "Allow".to_owned(),
        action: actions.iter().map(ToString::to_string).collect(),
        resource: vec![arn],
        condition,
        ..Statement::default()
    }
}

fn window(line: &GrantLine) -> Condition {
    let bounds = [("DateGreaterThanEquals", line.not_before), ("DateLessThan", line.expires_at)];
    let bounds = bounds.into_iter().filter_map(|(operator, at)| {
        let at = at?.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        let key = ("aws:CurrentTime".to_owned(), Values(vec![at]));
        Some((operator.to_owned(), BTreeMap::from([key])))
    });
    bounds.collect()
}

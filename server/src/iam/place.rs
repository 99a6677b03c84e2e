//! Where, and when, a statement allows something.

use chrono::{DateTime, TimeDelta, Utc};

use super::document::Statement;
use crate::domain::{BucketName, Prefix};

/// From when until when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Window {
    pub(super) not_before: Option<DateTime<Utc>>,
    pub(super) expires_at: Option<DateTime<Utc>>,
}

/// What a resource of a policy names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resource {
    /// A bucket itself.
    Bucket(String),
    /// Every object below a prefix of a bucket.
    Below(String, String),
}

impl Resource {
    /// Reads an ARN.
    ///
    /// # Errors
    /// What about it no grant can say.
    pub(super) fn parse(arn: &str) -> Result<Self, &'static str> {
        if arn == "*" {
            return Err("it names no bucket");
        }
        let rest = arn.strip_prefix("arn:aws").ok_or("it is no ARN")?;
        let (_, rest) = rest.split_once(":s3:::").ok_or("it is no bucket and no object of S3")?;
        let (bucket, objects) = match rest.split_once('/') {
            Some((bucket, objects)) => (bucket, Some(objects)),
            None => (rest, None),
        };
        if bucket.contains(['*', '?', '$']) {
            return Err("grants name buckets, not patterns of them");
        }
        BucketName::parse(bucket).map_err(|_| "no bucket is called so")?;
        let Some(objects) = objects else { return Ok(Self::Bucket(bucket.to_owned())) };
        let prefix = objects.strip_suffix('*').ok_or("grants name prefixes, not single objects")?;
        Ok(Self::Below(bucket.to_owned(), parse_prefix(prefix)?))
    }
}

fn parse_prefix(prefix: &str) -> Result<String, &'static str> {
    if prefix.contains(['*', '?', '$']) {
        return Err("grants name prefixes, not patterns of them");
    }
    match Prefix::parse(prefix) {
        Ok(read) if read.is_plain() => Ok(prefix.to_owned()),
        Ok(_) => Err("a grant's prefix has no empty segments and no `\\`"),
        Err(_) => Err("a grant's prefix is empty or ends in `/`"),
    }
}

/// When a statement holds, and below which prefixes its listings are allowed: everywhere when
/// there is none.
///
/// # Errors
/// The condition that no grant can say.
pub(super) fn conditions(statement: &Statement) -> Result<(Window, Vec<String>), String> {
    let mut window = Window::default();
    let mut prefixes = Vec::new();
    for (operator, keys) in &statement.condition {
        for (key, values) in keys {
            let no = || format!("no grant has the condition {operator} {key}");
            let one = || match values.0.as_slice() {
                [value] => DateTime::parse_from_rfc3339(value)
                    .map(|at| at.to_utc())
                    .map_err(|_| format!("{value} is no instant (RFC 3339)")),
                _ => Err(no()),
            };
            let is_time = key.eq_ignore_ascii_case("aws:CurrentTime");
            let is_prefix = key.eq_ignore_ascii_case("s3:prefix");
            match operator.as_str() {
                // At the instant itself a grant has ended, and begun.
                "DateLessThan" | "DateLessThanEquals" if is_time => {
                    window.expires_at = Some(one()?);
                }
                "DateGreaterThanEquals" if is_time => window.not_before = Some(one()?),
                "DateGreaterThan" if is_time => {
                    window.not_before = Some(one()? + TimeDelta::microseconds(1));
                }
                "StringLike" if is_prefix => {
                    for value in &values.0 {
                        // `p/` is among what `p/*` matches.
                        if let Some(prefix) = value.strip_suffix('*') {
                            prefixes.push(parse_prefix(prefix)?);
                        } else if !values.0.contains(&format!("{value}*")) {
                            return Err(format!("grants list below a prefix, not `{value}` alone"));
                        }
                    }
                }
                _ => return Err(no()),
            }
        }
    }
    Ok((window, prefixes))
}

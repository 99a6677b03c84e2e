//! The resources of a policy: buckets and objects.

use super::pattern::{Pattern, Variables, with_variables};
use crate::grant_prefix::PrefixKind;
use crate::{BucketName, GrantPrefix, InvalidName};

/// What a resource of a policy names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resource {
    /// A bucket, not its objects.
    Bucket(BucketName),
    /// Every object below a prefix of a bucket.
    Below(BucketName, GrantPrefix),
}

impl Resource {
    /// Reads an ARN: `arn:aws:s3:::bucket/prefix/*`.
    ///
    /// # Errors
    /// A sentence about the part that grants cannot express.
    pub(super) fn parse(arn: &str, variables: Variables<'_>) -> Result<Self, String> {
        let place = named(arn)?;
        let (bucket, objects) = match place.split_once('/') {
            Some((bucket, objects)) => (bucket, Some(objects)),
            None => (place, None),
        };
        let bucket = Pattern::parse(bucket, variables)?;
        let bucket = bucket.literal().ok_or("grants name buckets, not patterns of them")?;
        let bucket = BucketName::parse(&bucket).map_err(|_| "not a valid bucket name")?;
        let Some(objects) = objects else { return Ok(Self::Bucket(bucket)) };
        let objects = Pattern::parse(objects, variables)?;
        if objects.literal().is_some() {
            return Err("grants name prefixes, not single objects".to_owned());
        }
        let prefix = objects.below().ok_or("grants name prefixes, not patterns of them")?;
        Ok(Self::Below(bucket, parse_prefix(&prefix).map_err(|flaw| flaw.to_string())?))
    }
}

/// The bucket and object part of an ARN. Region and account of a bucket's ARN are empty.
fn named(arn: &str) -> Result<&str, String> {
    if arn == "*" {
        return Err("it names no bucket".to_owned());
    }
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, service, region, account, place] = parts[..] else {
        return Err("it is not an ARN".to_owned());
    };
    let is_s3 = (partition == "*" || partition == "aws" || partition.starts_with("aws-"))
        && service == "s3"
        && [region, account].iter().all(|part| matches!(*part, "" | "*"));
    if !is_s3 {
        return Err("it is neither a bucket nor an object of S3".to_owned());
    }
    if (region, account) != ("", "") && place.starts_with("accesspoint/") {
        return Err("it may be an access point: no grant names one".to_owned());
    }
    Ok(place)
}

/// Reads a prefix, and checks that a new grant may have it.
pub(super) fn parse_prefix(prefix: &str) -> Result<GrantPrefix, InvalidName> {
    let prefix = match with_variables(prefix, |variable| variable.as_str().to_owned()) {
        Some(template) => GrantPrefix::parse(PrefixKind::Template, &template)?,
        None => GrantPrefix::parse(PrefixKind::Literal, prefix)?,
    };
    prefix.demand_plain()?;
    Ok(prefix)
}

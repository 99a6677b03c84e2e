//! The owner that a client expects a bucket to have: the project is the owner of everything (G21).
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>

use super::error::S3Error;
use super::prove::Proven;
use super::reason::Reason;

const OWNERS: [&str; 2] = ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"];

impl Proven<'_> {
    /// Takes the expected owners out of the headers: the storage has another one.
    ///
    /// # Errors
    /// 403 `AccessDenied` if one of them is not the caller's project.
    pub(super) fn take_owners(&mut self) -> Result<(), S3Error> {
        let project = self.caller.project().map(ToString::to_string);
        let is_owner = |name: &str| OWNERS.contains(&name);
        let headers = &mut self.plain.headers;
        let mut expected = headers.iter().filter(|(name, _)| is_owner(name));
        let is_other = expected.any(|(_, owner)| Some(owner.trim()) != project.as_deref());
        headers.retain(|(name, _)| !is_owner(name));
        if is_other {
            let message =
                "Access Denied: the owner of the bucket is another than the one that is expected.";
            return Err(S3Error::denied(message).because(Reason::denied("bucket_owner")));
        }
        Ok(())
    }
}

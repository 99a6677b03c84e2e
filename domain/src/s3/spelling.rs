//! The URL of a request that was read at one endpoint, written for another.

use super::request::S3Request;
use super::{Endpoint, Target, percent};

impl Endpoint {
    /// Whether a request for `target` can name its bucket in the host here.
    pub(crate) fn can_host(&self, target: &Target) -> bool {
        target.bucket().is_some_and(|bucket| self.hosts(bucket))
    }
}

impl S3Request {
    /// The URL that asks `endpoint` for what this request asks for: its target and its query, in the
    /// spelling that is signed. `is_hosted`: the bucket is a label of the host; only where
    /// [`Endpoint::can_host`] says so.
    pub(crate) fn url_at(&self, endpoint: &Endpoint, is_hosted: bool) -> String {
        let mut url = String::with_capacity(self.url().len() + endpoint.authority().len());
        url.push_str(endpoint.scheme());
        url.push_str("://");
        if let (true, Some(bucket)) = (is_hosted, self.target().bucket()) {
            url.push_str(bucket.as_str());
            url.push('.');
        }
        url.push_str(endpoint.authority());
        url.push('/');
        push_path(&mut url, self.target(), is_hosted);
        self.write_query_to(&mut url);
        url
    }
}

/// What stands behind the first slash.
fn push_path(url: &mut String, target: &Target, is_hosted: bool) {
    if let (false, Some(bucket)) = (is_hosted, target.bucket()) {
        url.push_str(bucket.as_str());
    }
    let Some(key) = target.key() else { return };
    if !is_hosted {
        url.push('/');
    }
    percent::encode_path_into(url, key.as_str());
}

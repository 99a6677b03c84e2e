//! The type of an object that was sent without one, by the extension of its key (G29). S3's clients guess it
//! themselves; people and scripts do not.

use super::asked::Asked;
use crate::domain::s3::S3Request;

const CONTENT_TYPE: &str = "content-type";

impl Asked<'_> {
    /// Adds the type to an upload without one. Whether there was anything to add.
    pub(super) fn guess_type(&mut self, request: &S3Request) -> bool {
        let has_type = self.headers.iter().any(|(name, _)| name == CONTENT_TYPE);
        let key = request.target().key().filter(|_| !has_type);
        let Some(kind) = key.and_then(|key| mime_guess::from_path(key.as_str()).first_raw()) else {
            return false;
        };
        self.headers.push((CONTENT_TYPE.to_owned(), kind.to_owned()));
        true
    }
}

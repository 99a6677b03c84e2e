//! What leads to a project.

use crate::domain::{AccessKeyId, KeyId};

/// What a project is known by.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) slug: String,
    pub(super) keys: Vec<KeyId>,
    pub(super) access_keys: Vec<AccessKeyId>,
}

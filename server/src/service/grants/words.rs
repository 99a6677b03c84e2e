//! Describes edits of grants in words, for the audit trail.

use super::options::GrantEdit;
use crate::domain::permissions::word;
use crate::domain::{GrantKey, GrantPrefix, Subject};

/// The sentence that describes an edit.
pub(super) fn sentence(edit: &GrantEdit) -> String {
    let (whole, whom) = (whole(&edit.key), whom(&edit.key));
    match &edit.put {
        None => format!("took all permissions on {whole} from {whom}"),
        Some(state) => {
            let words: Vec<_> = state.permissions.iter().map(word).collect();
            format!("granted {} on {whole} to {whom}", words.join("+"))
        }
    }
}

/// The bucket of all edits, if they have the same one.
pub(super) fn same_bucket(edits: &[GrantEdit]) -> Option<String> {
    let (first, rest) = edits.split_first()?;
    let bucket = &first.key.bucket;
    rest.iter().all(|edit| edit.key.bucket == *bucket).then(|| bucket.to_string())
}

fn whole(key: &GrantKey) -> String {
    if key.prefix.is_whole_bucket() {
        key.bucket.to_string()
    } else {
        format!("{}/{}{}", key.bucket, key.prefix, kind(&key.prefix))
    }
}

/// The kind of a prefix, unless it is literal.
const fn kind(prefix: &GrantPrefix) -> &'static str {
    match prefix {
        GrantPrefix::Literal(_) => "",
        GrantPrefix::Template(_) => " (template)",
    }
}

fn whom(key: &GrantKey) -> String {
    match &key.subject {
        Subject::User(id) => format!("user:{id}"),
        Subject::Group(id) => format!("group:{id}"),
        Subject::TokenGroup(id) => format!("token_group:{id}"),
        Subject::Authenticated => "everybody with a token".to_owned(),
        Subject::Public => "everybody".to_owned(),
    }
}

/// The subject and the prefix of a grant.
pub(super) fn place(key: &GrantKey) -> String {
    format!("{} {}{}", whom(key), key.prefix, kind(&key.prefix)).trim_end().to_owned()
}

//! The column `store.access`.

use crate::domain::StoreAccess;
use crate::error::DatabaseError;

/// The stored word for how requests reach a storage.
pub(super) const fn access_word(access: StoreAccess) -> &'static str {
    match access {
        StoreAccess::Direct => "direct",
        StoreAccess::Gateway => "gateway",
    }
}

/// What a stored word stands for. An unknown word is an error, so nothing is signed for the storage.
pub(crate) fn parse_access(word: &str) -> Result<StoreAccess, DatabaseError> {
    match word {
        "direct" => Ok(StoreAccess::Direct),
        "gateway" => Ok(StoreAccess::Gateway),
        other => Err(DatabaseError::corrupt(format!("unknown access {other}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_access_is_read_as_it_was_written_and_an_unknown_word_is_refused() {
        for access in [StoreAccess::Direct, StoreAccess::Gateway] {
            assert_eq!(parse_access(access_word(access)).unwrap(), access);
        }
        assert!(parse_access("tunnel").is_err());
    }
}

//! Generates keys from the operating system's randomness.

use sail_cargo_database::DatabaseError;

use crate::domain::presented_key::{ID, SECRET, compose};
use crate::domain::{KeyId, Secret};
use crate::service::random::random_text;

/// Generates a key. Returns its public id and the whole key.
pub(super) fn generate() -> Result<(KeyId, Secret), DatabaseError> {
    let id = random_text::<ID>()?;
    let key = compose(&id, &random_text::<SECRET>()?);
    Ok((KeyId::parse(&id).map_err(DatabaseError::corrupt)?, key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PresentedKey;

    #[test]
    fn a_generated_key_parses_and_is_unique() {
        let ((id, key), (other, _)) = (generate().unwrap(), generate().unwrap());
        assert_eq!(*PresentedKey::parse(key.expose()).unwrap().id(), id);
        assert_ne!(id, other);
    }
}

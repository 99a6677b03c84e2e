//! Generates keys from the operating system's randomness.

use aws_lc_rs::rand;
use sail_cargo_database::DatabaseError;

use crate::domain::presented_key::{ALPHABET, ID, SECRET, compose};
use crate::domain::{KeyId, Secret};

/// Generates a key. Returns its public id and the whole key.
pub(super) fn generate() -> Result<(KeyId, Secret), DatabaseError> {
    let id = random_text::<ID>()?;
    let key = compose(&id, &random_text::<SECRET>()?);
    Ok((KeyId::parse(&id).map_err(DatabaseError::corrupt)?, key))
}

/// Uniformly random characters of the alphabet. Bytes from 248 on (4 × 62) are drawn again.
fn random_text<const LENGTH: usize>() -> Result<String, DatabaseError> {
    let mut text = String::with_capacity(LENGTH);
    while text.len() < LENGTH {
        let mut byte = [0_u8];
        rand::fill(&mut byte).map_err(|_| DatabaseError::corrupt("no randomness"))?;
        if byte[0] < 248 {
            text.push(char::from(ALPHABET[usize::from(byte[0] % 62)]));
        }
    }
    Ok(text)
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

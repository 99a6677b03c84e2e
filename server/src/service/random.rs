//! Random text from the operating system.

use aws_lc_rs::rand;
use sail_cargo_database::DatabaseError;

use crate::domain::presented_key::ALPHABET;

/// Uniform letters and digits: bytes beyond the last whole multiple of 62 are drawn anew.
pub(super) fn random_text<const LENGTH: usize>() -> Result<String, DatabaseError> {
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

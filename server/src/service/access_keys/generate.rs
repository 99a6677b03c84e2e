//! New access keys from the operating system's randomness.

use aws_lc_rs::rand;
use sail_cargo_database::DatabaseError;

use crate::domain::{AccessKeyId, Secret, SecretAccessKey};
use crate::service::random::random_text;

/// Makes an id and a secret.
pub(super) fn generate() -> Result<(AccessKeyId, SecretAccessKey), DatabaseError> {
    let mut bytes = [0; AccessKeyId::RANDOM];
    rand::fill(&mut bytes).map_err(|_| DatabaseError::corrupt("no randomness"))?;
    let secret = Secret::new(random_text::<{ SecretAccessKey::LENGTH }>()?);
    let secret = SecretAccessKey::parse(secret).map_err(DatabaseError::corrupt)?;
    Ok((AccessKeyId::from_random(bytes), secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_made_is_one_and_no_other() {
        let ((id, secret), (other, another)) = (generate().unwrap(), generate().unwrap());
        assert_eq!(AccessKeyId::parse(id.as_str()), Ok(id.clone()));
        assert!(id != other && secret.expose() != another.expose());
        assert!(!format!("{secret:?}").contains(secret.expose()));
    }
}

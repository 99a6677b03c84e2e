//! New access keys from the operating system's randomness.

use aws_lc_rs::rand;
use sail_cargo_database::DatabaseError;

use crate::domain::access_key::NewKeySecret;
use crate::domain::{AccessKeyId, AccessKeyKind, PersonalKey, Secret, SecretAccessKey};
use crate::service::random::random_text;

/// Makes an id and the secret of a key of this kind.
pub(super) fn generate(kind: AccessKeyKind) -> Result<(AccessKeyId, NewKeySecret), DatabaseError> {
    let mut bytes = [0; AccessKeyId::RANDOM];
    rand::fill(&mut bytes).map_err(|_| DatabaseError::corrupt("no randomness"))?;
    let id = AccessKeyId::from_random(bytes);
    let secret = match kind {
        AccessKeyKind::S3 => Secret::new(random_text::<{ SecretAccessKey::LENGTH }>()?),
        AccessKeyKind::Token => {
            PersonalKey::compose(&id, &random_text::<{ PersonalKey::SECRET }>()?)
        }
    };
    Ok((id, NewKeySecret::of(kind, secret).map_err(DatabaseError::corrupt)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_made_is_one_and_no_other() {
        for kind in [AccessKeyKind::S3, AccessKeyKind::Token] {
            let ((id, secret), (other, another)) =
                (generate(kind).unwrap(), generate(kind).unwrap());
            assert_eq!(AccessKeyId::parse(id.as_str()), Ok(id.clone()));
            assert!(id != other && secret.expose() != another.expose());
            assert!(!format!("{secret:?}").contains(secret.expose()));
            let read = PersonalKey::parse(secret.expose()).map(|key| key.id().clone());
            assert_eq!(read, (kind == AccessKeyKind::Token).then_some(id));
        }
    }
}

//! The operators' keys. They are configured, never stored in the database.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use crate::domain::{OperatorName, Secret};

/// The prefix of every operator key.
const BRAND: &str = "cgop_";
/// The minimum length of the part after the prefix, in characters.
const LENGTH: usize = 32;
/// The minimum number of different characters in that part.
const VARIETY: usize = 8;

/// The SHA-256 hashes of the configured keys, each with its operator's name.
pub struct OperatorKeys(Vec<(OperatorName, [u8; 32])>);

/// An invalid list of operator keys. The texts repeat only valid names from the list.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOperatorKeys {
    /// The list is empty.
    #[error("there is no key: `sail-cargo keys operator` makes one")]
    Empty,
    /// The entry has no name, or an invalid name.
    #[error(
        "entry {0}: `NAME:KEY`, the name of 1 to 64 letters, digits, `.`, `_`, `-` and `@`, \
         starting with a letter or digit, and not `cli` or `server`"
    )]
    Name(usize),
    /// The entry's key is not an operator key, or too easy to guess.
    #[error(
        "entry {0}: an operator key is `cgop_` and at least 32 visible ASCII characters, 8 of them \
         different, without `,` and `:`: `sail-cargo keys operator` makes one"
    )]
    Weak(usize),
    /// Two entries have the same name.
    #[error(
        "entry {0}: the name `{1}` is used twice; a key that replaces another needs a name of its \
         own, such as `{1}-2`"
    )]
    SameName(usize, OperatorName),
    /// Two entries have the same key, so the key does not identify one operator.
    #[error("entry {0}: the key of `{1}` is listed already under the name `{2}`")]
    SameKey(usize, OperatorName, OperatorName),
}

impl OperatorKeys {
    /// Parses `NAME:KEY` entries, separated by line breaks or commas. A key without a name gets the
    /// name `operator`.
    ///
    /// # Errors
    /// See [`InvalidOperatorKeys`].
    pub fn parse(text: &Secret) -> Result<Self, InvalidOperatorKeys> {
        let entries = text.expose().split(['\n', ',']).map(str::trim);
        let mut keys = Self(Vec::new());
        for (index, entry) in entries.filter(|entry| !entry.is_empty()).enumerate() {
            keys.add(index + 1, entry)?;
        }
        if keys.0.is_empty() {
            return Err(InvalidOperatorKeys::Empty);
        }
        Ok(keys)
    }

    fn add(&mut self, place: usize, entry: &str) -> Result<(), InvalidOperatorKeys> {
        let (name, key) = match entry.split_once(':') {
            Some((name, key)) if !name.starts_with(BRAND) => (name.trim_end(), key.trim_start()),
            _ => (OperatorName::UNNAMED, entry),
        };
        let name = OperatorName::parse(name)
            .ok()
            .filter(|name| !name.is_reserved())
            .ok_or(InvalidOperatorKeys::Name(place))?;
        if !is_strong(key) {
            return Err(InvalidOperatorKeys::Weak(place));
        }
        let hash = hash(key);
        for (known, theirs) in &self.0 {
            if *known == name {
                return Err(InvalidOperatorKeys::SameName(place, name));
            }
            if *theirs == hash {
                return Err(InvalidOperatorKeys::SameKey(place, name, known.clone()));
            }
        }
        self.0.push((name, hash));
        Ok(())
    }

    /// The operator whose key `presented` is. Takes the same time for every key, valid or not.
    pub fn whose(&self, presented: &str) -> Option<&OperatorName> {
        let presented = hash(presented);
        let mut whose = None;
        for (name, hash) in &self.0 {
            if hash.ct_eq(&presented).into() {
                whose = Some(name);
            }
        }
        whose
    }

    /// Whether `text` has the prefix of an operator key.
    pub(super) fn is_meant(text: &str) -> bool {
        text.starts_with(BRAND)
    }
}

fn is_strong(key: &str) -> bool {
    let Some(secret) = key.strip_prefix(BRAND) else { return false };
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b',' | b':');
    let different: std::collections::BTreeSet<u8> = secret.bytes().collect();
    secret.len() >= LENGTH && secret.bytes().all(plain) && different.len() >= VARIETY
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// Prints the names, never a hash.
impl std::fmt::Debug for OperatorKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name.as_str())).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: &str = "cgop_0123456789abcdef0123456789abcdef";
    const EVE: &str = "cgop_fedcba9876543210fedcba9876543210";

    fn parse(text: &str) -> Result<OperatorKeys, InvalidOperatorKeys> {
        OperatorKeys::parse(&Secret::new(text.to_owned()))
    }

    #[test]
    fn each_key_has_the_name_of_whose_it_is() {
        let text = format!("ada@example.com : {ADA}\n\n  eve-2:{EVE},\n");
        for keys in [parse(&text).unwrap(), parse(&text.replace('\n', ",")).unwrap()] {
            let whose = |key: &str| keys.whose(key).map(OperatorName::as_str);
            assert_eq!((whose(ADA), whose(EVE)), (Some("ada@example.com"), Some("eve-2")));
            assert_eq!((whose(&format!("eve-2:{EVE}")), whose("")), (None, None));
        }
        let alone = parse(ADA).unwrap();
        assert!(alone.whose(ADA).is_some_and(OperatorName::is_unnamed), "as it always was");
    }

    #[test]
    fn what_is_weak_or_there_twice_is_refused_and_never_repeated() {
        use InvalidOperatorKeys::{Empty, Name, SameKey, SameName, Weak};
        let name = |text| OperatorName::parse(text).unwrap();
        let same = format!("cgop_{}", "x".repeat(40));
        for (text, refusal) in [
            (String::new(), Empty),
            (" ,\n".to_owned(), Empty),
            (format!("ada:{ADA}\n:{EVE}"), Name(2)),
            (format!("a b:{ADA}"), Name(1)),
            (format!("cli:{ADA}"), Name(1)),
            (format!("server:{ADA}"), Name(1)),
            ("ada:cgop_short".to_owned(), Weak(1)),
            (format!("ada:{}", &ADA[5..]), Weak(1)),
            (format!("{ADA}:ada"), Weak(1)),
            (format!("ada:{same}"), Weak(1)),
            (format!("ada:{ADA}\u{fc}"), Weak(1)),
            (format!("ada:{ADA},ada:{EVE}"), SameName(2, name("ada"))),
            (format!("{ADA},{EVE}"), SameName(2, name("operator"))),
            (format!("ada:{ADA},eve:{ADA}"), SameKey(2, name("eve"), name("ada"))),
        ] {
            let error = parse(&text).unwrap_err();
            assert_eq!(error, refusal, "{text}");
            for secret in [&ADA[5..], &EVE[5..], "short", "xxxx"] {
                assert!(!error.to_string().contains(secret), "{error}");
            }
        }
    }

    #[test]
    fn the_names_print_and_nothing_else_does() {
        let keys = parse(&format!("ada:{ADA},eve:{EVE}")).unwrap();
        assert_eq!(format!("{keys:?}"), r#"{"ada", "eve"}"#);
    }
}

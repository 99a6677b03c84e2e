//! The place of a change in the hash chain of its project, as it is kept elsewhere and compared.

/// A change of a project: its revision, and the hash of everything up to it. Its text is
/// `revision:hash`, in decimal and in lowercase hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    revision: i64,
    hash: [u8; 32],
}

/// The text is no place in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`revision:hash`, as Cargo told it")]
pub struct InvalidChainHead;

impl ChainHead {
    /// Before the first change.
    pub const START: Self = Self { revision: 0, hash: [0; 32] };

    /// The change `revision` with this hash.
    pub const fn new(revision: i64, hash: [u8; 32]) -> Self {
        Self { revision, hash }
    }

    /// Reads the text of a place. Each place has one text.
    ///
    /// # Errors
    /// [`InvalidChainHead`] if it is not such a text.
    pub fn parse(text: &str) -> Result<Self, InvalidChainHead> {
        let (revision, digits) = text.split_once(':').ok_or(InvalidChainHead)?;
        let mut hash = [0; 32];
        hex::decode_to_slice(digits, &mut hash).map_err(|_| InvalidChainHead)?;
        let head = Self { revision: revision.parse().map_err(|_| InvalidChainHead)?, hash };
        let is_place = head.revision > 0 || head == Self::START;
        if is_place && head.to_string() == text { Ok(head) } else { Err(InvalidChainHead) }
    }

    /// The revision of the change; 0 before the first one.
    pub const fn revision(&self) -> i64 {
        self.revision
    }

    /// The hash of the change; zeros before the first one.
    pub const fn hash(&self) -> &[u8; 32] {
        &self.hash
    }
}

impl std::fmt::Display for ChainHead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.revision, hex::encode(self.hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_back_and_has_one_text() {
        for head in [ChainHead::START, ChainHead::new(41, [0xab; 32])] {
            assert_eq!(ChainHead::parse(&head.to_string()), Ok(head));
        }
        let hash = "ab".repeat(32);
        for text in [
            String::new(),
            "41".to_owned(),
            hash.clone(),
            format!(":{hash}"),
            format!("+41:{hash}"),
            format!("041:{hash}"),
            format!("-1:{hash}"),
            format!("0:{hash}"),
            format!("41:{hash} "),
            format!("41:{hash}ab"),
            format!("41:{}", &hash[2..]),
            format!("41:{}", hash.to_uppercase()),
            format!("9223372036854775808:{hash}"),
        ] {
            assert_eq!(ChainHead::parse(&text), Err(InvalidChainHead), "{text}");
        }
    }
}

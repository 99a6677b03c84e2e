//! Revisions: the state of a project at which a response was computed, as an opaque token.

use base64::Engine as _;
use base64::display::Base64Display;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::names::ProjectId;

const VERSION: u8 = 1;
const TAG: usize = 8;
const LENGTH: usize = 1 + 2 * TAG + 8;

/// A revision of one project in one epoch. Its text is base64url of a version byte, 8 bytes of hash
/// of the project, 8 bytes of hash of the epoch, and the number in big endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision {
    project: [u8; TAG],
    epoch: [u8; TAG],
    number: i64,
}

/// A value, and the revision at which it was read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// The revision.
    pub revision: Revision,
}

/// The text is not a revision token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a `Revision` that Cargo sent")]
pub struct InvalidRevision;

/// Why the current revision of a project cannot serve a caller who has seen another revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RevisionConflict {
    /// The revision belongs to another project.
    #[error("the revision belongs to another project")]
    Foreign,
    /// The revision belongs to another epoch: the database was restored since.
    #[error("the revision is from before the database was restored")]
    Epoch,
    /// The revision is newer than the database.
    #[error("the project has no such revision yet")]
    Future,
}

impl RevisionConflict {
    /// The stable name of the reason, for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Foreign => "revision_foreign",
            Self::Epoch => "revision_epoch",
            Self::Future => "revision_future",
        }
    }
}

impl Revision {
    /// The revision `number` of `project` in `epoch`.
    pub fn new(project: &ProjectId, epoch: &str, number: i64) -> Self {
        Self { project: tag("project", project.as_str()), epoch: tag("epoch", epoch), number }
    }

    /// The number of the revision in the order of the project's changes.
    pub fn number(self) -> i64 {
        self.number
    }

    /// Another revision of the same project and epoch.
    #[must_use]
    pub fn with_number(self, number: i64) -> Self {
        Self { number, ..self }
    }

    /// Reads a token.
    ///
    /// # Errors
    /// [`InvalidRevision`] if the text is not a revision token.
    pub fn parse(text: &str) -> Result<Self, InvalidRevision> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidRevision)?;
        let bytes: [u8; LENGTH] = bytes.try_into().map_err(|_| InvalidRevision)?;
        let part = |from: usize| -> [u8; 8] { std::array::from_fn(|index| bytes[from + index]) };
        let number = i64::from_be_bytes(part(1 + 2 * TAG));
        if bytes[0] != VERSION || number < 0 {
            return Err(InvalidRevision);
        }
        Ok(Self { project: part(1), epoch: part(1 + TAG), number })
    }

    /// Checks that this current revision is at least as new as `asked`.
    ///
    /// # Errors
    /// [`RevisionConflict`] if `asked` has another project or epoch, or is newer.
    pub fn demand(self, asked: Option<Self>) -> Result<(), RevisionConflict> {
        match asked {
            Some(asked) if asked.project != self.project => Err(RevisionConflict::Foreign),
            Some(asked) if asked.epoch != self.epoch => Err(RevisionConflict::Epoch),
            Some(asked) if asked.number > self.number => Err(RevisionConflict::Future),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Display for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut bytes = [VERSION; LENGTH];
        bytes[1..=TAG].copy_from_slice(&self.project);
        bytes[1 + TAG..=2 * TAG].copy_from_slice(&self.epoch);
        bytes[1 + 2 * TAG..].copy_from_slice(&self.number.to_be_bytes());
        Base64Display::new(&bytes, &URL_SAFE_NO_PAD).fmt(f)
    }
}

impl<T> At<T> {
    /// Maps the value, and keeps the revision.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> At<U> {
        At { value: change(self.value), revision: self.revision }
    }
}

fn tag(kind: &str, text: &str) -> [u8; TAG] {
    let hash = Sha256::new().chain_update(kind).chain_update([0]).chain_update(text).finalize();
    std::array::from_fn(|index| hash[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(project: &str, epoch: &str, number: i64) -> Revision {
        Revision::new(&ProjectId::parse(project).unwrap(), epoch, number)
    }

    const A: &str = "0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a0001";
    const B: &str = "0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a0002";

    #[test]
    fn a_token_is_read_back_and_nothing_else_is() {
        let there = revision(A, "first", 41);
        assert_eq!(Revision::parse(&there.to_string()), Ok(there));
        let negative = Revision { number: -1, ..there }.to_string();
        for text in ["", "41", "r41", &there.to_string()[1..], &format!("{there}A"), &negative] {
            assert_eq!(Revision::parse(text), Err(InvalidRevision), "{text}");
        }
    }

    #[test]
    fn a_head_serves_its_own_past_only() {
        let head = revision(A, "first", 41);
        head.demand(None).unwrap();
        head.demand(Some(head)).unwrap();
        head.demand(Some(head.with_number(0))).unwrap();
        assert_eq!(head.demand(Some(head.with_number(42))), Err(RevisionConflict::Future));
        assert_eq!(head.demand(Some(revision(A, "second", 1))), Err(RevisionConflict::Epoch));
        assert_eq!(head.demand(Some(revision(B, "first", 1))), Err(RevisionConflict::Foreign));
    }
}

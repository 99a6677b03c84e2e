//! A source and a target of one copy.

use std::path::PathBuf;

use super::location::Location;

/// A source and a target of one copy. A target that cannot exist is an error of this pair alone.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) from: Location,
    pub(super) to: Result<To, Obstacle>,
}

/// The target of a copy.
#[derive(Debug)]
pub(super) enum To {
    Location(Location),
    /// The directory that an empty object whose key ends in `/` stands for.
    Directory(PathBuf),
}

/// Why a source is not copied.
#[derive(Debug)]
pub(super) enum Obstacle {
    /// The other side has no counterpart, for example of a pipe. `--skip-special` leaves it out.
    Special(String),
    Failed(String),
}

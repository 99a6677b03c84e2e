//! One thing to copy.

use std::path::PathBuf;

use super::location::Location;

/// One thing to copy. What cannot be there is an error of this one, and not of the others.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) from: Location,
    pub(super) to: Result<To, Obstacle>,
}

/// Where something goes.
#[derive(Debug)]
pub(super) enum To {
    Location(Location),
    /// The directory that an object stands for.
    Directory(PathBuf),
}

/// Why something is not copied.
#[derive(Debug)]
pub(super) enum Obstacle {
    /// There is nothing like it on the other side.
    Special(String),
    Failed(String),
}

//! Recovers the segments that dead servers left in the directory.

use std::io;
use std::path::{Path, PathBuf};

use sail_cargo_database::tables::audit_events::NewEventRow;

use super::line::{self, Unread};
use super::segment::{Fate, Segment};

/// Locks and returns the segments in `directory` without an owner, oldest first.
pub(super) fn take(directory: &Path) -> Result<Vec<Segment>, (PathBuf, io::Error)> {
    let wrong = |error| (directory.to_owned(), error);
    let mut paths = Vec::new();
    for entry in directory.read_dir().map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let is_ours = entry.file_name().to_str().is_some_and(Segment::is_name);
        if is_ours && entry.file_type().map_err(wrong)?.is_file() {
            paths.push(entry.path());
        }
    }
    paths.sort();
    let taken = paths.into_iter().map(|path| Segment::take(&path).map_err(|error| (path, error)));
    taken.filter_map(Result::transpose).collect()
}

/// The events of a segment without an owner, and the number of its damaged lines. A segment with a
/// damaged line is put aside later. One with a line of a newer version is left as it is.
pub(super) fn events(segment: &mut Segment) -> io::Result<(Vec<NewEventRow>, usize)> {
    let bytes = segment.read()?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    if whole < bytes.len() {
        // The process died while it wrote this line, and so before it answered the request.
        log::warn!(
            "{}: removed an unfinished last line, whose request was not answered",
            segment.path().display()
        );
    }
    let (mut events, mut damaged) = (Vec::new(), 0);
    for line in bytes.get(..whole).unwrap_or_default().split_inclusive(|byte| *byte == b'\n') {
        match line::read(line) {
            Ok(event) => events.push(event),
            Err(Unread::Damaged) => {
                damaged += 1;
                segment.mark(Fate::Aside);
            }
            Err(Unread::Newer) => segment.mark(Fate::Left),
        }
    }
    Ok((events, damaged))
}

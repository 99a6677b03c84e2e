//! A segment: one spool file of JSON lines, which only its owner appends to.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::private;

/// A segment is called `audit-<uuid>.spool`. The names sort by the time when the segments were
/// begun.
const PREFIX: &str = "audit-";
const SUFFIX: &str = ".spool";
/// The suffix of segments from before lines had a version. Servers of that time read only these,
/// and so do not take newer lines for damaged ones.
const FIRST_SUFFIX: &str = ".jsonl";
/// The suffix of segments that are kept for inspection.
const DAMAGED: &str = ".damaged";

/// What to do with a segment when it is finished. The greatest mark wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// Remove it: the database has every event.
    Removed,
    /// Put it aside: an event could not be stored.
    Aside,
    /// Leave it for a server of a newer version, which wrote one of its lines.
    Left,
}

/// A spool file, locked by this process while it is open.
pub(super) struct Segment {
    file: File,
    path: PathBuf,
    /// The number of the segment among those that this process began.
    number: u64,
    /// The length of the whole lines; anything after them is cut off.
    length: u64,
    /// Half a line could not be cut off, so nothing can be appended.
    torn: bool,
    /// The number of events in the segment that the database does not have.
    pub(super) pending: usize,
    fate: Fate,
}

impl Segment {
    /// Creates an empty segment, the owner's `number`-th.
    pub(super) fn begin(directory: &Path, number: u64) -> io::Result<Self> {
        // Before the file is locked, another server may take it for an abandoned one and remove it.
        for _ in 0..8 {
            let path = directory.join(format!("{PREFIX}{}{SUFFIX}", uuid::Uuid::now_v7()));
            let file = private::options().append(true).read(true).create_new(true).open(&path)?;
            match file.try_lock() {
                Ok(()) if !is_gone(&file)? => return Ok(Self::of(file, path, number, 0)),
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(io::Error::other("other servers claim every new file"))
    }

    /// Opens an existing segment; `None` if another process holds it.
    pub(super) fn take(path: &Path) -> io::Result<Option<Self>> {
        let file = match private::options().append(true).read(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // The previous owner may have finished and removed the file before it was locked here.
        if is_gone(&file)? {
            return Ok(None);
        }
        let length = file.metadata()?.len();
        Ok(Some(Self::of(file, path.to_owned(), 0, length)))
    }

    fn of(file: File, path: PathBuf, number: u64, length: u64) -> Self {
        Self { file, path, number, length, torn: false, pending: 0, fate: Fate::Removed }
    }

    /// Whether a file of this name is a segment.
    pub(super) fn is_name(name: &str) -> bool {
        let is_known = |suffix: &&str| name.ends_with(suffix);
        name.starts_with(PREFIX) && [SUFFIX, FIRST_SUFFIX].iter().any(is_known)
    }

    /// Marks what to do with the segment at its end, unless a greater mark is set.
    pub(super) fn mark(&mut self, fate: Fate) {
        self.fate = self.fate.max(fate);
    }

    /// Whether the segment will be removed when it is finished.
    pub(super) fn is_removed(&self) -> bool {
        self.fate == Fate::Removed
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Whether nothing can be appended any more.
    pub(super) fn is_torn(&self) -> bool {
        self.torn
    }

    /// Whether the path no longer leads to this file: the file or its directory was removed or
    /// replaced. What is written to it is lost when the process ends.
    pub(super) fn is_gone(&self) -> bool {
        let is_there = || -> io::Result<bool> {
            let (here, there) = (self.file.metadata()?, self.path.symlink_metadata()?);
            Ok((here.dev(), here.ino()) == (there.dev(), there.ino()))
        };
        !is_there().unwrap_or(false)
    }

    /// The whole content.
    pub(super) fn read(&self) -> io::Result<Vec<u8>> {
        let (mut file, mut bytes) = (&self.file, Vec::new());
        file.seek(SeekFrom::Start(0))?;
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Appends whole lines with a single write. After a failure, none of them is ever read as a
    /// whole line.
    pub(super) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        loop {
            match self.file.write(lines) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                written => return self.after(written, lines.len()),
            }
        }
    }

    /// Accepts a complete write. Cuts an incomplete one off, so that it does not spoil the next
    /// line.
    fn after(&mut self, written: io::Result<usize>, wanted: usize) -> io::Result<()> {
        let error = match written {
            Ok(count) if count == wanted => {
                self.length += wanted as u64;
                return Ok(());
            }
            Ok(_) => io::ErrorKind::StorageFull.into(),
            Err(error) => error,
        };
        self.torn = self.file.set_len(self.length).is_err();
        Err(error)
    }

    /// Empties the segment after the database has all of its events.
    pub(super) fn clear(&mut self) {
        if self.length > 0 && self.file.set_len(0).is_ok() {
            self.length = 0;
        }
    }

    /// Removes the file, puts it aside or leaves it, as marked.
    pub(super) fn finish(self) {
        let done = match self.fate {
            Fate::Removed => std::fs::remove_file(&self.path),
            Fate::Aside => self.put_aside(),
            Fate::Left => {
                log::warn!(
                    "{}: written by a newer version of Cargo, which must read it",
                    self.path.display()
                );
                Ok(())
            }
        };
        if let Err(error) = done {
            log::warn!("{}: {error}", self.path.display());
        }
    }

    fn put_aside(&self) -> io::Result<()> {
        let mut aside = self.path.clone().into_os_string();
        aside.push(DAMAGED);
        let aside = PathBuf::from(aside);
        log::error!("audit events that could not be stored are kept in {}", aside.display());
        std::fs::rename(&self.path, aside)
    }
}

/// Tests whether a segment could be written in `directory`, with a file that is removed at once.
pub(super) fn try_directory(directory: &Path) -> io::Result<()> {
    let path = directory.join(format!("try-{}", uuid::Uuid::now_v7()));
    let mut file = private::options().write(true).create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    file.write_all(&[0; 4096])
}

fn is_gone(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.nlink() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_line_is_cut_off_again() {
        let directory = tempfile::tempdir().unwrap();
        let mut segment = Segment::begin(directory.path(), 1).unwrap();
        segment.append(b"one\n").unwrap();
        // A disk that fills up leaves half a line.
        let written = segment.file.write(b"tw");
        segment.after(written, 4).unwrap_err();
        segment.append(b"three\n").unwrap();
        assert_eq!(segment.read().unwrap(), b"one\nthree\n");
    }

    #[test]
    fn what_cannot_be_written_nor_cut_off_ends_the_segment() {
        let directory = tempfile::tempdir().unwrap();
        let mut segment = Segment::begin(directory.path(), 1).unwrap();
        segment.append(b"one\n").unwrap();
        segment.file = File::open(segment.path()).unwrap();
        segment.append(b"two\n").unwrap_err();
        assert!(segment.is_torn());
        assert_eq!(segment.read().unwrap(), b"one\n");
    }

    /// The files that a release from before versions reads, and puts aside if it cannot parse them.
    fn is_old(name: &str) -> bool {
        let (prefix, suffix) = ("audit-", ".jsonl");
        name.starts_with(prefix) && name.ends_with(suffix)
    }

    #[test]
    fn an_older_server_leaves_what_is_written_now_and_this_one_takes_up_what_that_wrote() {
        let directory = tempfile::tempdir().unwrap();
        let mut segment = Segment::begin(directory.path(), 1).unwrap();
        let name = segment.path().file_name().unwrap().to_str().unwrap().to_owned();
        assert!(Segment::is_name(&name) && !is_old(&name), "{name}");
        let old = "audit-01a222d8-88fe-74ee-a560-fcc53320a04b.jsonl";
        assert!(Segment::is_name(old) && is_old(old));
        segment.mark(Fate::Aside);
        segment.finish();
        let aside = format!("{name}.damaged");
        assert!(directory.path().join(&aside).exists());
        assert!(!Segment::is_name(&aside) && !is_old(&aside));
    }

    #[test]
    fn a_file_with_a_newer_line_stays_whatever_else_is_in_it() {
        for fates in [[Fate::Left, Fate::Aside], [Fate::Aside, Fate::Left]] {
            let directory = tempfile::tempdir().unwrap();
            let mut segment = Segment::begin(directory.path(), 1).unwrap();
            segment.append(b"{\"v\":4}\n").unwrap();
            for fate in fates {
                segment.mark(fate);
            }
            let path = segment.path().to_owned();
            segment.finish();
            assert_eq!(std::fs::read(&path).unwrap(), b"{\"v\":4}\n");
            assert!(Segment::take(&path).unwrap().is_some(), "and is anybody's");
        }
    }

    #[test]
    fn a_file_that_the_next_start_would_not_find_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let below = directory.path().join("spool");
        std::fs::create_dir(&below).unwrap();
        let segment = Segment::begin(&below, 1).unwrap();
        assert!(!segment.is_gone());
        try_directory(&below).unwrap();
        assert_eq!(below.read_dir().unwrap().count(), 1, "trying leaves nothing");
        std::fs::rename(&below, directory.path().join("elsewhere")).unwrap();
        assert!(segment.is_gone(), "the directory was moved");
        assert_eq!(try_directory(&below).unwrap_err().kind(), io::ErrorKind::NotFound);
        std::fs::create_dir(&below).unwrap();
        std::fs::write(segment.path(), "").unwrap();
        assert!(segment.is_gone(), "another file has its name");
    }

    #[test]
    fn an_open_segment_is_locked_and_private() {
        let directory = tempfile::tempdir().unwrap();
        let segment = Segment::begin(directory.path(), 1).unwrap();
        let path = segment.path().to_owned();
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        assert!(Segment::take(&path).unwrap().is_none());
        drop(segment);
        assert!(Segment::take(&path).unwrap().is_some());
    }
}

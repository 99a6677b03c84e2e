//! One file of a spool: lines of JSON, appended to by its owner alone.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::private;

/// A segment is `audit-<uuid>.spool`; in the order of their names they were begun.
const PREFIX: &str = "audit-";
const SUFFIX: &str = ".spool";
/// What segments were called while lines had no version. A server of that time takes up no others, and
/// so calls nothing damaged that it does not know.
const FIRST_SUFFIX: &str = ".jsonl";
/// What is kept for somebody to look at.
const DAMAGED: &str = ".damaged";

/// What becomes of a file that nothing is appended to any more. The greater one holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// The database has all of it: it is removed.
    Removed,
    /// An event in it could not be stored: it is put aside.
    Aside,
    /// A newer version wrote a line in it: it stays as it is, for a server of that version.
    Left,
}

/// A file whose lock this process holds for as long as it has it open.
pub(super) struct Segment {
    file: File,
    path: PathBuf,
    /// Which one it is of those that its owner has begun.
    number: u64,
    /// Of whole lines; what is behind them is cut off.
    length: u64,
    /// A half line could not be cut off: nothing can be written behind it.
    torn: bool,
    /// Events in it that the database does not have.
    pub(super) pending: usize,
    fate: Fate,
}

impl Segment {
    /// A new one, empty; the owner's `number`-th.
    pub(super) fn begin(directory: &Path, number: u64) -> io::Result<Self> {
        // Another server may take it for left behind before it is locked, and remove it.
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

    /// One that is there, if no living process holds it.
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
        // Whoever had it may have been done with it, and have removed it, in between.
        if is_gone(&file)? {
            return Ok(None);
        }
        let length = file.metadata()?.len();
        Ok(Some(Self::of(file, path.to_owned(), 0, length)))
    }

    fn of(file: File, path: PathBuf, number: u64, length: u64) -> Self {
        Self { file, path, number, length, torn: false, pending: 0, fate: Fate::Removed }
    }

    /// Whether a file of that name is one.
    pub(super) fn is_name(name: &str) -> bool {
        let is_known = |suffix: &&str| name.ends_with(suffix);
        name.starts_with(PREFIX) && [SUFFIX, FIRST_SUFFIX].iter().any(is_known)
    }

    /// Says what becomes of it, if not something greater.
    pub(super) fn mark(&mut self, fate: Fate) {
        self.fate = self.fate.max(fate);
    }

    /// Whether it is removed when it is finished.
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

    /// Nothing can be appended any more.
    pub(super) fn is_torn(&self) -> bool {
        self.torn
    }

    /// Somebody has removed the file, or its directory, or put another in their place: what is
    /// written to it is lost with the process.
    pub(super) fn is_gone(&self) -> bool {
        let is_there = || -> io::Result<bool> {
            let (here, there) = (self.file.metadata()?, self.path.symlink_metadata()?);
            Ok((here.dev(), here.ino()) == (there.dev(), there.ino()))
        };
        !is_there().unwrap_or(false)
    }

    /// Everything that is in it.
    pub(super) fn read(&self) -> io::Result<Vec<u8>> {
        let (mut file, mut bytes) = (&self.file, Vec::new());
        file.seek(SeekFrom::Start(0))?;
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Appends whole lines with one write: all of them, or none that is ever taken for whole.
    pub(super) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        loop {
            match self.file.write(lines) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                written => return self.after(written, lines.len()),
            }
        }
    }

    /// Half of it is as bad as nothing, and must not stay in the way of the next.
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

    /// Empties it: the database has everything.
    pub(super) fn clear(&mut self) {
        if self.length > 0 && self.file.set_len(0).is_ok() {
            self.length = 0;
        }
    }

    /// Removes the file, or puts it aside if somebody must look at it, or leaves it.
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

/// Writes so much to `directory` as a new segment would, to a file that is nobody's.
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
        // As a disk that fills up leaves it.
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

    /// What a release from before versions takes up, and would put aside where it could not read it.
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
            segment.append(b"{\"v\":3}\n").unwrap();
            for fate in fates {
                segment.mark(fate);
            }
            let path = segment.path().to_owned();
            segment.finish();
            assert_eq!(std::fs::read(&path).unwrap(), b"{\"v\":3}\n");
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
    fn it_is_nobody_elses_while_it_is_open_and_for_no_other_eyes() {
        let directory = tempfile::tempdir().unwrap();
        let segment = Segment::begin(directory.path(), 1).unwrap();
        let path = segment.path().to_owned();
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        assert!(Segment::take(&path).unwrap().is_none());
        drop(segment);
        assert!(Segment::take(&path).unwrap().is_some());
    }
}

//! One file of a spool: lines of JSON, appended to by its owner alone.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::private;

/// A segment is `audit-<uuid>.jsonl`; in the order of their names they were begun.
const PREFIX: &str = "audit-";
const SUFFIX: &str = ".jsonl";
/// What is kept for somebody to look at.
const DAMAGED: &str = "jsonl.damaged";

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
    /// The database refused an event in it for good: the file is kept.
    pub(super) keep: bool,
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
        Err(io::Error::other("other servers take every new file away"))
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
        Self { file, path, number, length, torn: false, pending: 0, keep: false }
    }

    /// Whether a file of that name is one.
    pub(super) fn is_name(name: &str) -> bool {
        name.starts_with(PREFIX) && name.ends_with(SUFFIX)
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

    /// Somebody has removed the file: what is written to it is lost with the process.
    pub(super) fn is_gone(&self) -> bool {
        is_gone(&self.file).unwrap_or(true)
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

    /// Removes the file, or puts it aside if somebody must look at it.
    pub(super) fn finish(self) {
        let done = if self.keep {
            let aside = self.path.with_extension(DAMAGED);
            log::error!("audit events that could not be stored are kept in {}", aside.display());
            std::fs::rename(&self.path, aside)
        } else {
            std::fs::remove_file(&self.path)
        };
        if let Err(error) = done {
            log::warn!("{}: {error}", self.path.display());
        }
    }
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

//! A journal on disk of the finished parts of a transfer: a header line, then one line per part.
//!
//! Lines are only appended, so that the journal is readable however the process ends; an incomplete
//! last line is ignored. An open journal is locked against other transfers.

use std::fs::{File as StdFile, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use crate::TransferError;
use crate::keep::is_ours;
use crate::private;
use crate::target::refuse_special;

/// The first line. A file that does not begin with it belongs to the user, and is not overwritten.
const MAGIC: &str = "sail-cargo journal 1\n";
/// Maximum size of a journal. 10,000 lines for parts are smaller.
const MAX_BYTES: u64 = 16 << 20;

/// An open and locked journal.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
}

/// The content of an earlier transfer's journal: its header, and the finished parts.
pub(crate) type Earlier<H, L> = Option<(H, Vec<L>)>;

impl Journal {
    /// Opens the journal at `path`, or creates it, and reads it.
    pub(crate) async fn open<H, L>(path: PathBuf) -> Result<(Self, Earlier<H, L>), TransferError>
    where
        H: DeserializeOwned + Send + 'static,
        L: DeserializeOwned + Send + 'static,
    {
        let opened = tokio::task::spawn_blocking(move || {
            let opened = open(&path);
            (path, opened)
        });
        let (path, opened) = opened.await.map_err(|_| TransferError::Cancelled)?;
        match opened {
            Ok(Some((file, earlier))) => Ok((Self { file: File::from_std(file), path }, earlier)),
            Ok(None) => Err(TransferError::Busy { path }),
            Err(error) => Err(TransferError::file(&path)(error)),
        }
    }

    /// Discards the content, and writes the header of a new transfer.
    pub(crate) async fn begin(&mut self, header: &impl Serialize) -> Result<(), TransferError> {
        let emptied = async {
            self.file.set_len(0).await?;
            tokio::io::AsyncSeekExt::rewind(&mut self.file).await?;
            self.file.write_all(MAGIC.as_bytes()).await
        };
        emptied.await.map_err(TransferError::file(&self.path))?;
        self.append(header).await
    }

    /// Appends a line. When this returns, it is on the disk.
    pub(crate) async fn append(&mut self, line: &impl Serialize) -> Result<(), TransferError> {
        let written = async {
            let mut text = serde_json::to_vec(line)?;
            text.push(b'\n');
            self.file.write_all(&text).await?;
            self.file.flush().await?;
            self.file.sync_data().await
        };
        written.await.map_err(TransferError::file(&self.path))
    }

    /// Deletes the journal of a finished transfer. A failure is ignored, because the journal does
    /// no harm.
    pub(crate) async fn remove(self) {
        drop(tokio::fs::remove_file(&self.path).await);
    }
}

/// Opens and reads a journal; `None` if another transfer has locked it.
fn open<H: DeserializeOwned, L: DeserializeOwned>(
    path: &Path,
) -> io::Result<Option<(StdFile, Earlier<H, L>)>> {
    refuse_special(path)?;
    let mut options = private::options();
    let mut file = options.read(true).write(true).create(true).truncate(false).open(path)?;
    if !is_ours(&file.metadata()?) {
        let why = "belongs to another user, or has a second name (hard link)";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let mut bytes = Vec::new();
    (&mut file).take(MAX_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes).unwrap_or_else(|_| "no journal".to_owned());
    // The first line may be incomplete as well.
    let lines = match text.strip_prefix(MAGIC) {
        Some(lines) => lines,
        None if MAGIC.starts_with(&text) => "",
        None => {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "is not a transfer journal"));
        }
    };
    let (earlier, whole) = read(lines);
    file.set_len(if earlier.is_some() { MAGIC.len() as u64 + whole } else { 0 })?;
    file.seek(SeekFrom::End(0))?;
    Ok(Some((file, earlier)))
}

/// Parses the header and all complete lines, and returns their length in bytes.
fn read<H: DeserializeOwned, L: DeserializeOwned>(text: &str) -> (Earlier<H, L>, u64) {
    let mut lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let header = lines.next().and_then(|line| Some((serde_json::from_str(line).ok()?, line)));
    let Some((header, first)) = header else { return (None, 0) };
    let mut whole = first.len();
    let mut done = Vec::new();
    for line in lines {
        let Ok(read) = serde_json::from_str(line) else { break };
        done.push(read);
        whole += line.len();
    }
    (Some((header, done)), whole as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_written_is_read_again_up_to_a_torn_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let (mut journal, none) = Journal::open::<String, u32>(path.clone()).await.unwrap();
        assert_eq!(none, None);
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::MetadataExt::mode(&path.metadata().unwrap());
            assert_eq!(mode & 0o777, 0o600, "names and places are nobody else's");
        }
        journal.begin(&"first").await.unwrap();
        journal.append(&1).await.unwrap();
        journal.begin(&"second").await.unwrap();
        journal.append(&2).await.unwrap();
        journal.append(&3).await.unwrap();
        let busy = Journal::open::<String, u32>(path.clone()).await;
        assert!(matches!(busy, Err(TransferError::Busy { .. })));
        drop(journal);

        let torn = std::fs::read_to_string(&path).unwrap() + "4";
        std::fs::write(&path, torn).unwrap();
        let (mut journal, earlier) = Journal::open::<String, u32>(path.clone()).await.unwrap();
        assert_eq!(earlier, Some(("second".to_owned(), vec![2, 3])));
        journal.append(&5).await.unwrap();
        drop(journal);
        let (journal, earlier) = Journal::open::<String, u32>(path.clone()).await.unwrap();
        assert_eq!(earlier.unwrap().1, [2, 3, 5]);
        journal.remove().await;
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn what_was_torn_at_its_beginning_is_begun_anew() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        for torn in ["", "sail-ca", MAGIC, &format!("{MAGIC}\"tor"), &format!("{MAGIC}17\n1\n")] {
            std::fs::write(&path, torn).unwrap();
            let (mut journal, earlier) = Journal::open::<String, u32>(path.clone()).await.unwrap();
            assert_eq!(earlier, None);
            journal.begin(&"new").await.unwrap();
            drop(journal);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{MAGIC}\"new\"\n"));
        }
    }

    #[tokio::test]
    async fn a_file_that_is_not_a_journal_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let (path, link) = (directory.path().join("film"), directory.path().join("link"));
        for content in [b"a film".as_slice(), b"\xff\xfe\n", b"{}\n"] {
            std::fs::write(&path, content).unwrap();
            let refused = Journal::open::<String, u32>(path.clone()).await;
            assert!(matches!(refused, Err(TransferError::File { .. })), "{refused:?}");
            assert_eq!(std::fs::read(&path).unwrap(), content);
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(directory.path().join("nothing"), &link).unwrap();
            let refused = Journal::open::<String, u32>(link).await;
            assert!(matches!(refused, Err(TransferError::File { .. })), "{refused:?}");
        }
    }
}

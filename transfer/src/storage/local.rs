//! A local directory in the role of a bucket.

use std::io;
use std::path::{Path, PathBuf};

use aws_sdk_s3::primitives::ByteStream;
use futures_util::{StreamExt, TryStreamExt, stream};
use tempfile::TempPath;
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;
use url::Url;

use super::content::Chunks;
use super::walk::walk;
use super::{Content, Objects, StorageError, path};
use crate::private;

/// Maximum number of attempts to create a directory that concurrent deletions remove again. Each
/// failed attempt means that a deletion succeeded, so that even on the busiest machine some call
/// makes progress.
const ATTEMPTS: u32 = 1000;

/// A directory with one file per object.
#[derive(Debug, Clone)]
pub(super) struct Local {
    /// The directory: absolute, without links.
    root: PathBuf,
}

impl Local {
    /// Creates the directory, unless it exists.
    pub(super) fn open(directory: &Path) -> Result<Self, StorageError> {
        let failed = |error| StorageError::io(directory, error);
        private::directory(directory).map_err(failed)?;
        Ok(Self { root: directory.canonicalize().map_err(failed)? })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn url(&self, key: &str) -> Result<Url, StorageError> {
        let path = self.path(key);
        Url::from_file_path(&path)
            .map_err(|()| StorageError::io(&path, io::Error::other("the path is not absolute")))
    }

    /// Atomically replaces the object with all of `content`.
    pub(super) async fn put(&self, content: Content, key: &str) -> Result<Url, StorageError> {
        let (root, path) = (self.root.clone(), self.path(key));
        let chunks = content.source.chunks().await?;
        let unfinished = blocking(&self.root, move || unfinished(&root)).await?;
        let (file, temporary) = unfinished.into_parts();
        fill(File::from_std(file), chunks, &temporary).await?;
        let to = path.clone();
        blocking(&path, move || settle(temporary, &to)).await?;
        self.url(key)
    }

    pub(super) async fn get(&self, key: &str) -> Result<ByteStream, StorageError> {
        let path = self.path(key);
        let not_found = || StorageError::NotFound { key: key.to_owned() };
        let at = path.clone();
        // As in a listing, only regular files are objects. Opening a pipe would block.
        if !blocking(&path, move || is_object(&at)).await? {
            return Err(not_found());
        }
        let opened = OpenOptions::from(private::no_link()).read(true).open(&path).await;
        let file = opened.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => not_found(),
            _ if private::is_link(&error) => not_found(),
            _ => StorageError::io(&path, error),
        })?;
        // The stream reads from the open file: a concurrent upload creates another file.
        let stream = ByteStream::read_from().file(file).build().await;
        stream.map_err(|error| StorageError::io(&path, io::Error::other(error)))
    }

    pub(super) fn list(&self, prefix: String) -> Objects {
        let root = self.root.clone();
        let objects = async move {
            let walked = tokio::task::spawn_blocking(move || walk(&root, &prefix)).await;
            let walked = walked.unwrap_or_else(|panic| Err((PathBuf::new(), panic.into())));
            let objects = walked.map_err(|(path, error)| StorageError::io(&path, error))?;
            Ok::<_, StorageError>(stream::iter(objects.into_iter().map(Ok)))
        };
        Objects::new(stream::once(objects).try_flatten())
    }

    pub(super) async fn delete(&self, key: &str) -> Result<(), StorageError> {
        let (root, path) = (self.root.clone(), self.path(key));
        blocking(&path.clone(), move || remove(&path, &root)).await
    }

    fn path(&self, key: &str) -> PathBuf {
        self.root.join(path::of(key))
    }
}

/// A new file outside of all objects. It is deleted when it is dropped.
fn unfinished(root: &Path) -> io::Result<tempfile::NamedTempFile> {
    private::directory(root)?;
    tempfile::Builder::new().prefix(path::UNFINISHED).tempfile_in(root)
}

/// Writes `chunks`, and syncs them to the disk.
async fn fill(mut file: File, mut chunks: Chunks, path: &Path) -> Result<(), StorageError> {
    let failed = |error| StorageError::io(path, error);
    while let Some(chunk) = chunks.next().await {
        file.write_all(&chunk.map_err(StorageError::Stream)?).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)?;
    file.sync_all().await.map_err(failed)
}

/// Moves a finished file into place. Its directories may be removed at the same time.
fn settle(mut file: TempPath, path: &Path) -> io::Result<()> {
    if path.symlink_metadata().is_ok_and(|there| !there.is_file()) {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "is not a regular file"));
    }
    for _ in 0..ATTEMPTS {
        let error = match path.parent().map_or(Ok(()), make) {
            Err(error) => error,
            Ok(()) => match file.persist(path) {
                Ok(()) => return Ok(()),
                Err(error) => {
                    file = error.path;
                    error.error
                }
            },
        };
        if error.kind() != io::ErrorKind::NotFound {
            return Err(error);
        }
    }
    Err(io::ErrorKind::NotFound.into())
}

/// Creates a directory and its parents. Returns `NotFound` if one is removed at the same time.
fn make(directory: &Path) -> io::Result<()> {
    match private::directory(directory) {
        // Another process created the directory first, and then it was removed before the check.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !is_in_the_way(directory) => {
            Err(io::ErrorKind::NotFound.into())
        }
        made => made,
    }
}

/// Whether the name is taken by something other than a directory.
fn is_in_the_way(directory: &Path) -> bool {
    directory.symlink_metadata().is_ok_and(|there| !there.is_dir())
}

/// Whether a regular file exists at `path`.
fn is_object(path: &Path) -> io::Result<bool> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        there => Ok(there?.is_file()),
    }
}

/// Deletes a file, and the directories below `root` that become empty.
fn remove(path: &Path, root: &Path) -> io::Result<()> {
    if !is_object(path)? {
        return Ok(());
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        done => done?,
    }
    let mut above = path.ancestors().skip(1).take_while(|directory| *directory != root);
    // Stops at the first directory that is not empty.
    above.all(|directory| std::fs::remove_dir(directory).is_ok());
    Ok(())
}

/// Runs blocking `work` on `path` in another thread.
async fn blocking<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, StorageError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|panic| Err(panic.into())).map_err(|error| StorageError::io(path, error))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn a_directory_that_is_removed_while_it_is_made_is_not_found_and_never_in_the_way() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("a/b");
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        std::fs::remove_dir(&inner).ok();
                        std::fs::remove_dir(root.path().join("a")).ok();
                    }
                });
            }
            let makers = [(); 2].map(|()| {
                scope.spawn(|| {
                    let kinds = (0..20_000).filter_map(|_| make(&inner).err()).map(|e| e.kind());
                    kinds.filter(|kind| *kind != io::ErrorKind::NotFound).collect::<Vec<_>>()
                })
            });
            let failed = makers.map(|maker| maker.join().unwrap());
            is_over.store(true, Ordering::Relaxed);
            assert_eq!(failed, [[], []]);
        });
    }

    #[test]
    fn a_file_in_the_place_of_a_directory_is_in_the_way() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("a");
        std::fs::write(&file, "x").unwrap();
        assert_eq!(make(&file).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(make(&file.join("b")).unwrap_err().kind(), io::ErrorKind::NotADirectory);
    }
}

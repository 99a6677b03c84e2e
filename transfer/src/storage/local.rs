//! A directory in place of a bucket.

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

/// How often a directory is made that deletions take away again: each time one of those has done
/// what it should, so that on the busiest machine somebody gets on.
const ATTEMPTS: u32 = 1000;

/// Files below a directory, a file for each object.
#[derive(Debug, Clone)]
pub(super) struct Local {
    /// Absolute, and free of links.
    root: PathBuf,
}

impl Local {
    /// Makes the directory, if it is not there.
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

    /// Puts all of `content` in the place of what was there, or nothing.
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
        // As in a listing, what is no regular file is no object. Opening a pipe would wait.
        if !blocking(&path, move || is_object(&at)).await? {
            return Err(not_found());
        }
        let opened = OpenOptions::from(private::no_link()).read(true).open(&path).await;
        let file = opened.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => not_found(),
            _ if private::is_link(&error) => not_found(),
            _ => StorageError::io(&path, error),
        })?;
        // The open file: what is uploaded meanwhile is another one.
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

/// A new file beside all objects, which is deleted when it is dropped.
fn unfinished(root: &Path) -> io::Result<tempfile::NamedTempFile> {
    private::directory(root)?;
    tempfile::Builder::new().prefix(path::UNFINISHED).tempfile_in(root)
}

/// Writes `chunks` down to the disk.
async fn fill(mut file: File, mut chunks: Chunks, path: &Path) -> Result<(), StorageError> {
    let failed = |error| StorageError::io(path, error);
    while let Some(chunk) = chunks.next().await {
        file.write_all(&chunk.map_err(StorageError::Stream)?).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)?;
    file.sync_all().await.map_err(failed)
}

/// Gives a finished file its place. Its directories may be emptied and removed at the same time.
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

/// Makes a directory, and those above it. One that is taken away while it is made is not found.
fn make(directory: &Path) -> io::Result<()> {
    match private::directory(directory) {
        // Somebody was quicker, and somebody else has removed it before it was looked at.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !is_in_the_way(directory) => {
            Err(io::ErrorKind::NotFound.into())
        }
        made => made,
    }
}

/// Whether something else than a directory has the name.
fn is_in_the_way(directory: &Path) -> bool {
    directory.symlink_metadata().is_ok_and(|there| !there.is_dir())
}

/// Whether a regular file is there.
fn is_object(path: &Path) -> io::Result<bool> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        there => Ok(there?.is_file()),
    }
}

/// Removes a file, and the directories below `root` that are empty without it.
fn remove(path: &Path, root: &Path) -> io::Result<()> {
    if !is_object(path)? {
        return Ok(());
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        done => done?,
    }
    let mut above = path.ancestors().skip(1).take_while(|directory| *directory != root);
    // One that is not empty stays, and those it is in.
    above.all(|directory| std::fs::remove_dir(directory).is_ok());
    Ok(())
}

/// Does `work`, which is about `path`, where waiting is allowed.
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

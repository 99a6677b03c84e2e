//! Reads and writes pipes and devices.
//!
//! Opening a pipe blocks until its other end is opened, possibly forever. So each has its own
//! thread, for which a runtime does not wait at its end.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;

use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::sync::{mpsc, oneshot};

use crate::refused::refused;

/// Bytes per read: the capacity of a pipe on Linux.
const CHUNK: usize = 64 * 1024;

/// A pipe or device that is written to, in order.
#[derive(Debug)]
pub(crate) struct Writer {
    chunks: mpsc::Sender<Bytes>,
    ended: oneshot::Receiver<io::Result<()>>,
}

impl Writer {
    /// Starts opening `path`.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let (chunks, from) = mpsc::channel(1);
        let (end, ended) = oneshot::channel();
        let path = path.to_owned();
        thread::Builder::new().spawn(move || drop(end.send(write(&path, from))))?;
        Ok(Self { chunks, ended })
    }

    /// Passes `bytes` to the thread.
    pub(crate) async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
        match self.chunks.send(bytes).await {
            Ok(()) => Ok(()),
            Err(_) => (&mut self.ended).await.unwrap_or_else(|_| Err(gone())),
        }
    }

    /// Waits until everything is written.
    pub(crate) async fn finish(self) -> io::Result<()> {
        drop(self.chunks);
        self.ended.await.unwrap_or_else(|_| Err(gone()))
    }
}

fn write(path: &Path, mut chunks: mpsc::Receiver<Bytes>) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    if file.metadata()?.is_file() {
        return Err(refused("is a regular file now"));
    }
    while let Some(bytes) = chunks.blocking_recv() {
        file.write_all(&bytes)?;
    }
    file.flush()?;
    if is_block_device(&file)? { file.sync_all() } else { Ok(()) }
}

/// Reads `path` to its end.
pub(crate) fn read(path: PathBuf) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let (to, from) = mpsc::channel(1);
    let told = to.clone();
    let spawned = thread::Builder::new().spawn(move || {
        let last = pump(&path, &to).map(|()| Bytes::new());
        drop(to.blocking_send(last));
    });
    if let Err(error) = spawned {
        drop(told.try_send(Err(error)));
    }
    stream::unfold(Some(from), |from| async {
        let mut from = from?;
        match from.recv().await {
            // Empty bytes mark the end. If the thread ends without them, it failed.
            Some(Ok(bytes)) if bytes.is_empty() => None,
            Some(Ok(bytes)) => Some((Ok(bytes), Some(from))),
            Some(Err(error)) => Some((Err(error), None)),
            None => Some((Err(gone()), None)),
        }
    })
}

/// Reads to the end, or until the receiver is dropped.
fn pump(path: &Path, to: &mpsc::Sender<io::Result<Bytes>>) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; CHUNK];
    loop {
        let length = match file.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            length => length?,
        };
        let bytes = Bytes::copy_from_slice(&buffer[..length]);
        if bytes.is_empty() || to.blocking_send(Ok(bytes)).is_err() {
            return Ok(());
        }
    }
}

fn gone() -> io::Error {
    io::Error::other("the thread has ended")
}

#[cfg(unix)]
fn is_block_device(file: &File) -> io::Result<bool> {
    Ok(std::os::unix::fs::FileTypeExt::is_block_device(&file.metadata()?.file_type()))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it has to be looked at")]
fn is_block_device(_: &File) -> io::Result<bool> {
    Ok(false)
}

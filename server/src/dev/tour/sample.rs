//! The file that the tour uploads and downloads.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt as _;

use crate::private;

/// A file of non-repeating bytes, removed when dropped.
pub(super) struct Sample {
    path: PathBuf,
    size: u64,
    hash: [u8; 32],
}

impl Sample {
    /// Writes `size` bytes to a file in `directory`.
    pub(super) async fn write(directory: &Path, size: u64) -> io::Result<Self> {
        let path = directory.join("tour-upload.bin");
        let options = private::options().write(true).create(true).truncate(true).clone();
        let mut file = tokio::fs::OpenOptions::from(options).open(&path).await?;
        let mut hash = Sha256::new();
        let mut block = Sha256::digest(b"sail-cargo tour");
        let mut written = 0;
        while written < size {
            let mut chunk = Vec::with_capacity(64 * 1024);
            while chunk.len() < 64 * 1024 {
                block = Sha256::digest(block);
                chunk.extend_from_slice(&block);
            }
            let rest = usize::try_from(size - written).unwrap_or(usize::MAX);
            chunk.truncate(rest);
            file.write_all(&chunk).await?;
            hash.update(&chunk);
            written += chunk.len() as u64;
        }
        file.flush().await?;
        Ok(Self { path, size, hash: hash.finalize().into() })
    }

    /// A body that streams the file, with a progress bar on a terminal. A retry reads the file
    /// again.
    pub(super) async fn upload_body(&self) -> Result<ByteStream, Box<dyn std::error::Error>> {
        let file = ByteStream::from_path(&self.path).await?;
        let size = self.size;
        Ok(file
            .into_inner()
            .map(move |body| {
                SdkBody::from_body_1_x(Watched { body, bar: progress_bar(size, "uploading") })
            })
            .into())
    }

    /// Reads a download to its end and compares it with the file.
    pub(super) async fn compare(
        &self,
        mut body: ByteStream,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let bar = progress_bar(self.size, "downloading");
        let (mut hash, mut length) = (Sha256::new(), 0);
        while let Some(chunk) = body.next().await {
            let chunk = chunk?;
            hash.update(&chunk);
            length += chunk.len() as u64;
            bar.inc(chunk.len() as u64);
        }
        bar.finish_and_clear();
        if length == self.size && hash.finalize().as_slice() == self.hash {
            Ok(())
        } else {
            Err(format!("{length} bytes came back, and they differ").into())
        }
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        std::fs::remove_file(&self.path).ok();
    }
}

fn progress_bar(size: u64, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("  {msg} {bar:40} {bytes}/{total_bytes}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(size).with_style(style).with_message(what)
}

/// A body that moves a progress bar.
struct Watched {
    body: SdkBody,
    bar: ProgressBar,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = aws_smithy_types::body::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            self.bar.inc(data.len() as u64);
        }
        if let Poll::Ready(None) = &polled {
            self.bar.finish_and_clear();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        Body::is_end_stream(&self.body)
    }

    fn size_hint(&self) -> SizeHint {
        Body::size_hint(&self.body)
    }
}

//! Fetches a part of an object into a file, a pipe or a device.

use std::io::{self, SeekFrom};
use std::path::PathBuf;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use bytes::Bytes;
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;

use crate::TransferError;
use crate::node::Writer;
use crate::object::ObjectLocation;
use crate::plan::Part;
use crate::private;
use crate::progress::Watch;
use crate::verify::{Sum, Verified};

/// Maximum number of consecutive requests for a part without progress, if its body breaks off. The
/// SDK retries only until a response begins.
const ATTEMPTS: u32 = 3;

/// The source and destination of a download.
#[derive(Debug, Clone)]
pub(crate) struct Fetch {
    pub(crate) s3: Client,
    pub(crate) location: ObjectLocation,
    /// The object's ETag when the download began.
    pub(crate) e_tag: Option<String>,
    /// The length of the whole object.
    pub(crate) length: u64,
    pub(crate) path: PathBuf,
    pub(crate) watch: Watch,
}

impl Fetch {
    /// Fetches `part` to its place in the file. When this returns, it is on the disk. When this
    /// fails or is stopped, no write is under way any more.
    pub(crate) async fn part(
        &self,
        part: Part,
        stop: &CancellationToken,
    ) -> Result<Part, TransferError> {
        let mut options = OpenOptions::from(private::no_link());
        let file = options.write(true).open(&self.path).await;
        let mut file = file.map_err(TransferError::file(&self.path))?;
        let found = file.seek(SeekFrom::Start(part.offset)).await;
        found.map_err(TransferError::file(&self.path))?;
        let mut sink = Sink::File(file);
        let filled = stop.run_until_cancelled(self.fill(part, &mut sink)).await;
        if let Err(error) = filled.unwrap_or(Err(TransferError::Cancelled)) {
            sink.written().await;
            return Err(error);
        }
        sink.finish().await.map_err(TransferError::file(&self.path))?;
        Ok(part)
    }

    /// Fetches `part` into `sink`. If a body breaks off, requests the rest.
    pub(crate) async fn fill(&self, part: Part, sink: &mut Sink) -> Result<(), TransferError> {
        let (mut done, mut attempts) = (0, 0);
        while done < part.length {
            let before = done;
            match self.rest(part, &mut done, sink).await {
                Ok(()) => {}
                Err(Broken::ForGood(error)) => return Err(error),
                Err(Broken::Off(error)) => {
                    attempts = if done > before { 1 } else { attempts + 1 };
                    if attempts == ATTEMPTS {
                        return Err(error);
                    }
                }
            }
        }
        Ok(())
    }

    /// Requests the rest of `part`, and writes it as it arrives.
    async fn rest(&self, part: Part, done: &mut u64, sink: &mut Sink) -> Result<(), Broken> {
        let written = TransferError::file(&self.path);
        let start = part.offset + *done;
        let mut body = self.ask(start, part.offset + part.length - 1).await?.body;
        while *done < part.length {
            let bytes = match body.try_next().await {
                Ok(Some(bytes)) => bytes,
                Ok(None) => return Err(Broken::Off(broken_off("it ended early".into()))),
                Err(error) => return Err(Broken::Off(broken_off(error.into()))),
            };
            let length = bytes.len() as u64;
            if length > part.length - *done {
                return Err(self.corrupt(part).into());
            }
            if let Err(error) = sink.write(bytes).await {
                return Err(written(error).into());
            }
            *done += length;
            self.watch.add(length);
        }
        Ok(())
    }

    /// Requests the bytes from `first` to `last`, of the same version of the object.
    async fn ask(&self, first: u64, last: u64) -> Result<GetObjectOutput, TransferError> {
        let whole = first == 0 && last + 1 == self.length;
        let get = self.s3.get_object().bucket(&self.location.bucket).key(&self.location.key);
        let get = get.set_if_match(self.e_tag.clone());
        let get = if whole { get } else { get.range(format!("bytes={first}-{last}")) };
        let got = get.send().await.map_err(TransferError::s3("GetObject"));
        let got =
            got.map_err(|error| if error.is_precondition() { self.changed() } else { error })?;
        // Some storages ignore `if-match`.
        if got.e_tag != self.e_tag {
            return Err(self.changed());
        }
        let range = format!("bytes {first}-{last}/{}", self.length);
        if !whole && got.content_range() != Some(range.as_str()) {
            let what = format!("bytes {first}-{last} of {}", self.location.name());
            return Err(TransferError::Corrupt { what });
        }
        Ok(got)
    }

    fn changed(&self) -> TransferError {
        TransferError::Changed { what: self.location.name() }
    }

    fn corrupt(&self, part: Part) -> TransferError {
        let what = format!("part {} of {}", part.number, self.location.name());
        TransferError::Corrupt { what }
    }
}

/// A destination for bytes in order.
pub(crate) enum Sink {
    File(File),
    /// A pipe or device cannot be read back: the digest is computed on the way.
    Node(Writer, Box<Sum>),
}

impl Sink {
    async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
        match self {
            Self::File(file) => file.write_all(&bytes).await,
            Self::Node(writer, sum) => {
                sum.feed(&bytes);
                writer.write(bytes).await
            }
        }
    }

    /// Waits for the last write to a file: tokio's pool writes it even if nobody waits.
    async fn written(self) {
        if let Self::File(mut file) = self {
            drop(file.flush().await);
        }
    }

    /// Completes the destination: when this returns, all bytes are on the disk or with the reader.
    /// `None` if the digest of a pipe or device does not match S3's. A file's digest is not
    /// computed here.
    pub(crate) async fn finish(self) -> io::Result<Option<Verified>> {
        match self {
            Self::File(mut file) => {
                file.flush().await?;
                file.sync_data().await?;
                Ok(Some(Verified::Length))
            }
            Self::Node(writer, sum) => {
                writer.finish().await?;
                Ok(sum.end())
            }
        }
    }
}

/// How a request for a part failed.
enum Broken {
    /// The body broke off: the rest can be requested again.
    Off(TransferError),
    ForGood(TransferError),
}

impl From<TransferError> for Broken {
    fn from(error: TransferError) -> Self {
        Self::ForGood(error)
    }
}

fn broken_off(source: crate::error::BoxError) -> TransferError {
    let message = Some("the answer was cut off".to_owned());
    TransferError::S3 { operation: "GetObject", code: None, message, source }
}

//! A part of an object, fetched into its place in a file, or written as it comes.

use std::io::{self, SeekFrom};
use std::path::PathBuf;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use bytes::Bytes;
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use crate::TransferError;
use crate::node::Writer;
use crate::object::ObjectLocation;
use crate::plan::Part;
use crate::private;
use crate::progress::Watch;
use crate::verify::{Sum, Verified};

/// How often a part is asked for again, without a byte in between, when its body breaks off. The
/// SDK retries only until an answer begins.
const ATTEMPTS: u32 = 3;

/// What to fetch from where to where.
#[derive(Debug, Clone)]
pub(crate) struct Fetch {
    pub(crate) s3: Client,
    pub(crate) location: ObjectLocation,
    /// Of the object as it was when the download began.
    pub(crate) e_tag: Option<String>,
    /// Of the whole object.
    pub(crate) length: u64,
    pub(crate) path: PathBuf,
    pub(crate) watch: Watch,
}

impl Fetch {
    /// Fetches `part` into its place in the file, and has it on the disk when this returns.
    pub(crate) async fn part(&self, part: Part) -> Result<Part, TransferError> {
        let mut options = OpenOptions::from(private::no_link());
        let file = options.write(true).open(&self.path).await;
        let mut file = file.map_err(TransferError::file(&self.path))?;
        let found = file.seek(SeekFrom::Start(part.offset)).await;
        found.map_err(TransferError::file(&self.path))?;
        let mut sink = Sink::File(file);
        self.fill(part, &mut sink).await?;
        sink.finish().await.map_err(TransferError::file(&self.path))?;
        Ok(part)
    }

    /// Fetches `part` into `sink`. What breaks off is asked for again from there.
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

    /// Asks for what is left of `part`, and writes it as it comes.
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

    /// Asks for the bytes from `first` to `last`, of the same object as before.
    async fn ask(&self, first: u64, last: u64) -> Result<GetObjectOutput, TransferError> {
        let whole = first == 0 && last + 1 == self.length;
        let get = self.s3.get_object().bucket(&self.location.bucket).key(&self.location.key);
        let get = get.set_if_match(self.e_tag.clone());
        let get = if whole { get } else { get.range(format!("bytes={first}-{last}")) };
        let got = get.send().await.map_err(TransferError::s3("GetObject"));
        let got =
            got.map_err(|error| if error.is_precondition() { self.changed() } else { error })?;
        // Some storages do not look at `if-match`.
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

/// Where bytes go, one after the other.
pub(crate) enum Sink {
    File(File),
    /// What cannot be read back is summed up on its way.
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

    /// Has all of it on the disk, or with whoever reads, when this returns. None where the sum is not
    /// what S3 claims; of a file there is none to be made here.
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

/// How a part came to no end.
enum Broken {
    /// Its body broke off: it may be asked for again.
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

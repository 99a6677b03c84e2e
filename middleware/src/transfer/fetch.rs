//! A part of an object, fetched into its place in a file.

use std::io::SeekFrom;
use std::path::PathBuf;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use super::TransferError;
use super::object::Place;
use super::plan::Part;
use super::progress::Watch;
use crate::private;

/// How often a part is asked for again, without a byte in between, when its body breaks off. The
/// SDK retries only until an answer begins.
const ATTEMPTS: u32 = 3;

/// What to fetch from where to where.
#[derive(Debug, Clone)]
pub(super) struct Fetch {
    pub(super) s3: Client,
    pub(super) place: Place,
    /// Of the object as it was when the download began.
    pub(super) e_tag: Option<String>,
    /// Of the whole object.
    pub(super) length: u64,
    pub(super) path: PathBuf,
    pub(super) watch: Watch,
}

impl Fetch {
    /// Fetches `part`, and has it on the disk when this returns.
    pub(super) async fn part(&self, part: Part) -> Result<Part, TransferError> {
        let mut file = OpenOptions::from(private::no_link())
            .write(true)
            .open(&self.path)
            .await
            .map_err(TransferError::file(&self.path))?;
        let (mut done, mut attempts) = (0, 0);
        while done < part.length {
            let before = done;
            match self.rest(part, &mut done, &mut file).await {
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
        file.flush().await.map_err(TransferError::file(&self.path))?;
        file.sync_data().await.map_err(TransferError::file(&self.path))?;
        Ok(part)
    }

    /// Asks for what is left of `part`, and writes it as it comes.
    async fn rest(&self, part: Part, done: &mut u64, file: &mut File) -> Result<(), Broken> {
        let written = TransferError::file(&self.path);
        let start = part.offset + *done;
        let mut body = self.ask(start, part.offset + part.length - 1).await?.body;
        if let Err(error) = file.seek(SeekFrom::Start(start)).await {
            return Err(written(error).into());
        }
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
            if let Err(error) = file.write_all(&bytes).await {
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
        let get = self.s3.get_object().bucket(&self.place.bucket).key(&self.place.key);
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
            let what = format!("bytes {first}-{last} of {}", self.place.name());
            return Err(TransferError::Corrupt { what });
        }
        Ok(got)
    }

    fn changed(&self) -> TransferError {
        TransferError::Changed { what: self.place.name() }
    }

    fn corrupt(&self, part: Part) -> TransferError {
        let what = format!("part {} of {}", part.number, self.place.name());
        TransferError::Corrupt { what }
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

fn broken_off(source: super::error::BoxError) -> TransferError {
    let message = Some("the answer broke off".to_owned());
    TransferError::S3 { operation: "GetObject", code: None, message, source }
}

#![cfg_attr(feature = "storage", doc = include_str!("../README.md"))]
//!
//! # Transfers
//!
//! ```no_run
//! use sail_cargo_transfer::{CancellationToken, Transfers};
//!
//! # async fn example(s3: aws_sdk_s3::Client) -> Result<(), Box<dyn std::error::Error>> {
//! let transfers = Transfers::new(s3);
//! let stop = CancellationToken::new(); // `stop.cancel()`, from anywhere
//!
//! let up = transfers
//!     .upload_file("film.mkv", "photos", "2026/film.mkv")
//!     .content_type("video/x-matroska")
//!     .resume_with("film.mkv.upload") // a second call goes on where this one failed
//!     .on_progress(|done| println!("{} of {:?} bytes", done.bytes, done.total))
//!     .cancel_on(stop.clone())
//!     .await?;
//! println!("{} bytes, verified by {:?}", up.bytes, up.verified);
//!
//! // Goes on where an earlier call failed by itself.
//! transfers.download_file("photos", "2026/film.mkv", "copy.mkv").cancel_on(stop).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Every request is signed by Cargo. What the caller's grants do not allow fails at once, with
//! [`RemoteSigningError`](middleware::RemoteSigningError) among the sources of the [`TransferError`].
//!
//! ## What is verified
//!
//! Each part goes up with its SHA-256 in the signature and a CRC-64/NVME beside it, which S3
//! checks; what S3 answers (checksum, ETag) is compared with what was sent. The whole object gets
//! a CRC-64/NVME of all of it, where the storage keeps one. A download is read back from the disk
//! and compared with what S3 says of the object: its checksum, or its ETag where that is an MD5.
//! Some storages say neither: [`Verified`] tells what it came to.
//!
//! ## Memory, and what is left behind
//!
//! An upload holds as many parts in memory as go at once ([`parallel`](Transfers::parallel) of
//! [`part_size`](Transfers::part_size): 4 of 8 MiB), a download next to nothing. A stream's
//! parts grow with its length. An upload that
//! fails or is cancelled is aborted in S3, so that no part of it is kept and billed; with
//! [`resume_with`](UploadFile::resume_with) it is kept, for the next call. A download that fails
//! when parts of it are there leaves `NAME.sail-part` and `NAME.sail-part.journal` beside the target,
//! for the next call; what they say counts only if S3 vouches for the whole. A long `NAME` is cut.
//! Whoever derives names of files from keys must not take such names from them: [`is_partial`].
//!
//! ## What is no regular file
//!
//! A pipe or a device is read and written as it comes, and nothing of it can be resumed. A download
//! never takes the place of one. A file that is replaced keeps its mode, its owner and its extended
//! attributes; where it has other names, or the caller may not give files to its owner, it is written
//! over in place, when all is there. A link stays a link. A link to nothing, a directory, a socket,
//! and the open file of a process (`/proc/self/fd/1`) are refused.

mod copied_from;
mod copy;
mod digest;
mod download;
mod error;
mod fetch;
mod journal;
mod keep;
mod multipart;
mod names;
mod node;
mod object;
mod partial;
mod percent;
mod pieces;
mod plan;
mod private;
mod progress;
mod refused;
mod send;
#[cfg(feature = "storage")]
pub mod storage;
mod target;
mod transfers;
mod upload_file;
mod upload_stream;
mod verify;

pub use copy::{Copied, CopyObject};
pub use download::{DownloadFile, Downloaded};
pub use error::TransferError;
pub use progress::Progress;
pub use sail_cargo_middleware as middleware;
pub use send::Uploaded;
pub use tokio_util::sync::CancellationToken;
pub use transfers::Transfers;
pub use upload_file::UploadFile;
pub use upload_stream::UploadStream;
pub use verify::Verified;

/// Whether a file of that name belongs to an unfinished download.
pub fn is_partial(name: &str) -> bool {
    name.ends_with(names::PARTIAL) || name.ends_with(names::JOURNAL)
}

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
//! Cargo signs every request. A request that the caller's grants do not allow fails at once, with
//! [`RemoteSigningError`](middleware::RemoteSigningError) among the sources of the
//! [`TransferError`].
//!
//! ## Verification
//!
//! The signature of each uploaded part covers its SHA-256, and the request has a CRC-64/NVME, which
//! S3 checks. The checksum and ETag in S3's response are compared with what was sent. The whole
//! object gets a CRC-64/NVME, if the storage supports it. A download is read back from the disk and
//! compared with the object's checksum, or with its ETag if that is an MD5. Some storages have
//! neither: [`Verified`] tells what was compared.
//!
//! ## Memory, and unfinished transfers
//!
//! An upload holds [`parallel`](Transfers::parallel) parts of [`part_size`](Transfers::part_size)
//! in memory: by default 4 parts of 8 MiB. The parts of a stream grow with its length. A download
//! needs almost no memory.
//!
//! An upload that fails or is cancelled is aborted in S3, so that S3 does not keep and bill its
//! parts. With [`resume_with`](UploadFile::resume_with), the parts are kept for the next call.
//!
//! A download that fails after some parts leaves `NAME.sail-part` and `NAME.sail-part.journal`
//! beside the target for the next call. Their content counts only if S3 has a digest of the whole
//! object. A long `NAME` is cut. An application that derives file names from keys must not use such
//! names: see [`is_partial`].
//!
//! ## Pipes, devices and existing files
//!
//! A pipe or a device is read and written directly, cannot be resumed, and is never replaced by a
//! download. A replaced file keeps its mode, owner and extended attributes. If it has other hard
//! links, or the caller may not give files to its owner, it is overwritten in place when the
//! download is complete. A symbolic link stays a link. Refused are: a link to nothing, a directory,
//! a socket, and the open file of a process (`/proc/self/fd/1`).

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

/// Whether a file of this name belongs to an unfinished download.
pub fn is_partial(name: &str) -> bool {
    name.ends_with(names::PARTIAL) || name.ends_with(names::JOURNAL)
}

//! Transfers of whole files, in parallel parts.

use std::convert::Infallible;
use std::path::Path;

use futures_util::stream;
use sail_cargo_transfer::{Transfers, Verified};

use super::Cast;
use super::bytes::{BYTES, MIB};

const PART: usize = 5 * MIB;

/// Uploads from a file and a stream, downloads to a file, and verifies both with the storage's
/// checksums.
pub(super) async fn are_verified(cast: &Cast, directory: &Path) {
    let transfers = Transfers::new(cast.ada.clone()).part_size(PART as u64);
    let (from, to) = (directory.join("up"), directory.join("down"));
    // Not in a folder: SeaweedFS lists an emptied folder for a while.
    for (length, parts) in [(0, 1), (3000, 1), (2 * PART + 17, 3)] {
        let (content, key) = (BYTES[..length].to_vec(), format!("transfer ü {length}"));
        std::fs::write(&from, &content).unwrap();
        let up = transfers.upload_file(&from, &cast.bucket, &key).content_type("text/plain");
        let up = up.resume_with(directory.join("journal")).await.unwrap();
        assert_eq!((up.bytes, up.parts), (length as u64, parts));
        assert!(up.verified >= Verified::ETag, "{length}: {:?}", up.verified);

        let down = transfers.download_file(&cast.bucket, &key, &to).await.unwrap();
        assert_eq!((down.bytes, down.e_tag), (length as u64, up.e_tag));
        assert!(down.verified >= Verified::ETag, "{length}: {:?}", down.verified);
        assert!(std::fs::read(&to).unwrap() == content, "{length}");

        let pieces = content.chunks(MIB).map(|piece| Ok::<_, Infallible>(piece.to_vec().into()));
        let pieces = stream::iter(pieces.collect::<Vec<_>>());
        let streamed = transfers.upload_stream(pieces, &cast.bucket, &key).await.unwrap();
        assert_eq!(streamed.bytes, length as u64);
        transfers.download_file(&cast.bucket, &key, &to).await.unwrap();
        assert!(std::fs::read(&to).unwrap() == content, "{length}");
        let delete = cast.ada.delete_object().bucket(&cast.bucket).key(&key);
        delete.send().await.unwrap();
    }
}

//! `ls`: lists buckets and objects.

use aws_sdk_s3::types::Object;
use futures_util::{StreamExt as _, TryStreamExt as _};
use sail_cargo_middleware::listing;
use sail_cargo_protocol::Bucket;
use serde::Serialize;

use super::clients::SignedClients;
use super::location::S3Location;
use super::refusal::{explained, failed};
use super::tree::objects;
use crate::cli::failure::Failure;
use crate::cli::format::{Output, instant};
use crate::cli::remote::Remote;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  sail-cargo ls\n  sail-cargo ls s3://photos/2026/\n  \
    sail-cargo ls -r s3://photos -o ndjson")]
pub(in crate::cli) struct LsArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
    /// The folder, as `s3://bucket/folder/`, or a prefix of keys [default: list the buckets]
    place: Option<S3Location>,
    /// List everything below the folder, not only what is directly in it
    #[arg(short, long)]
    recursive: bool,
}

/// A row of the listing.
#[derive(Debug, Serialize)]
struct Entry {
    /// An object's key, or a folder's name, which ends in `/`.
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<chrono::DateTime<chrono::Utc>>,
}

pub(in crate::cli) async fn ls(args: LsArgs) -> Result<(), Failure> {
    let Some(place) = args.place else { return buckets(&args.remote, args.output).await };
    let clients = SignedClients::open(&args.remote).await?;
    let listed = list(&clients, &place, args.recursive).await;
    let entries = match listed {
        Ok(entries) => entries,
        Err(error) => return Err(explained(&clients.cargo, &place.bucket, error).await),
    };
    args.output.list(&entries, ["SIZE", "MODIFIED", "KEY"], |entry| {
        let size = entry.size.map_or_else(|| "-".to_owned(), |size| size.to_string());
        [size, instant(entry.modified), entry.key.clone()]
    })
}

/// The buckets in which the caller holds a permission. S3's own ListBuckets lists all of the
/// account's.
async fn buckets(remote: &Remote, output: Output) -> Result<(), Failure> {
    let buckets: Vec<Bucket> = remote.client()?.buckets_stream().try_collect().await?;
    output.list(&buckets, ["BUCKET"], |bucket| [format!("s3://{}", bucket.name)])
}

async fn list(
    clients: &SignedClients,
    place: &S3Location,
    recursive: bool,
) -> Result<Vec<Entry>, Failure> {
    if recursive {
        let all = objects(&clients.s3, &place.bucket, &place.key);
        return all.map_ok(entry).try_collect().await;
    }
    let list = clients.s3.list_objects_v2().bucket(&place.bucket).prefix(&place.key).delimiter("/");
    let mut pages = std::pin::pin!(listing::pages(list));
    let mut entries = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failed(place, error))?;
        let folders = page.common_prefixes.unwrap_or_default().into_iter();
        entries.extend(
            folders.filter_map(|folder| {
                Some(Entry { key: folder.prefix?, size: None, modified: None })
            }),
        );
        entries.extend(page.contents.unwrap_or_default().into_iter().map(entry));
    }
    entries.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(entries)
}

fn entry(object: Object) -> Entry {
    let modified = object
        .last_modified
        .and_then(|at| chrono::DateTime::from_timestamp(at.secs(), at.subsec_nanos()));
    Entry { key: object.key.unwrap_or_default(), size: object.size, modified }
}

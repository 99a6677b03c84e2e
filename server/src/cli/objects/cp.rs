//! `cp`: files to objects, objects to files, objects to objects.

use std::process::ExitCode;

use futures_util::stream;
use sail_cargo_middleware::transfer::{CancellationToken, Transfers};

use super::copier::Copier;
use super::place::{Place, S3Place, relative};
use super::progress::Bars;
use super::refusal::explained;
use super::tree::{files, listed};
use super::{Line, jobs};
use crate::cli::Failure;
use crate::cli::remote::Remote;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  sail-cargo cp cat.png s3://photos/2026/\n  \
    sail-cargo cp -r s3://photos/2026/ backup/\n  \
    tar cz notes | sail-cargo cp - s3://photos/notes.tgz\n\n\
    A copy that was interrupted goes on where it was when it is made again.")]
pub(in crate::cli) struct CpArgs {
    #[command(flatten)]
    remote: Remote,
    /// A file, an object as `s3://bucket/key`, or `-` for standard input; with `-r` a directory or
    /// folder
    source: Place,
    /// The same; a name that ends in `/` is a directory or folder to put it in
    target: Place,
    /// Everything in a directory or folder
    #[arg(short, long)]
    recursive: bool,
    /// The media type of what is uploaded [default: by the file's name]
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// Say nothing but what went wrong
    #[arg(short, long)]
    quiet: bool,
}

/// Exit code 0 when all is copied, 3 when something was denied and nothing else failed.
pub(in crate::cli) async fn cp(args: CpArgs) -> Result<ExitCode, Failure> {
    let line = Line::open(&args.remote).await?;
    let bars = Bars::new(args.quiet);
    let copier = Copier {
        transfers: Transfers::new(line.s3.clone()),
        line,
        bars: bars.clone(),
        content_type: args.content_type,
        stop: CancellationToken::new(),
    };
    let interrupted = copier.stop.clone();
    let watch = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    });
    let pairs = pairs(&copier.line, args.source, args.target, args.recursive).await?;
    let copies = pairs.into_iter().map(|(from, to)| copier.copy(from, to));
    let code = jobs::run(&bars, args.quiet, stream::iter(copies)).await;
    watch.abort();
    Ok(code)
}

/// What is to be copied, one by one.
async fn pairs(
    line: &Line,
    source: Place,
    target: Place,
    recursive: bool,
) -> Result<Vec<(Place, Place)>, Failure> {
    if recursive {
        return folder(line, source, target).await;
    }
    match &source {
        Place::File(path) if path.is_dir() => {
            return Err(format!("{} is a directory: say -r", path.display()).into());
        }
        Place::S3(place) if place.is_folder() => {
            return Err(format!("{place} is a folder: say -r").into());
        }
        _ => {}
    }
    let name = match &source {
        Place::File(path) => path.file_name().and_then(|name| name.to_str()).map(str::to_owned),
        Place::S3(place) => place.key.rsplit('/').next().map(str::to_owned),
        Place::Pipe => None,
    };
    let into = || name.clone().ok_or("what has no name needs one in the target");
    let target = match target {
        Place::S3(place) if place.is_folder() => Place::S3(place.object(&into()?)),
        Place::File(path)
            if path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/") =>
        {
            let name = into()?;
            let file = relative(&name).ok_or_else(|| format!("{name} is no name of a file"))?;
            Place::File(path.join(file))
        }
        other => other,
    };
    Ok(vec![(source, target)])
}

/// Everything in a directory or folder.
async fn folder(line: &Line, source: Place, target: Place) -> Result<Vec<(Place, Place)>, Failure> {
    match (source, target) {
        (Place::File(from), Place::S3(to)) => {
            let to = S3Place { key: to.folder(), ..to };
            let files =
                tokio::task::spawn_blocking(move || files(&from).map_err(|e| e.to_string()));
            let pairs = files.await??.into_iter();
            Ok(pairs.map(|(name, path)| (Place::File(path), Place::S3(to.object(&name)))).collect())
        }
        (Place::S3(from), Place::File(to)) => {
            let to_file = |key: &str| -> Result<Place, Failure> {
                let file = relative(key).ok_or_else(|| format!("{key} cannot be a file here"))?;
                Ok(Place::File(to.join(file)))
            };
            below(line, from, to_file).await
        }
        (Place::S3(from), Place::S3(to)) => {
            let to = S3Place { key: to.folder(), ..to };
            below(line, from, |key| Ok(Place::S3(to.object(key)))).await
        }
        _ => Err("-r copies between a directory and a folder, or two folders".into()),
    }
}

/// The objects in a folder, and where each goes. Markers of folders are no objects to copy.
async fn below(
    line: &Line,
    from: S3Place,
    to: impl Fn(&str) -> Result<Place, Failure>,
) -> Result<Vec<(Place, Place)>, Failure> {
    let keys = match listed(&line.s3, &from).await {
        Ok(keys) => keys,
        Err(error) => return Err(explained(&line.cargo, &from.bucket, error).await),
    };
    let folder = from.folder();
    let objects = keys.into_iter().filter(|key| !key.ends_with('/'));
    objects
        .map(|key| {
            let target = to(key.strip_prefix(&folder).unwrap_or(&key))?;
            Ok((Place::S3(S3Place { bucket: from.bucket.clone(), key }), target))
        })
        .collect()
}

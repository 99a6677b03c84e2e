//! What is to be copied, and where to.

use super::Line;
use super::place::{Place, S3Place, relative};
use super::refusal::explained;
use super::tree::{files, listed};
use crate::cli::Failure;

/// One thing to copy. What cannot be there is an error of this one, and not of the others.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) from: Place,
    pub(super) to: Result<Place, String>,
}

/// What is to be copied, one by one.
pub(super) async fn pairs(
    line: &Line,
    source: Place,
    target: Place,
    recursive: bool,
) -> Result<Vec<Pair>, Failure> {
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
            Place::File(path.join(relative(&name)?))
        }
        other => other,
    };
    Ok(vec![Pair { from: source, to: Ok(target) }])
}

/// Everything in a directory or folder.
async fn folder(line: &Line, source: Place, target: Place) -> Result<Vec<Pair>, Failure> {
    match (source, target) {
        (Place::File(from), Place::S3(to)) => {
            let to = S3Place { key: to.folder(), ..to };
            let files =
                tokio::task::spawn_blocking(move || files(&from).map_err(|e| e.to_string()));
            let pairs = files.await??.into_iter();
            let target = |name: Option<String>| match name {
                Some(name) => Ok(Place::S3(to.object(&name))),
                None => Err("its name is no UTF-8, which keys are".to_owned()),
            };
            Ok(pairs
                .map(|(name, path)| Pair { from: Place::File(path), to: target(name) })
                .collect())
        }
        (Place::S3(from), Place::File(to)) => {
            below(line, from, |key| Ok(Place::File(to.join(relative(key)?)))).await
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
    to: impl Fn(&str) -> Result<Place, String>,
) -> Result<Vec<Pair>, Failure> {
    let keys = match listed(&line.s3, &from).await {
        Ok(keys) => keys,
        Err(error) => return Err(explained(&line.cargo, &from.bucket, error).await),
    };
    let folder = from.folder();
    let objects = keys.into_iter().filter(|key| !key.ends_with('/'));
    let pairs = objects.map(|key| {
        let to = to(key.strip_prefix(&folder).unwrap_or(&key));
        Pair { from: Place::S3(S3Place { bucket: from.bucket.clone(), key }), to }
    });
    Ok(pairs.collect())
}

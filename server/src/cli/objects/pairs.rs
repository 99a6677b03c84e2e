//! Lists the pairs of sources and targets of a command.

use std::collections::HashSet;

use futures_util::TryStreamExt as _;

use super::clients::SignedClients;
use super::listed::Listed;
use super::location::{Location, S3Location, is_directory, relative};
use super::pair::{Obstacle, Pair, To};
use super::refusal::explained;
use super::tree::objects;
use super::walk::files;
use crate::cli::failure::Failure;

/// Which files of a directory or folder are copied.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// Copy everything in a directory or folder
    #[arg(short, long)]
    pub(super) recursive: bool,
    /// Follow links to directories
    #[arg(long)]
    pub(super) follow: bool,
    /// Leave out what cannot be copied, and name it, without failing: pipes, sockets, devices,
    /// broken links, empty directories, links to directories (see --follow), objects with content
    /// whose key ends in `/`. Without this flag they make the exit code 1
    #[arg(long)]
    pub(super) skip_special: bool,
}

/// The pairs to copy.
pub(super) async fn pairs(
    clients: &SignedClients,
    source: Location,
    target: Location,
    which: &Which,
) -> Result<Vec<Pair>, Failure> {
    if which.recursive {
        return folder(clients, source, target, which.follow).await;
    }
    let (source, target) = (source.or_input(), target.or_output());
    match &source {
        Location::File(path) if path.is_dir() => {
            return Err(format!("{} is a directory: use -r", path.display()).into());
        }
        Location::S3(place) if place.is_folder() => {
            let Some(marker) = Listed::marker(clients, place).await? else {
                return Err(format!("{place} is a folder: use -r").into());
            };
            return Ok(vec![marker.pair(target)]);
        }
        _ => {}
    }
    let name = match &source {
        Location::File(path) if path.starts_with("/dev/fd") => None,
        Location::File(path) => path.file_name().and_then(|name| name.to_str()).map(str::to_owned),
        Location::S3(place) => place.key.rsplit('/').next().map(str::to_owned),
        Location::Pipe => None,
    };
    let into = || name.clone().ok_or("the source has no name: name the target object");
    let target = match target {
        Location::S3(place) if place.is_folder() => Location::S3(place.object(&into()?)),
        Location::File(path) if is_directory(&path) => {
            let name = into()?;
            Location::File(path.join(relative(&name)?))
        }
        other => other,
    };
    Ok(vec![Pair { from: source, to: Ok(To::Location(target)) }])
}

/// The pairs of a recursive copy.
async fn folder(
    clients: &SignedClients,
    source: Location,
    target: Location,
    follow: bool,
) -> Result<Vec<Pair>, Failure> {
    match (source, target) {
        (Location::File(from), Location::S3(to)) => {
            let to = S3Location { key: to.folder(), ..to };
            let found = tokio::task::spawn_blocking(move || files(&from, follow)).await?;
            let pairs = found.into_iter().map(|(path, name)| Pair {
                from: Location::File(path),
                to: name.map(|name| To::Location(Location::S3(to.object(&name)))),
            });
            Ok(pairs.collect())
        }
        (Location::S3(from), Location::File(to)) => {
            let mut pairs = below(clients, from, |found| found.in_directory(&to)).await?;
            refuse_clashes(&mut pairs);
            Ok(pairs)
        }
        (Location::S3(from), Location::S3(to)) => {
            let to = S3Location { key: to.folder(), ..to };
            below(clients, from, |found| found.in_folder(&to)).await
        }
        _ => Err("-r copies between a directory and a folder, or two folders".into()),
    }
}

/// The objects in a folder, each with its target.
async fn below(
    clients: &SignedClients,
    from: S3Location,
    to: impl Fn(&Listed) -> Result<To, Obstacle>,
) -> Result<Vec<Pair>, Failure> {
    let folder = from.folder();
    let listed = objects(&clients.s3, &from.bucket, &folder).try_filter_map(|object| async move {
        let bytes = object.size.unwrap_or_default();
        Ok(object.key.map(|key| (key, bytes)))
    });
    let listed: Vec<(String, i64)> = match listed.try_collect().await {
        Ok(listed) => listed,
        Err(error) => return Err(explained(&clients.cargo, &from.bucket, error).await),
    };
    let pairs = listed.into_iter().map(|(key, bytes)| {
        let name = key.strip_prefix(&folder).unwrap_or(&key).to_owned();
        let place = S3Location { bucket: from.bucket.clone(), key };
        let found = Listed { place, name, bytes };
        Pair { to: to(&found), from: Location::S3(found.place) }
    });
    Ok(pairs.collect())
}

/// Fails each pair whose target file is also a directory of another target: of `a` and `a/b`, `a`
/// cannot be a file.
fn refuse_clashes(pairs: &mut [Pair]) {
    let mut directories = HashSet::new();
    for pair in pairs.iter() {
        let mut above = match &pair.to {
            Ok(To::Location(Location::File(path))) => path.parent(),
            Ok(To::Directory(path)) => Some(path.as_path()),
            _ => None,
        };
        while let Some(directory) = above.filter(|path| directories.insert(path.to_path_buf())) {
            above = directory.parent();
        }
    }
    for pair in pairs {
        if let Ok(To::Location(Location::File(path))) = &pair.to
            && directories.contains(path)
        {
            let why = format!(
                "cannot be stored as {}, which is a directory for other objects",
                path.display()
            );
            pair.to = Err(Obstacle::Failed(why));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_file_or_a_directory() {
        let file = |path: &str| Ok(To::Location(Location::File(path.into())));
        let pair = |to| Pair { from: Location::Pipe, to };
        let mut pairs: Vec<_> =
            ["d/a", "d/a!", "d/a/b", "d/c", "d/e/f/g", "d/e/f"].map(file).map(pair).into();
        pairs.push(pair(Ok(To::Directory("d/c".into()))));
        refuse_clashes(&mut pairs);
        let left: Vec<_> = pairs.iter().map(|pair| pair.to.is_ok()).collect();
        assert_eq!(left, [false, true, true, false, true, false, true]);
    }
}

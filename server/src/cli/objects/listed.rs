//! The objects of a folder. The keys of some end in `/`, like the names of folders.

use std::path::Path;

use aws_sdk_s3::operation::head_object::HeadObjectError;

use super::clients::SignedClients;
use super::location::{Location, S3Location, is_directory, relative};
use super::pair::{Obstacle, Pair, To};
use super::refusal::{explained, failed};
use crate::cli::failure::Failure;

/// An object in a listing.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) place: S3Location,
    /// The key relative to the folder; empty for the object whose key is the folder's name.
    pub(super) name: String,
    /// The size in bytes.
    pub(super) bytes: i64,
}

impl Listed {
    /// The object whose key is the name of the folder `place`, if there is one.
    pub(super) async fn marker(
        clients: &SignedClients,
        place: &S3Location,
    ) -> Result<Option<Self>, Failure> {
        if place.key.is_empty() {
            return Ok(None);
        }
        let head = clients.s3.head_object().bucket(&place.bucket).key(&place.key).send().await;
        match head {
            Ok(head) => {
                let name = place.key.split_inclusive('/').next_back().unwrap_or_default();
                let bytes = head.content_length.unwrap_or_default();
                Ok(Some(Self { place: place.clone(), name: name.to_owned(), bytes }))
            }
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => {
                Ok(None)
            }
            Err(error) => Err(explained(&clients.cargo, &place.bucket, failed(place, error)).await),
        }
    }

    /// The copy of this object alone to `target`.
    pub(super) fn pair(self, target: Location) -> Pair {
        let to = match target {
            Location::S3(to) if to.is_folder() => self.in_folder(&to),
            Location::File(to) if is_directory(&to) => self.in_directory(&to),
            other => Ok(To::Location(other)),
        };
        Pair { from: Location::S3(self.place), to }
    }

    /// The target of the object in the folder `to`.
    pub(super) fn in_folder(&self, to: &S3Location) -> Result<To, Obstacle> {
        let to = to.object(&self.name);
        if to.key.is_empty() {
            let why = format!("has the name of its folder, which {to} lacks");
            return Err(Obstacle::Special(why));
        }
        Ok(To::Location(Location::S3(to)))
    }

    /// The target of the object in the directory `to`. An empty object whose key ends in `/`
    /// becomes a directory.
    pub(super) fn in_directory(&self, to: &Path) -> Result<To, Obstacle> {
        let below = |name: &str| relative(name).map(|name| to.join(name)).map_err(Obstacle::Failed);
        if !self.place.key.ends_with('/') {
            return Ok(To::Location(Location::File(below(&self.name)?)));
        }
        if self.bytes > 0 {
            let why = format!("has the name of a folder, but holds {} bytes", self.bytes);
            return Err(Obstacle::Special(why));
        }
        match self.name.strip_suffix('/') {
            Some(name) => Ok(To::Directory(below(name)?)),
            None => Ok(To::Directory(to.to_owned())),
        }
    }
}

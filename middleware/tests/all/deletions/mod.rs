//! Lists of keys on a storage that was not proved to bind bodies: the application calls
//! `delete_objects`, and the interceptor deletes key by key.

mod embedded;
mod equal;
mod script;
mod scripted;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::delete_objects::{DeleteObjectsError, DeleteObjectsOutput};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

/// Deletes these keys of `bkt`.
async fn delete<K: Into<String>>(
    s3: &Client,
    keys: impl IntoIterator<Item = K>,
) -> Result<DeleteObjectsOutput, SdkError<DeleteObjectsError>> {
    let objects = keys.into_iter().map(|key| ObjectIdentifier::builder().key(key));
    let objects = objects.map(|object| object.build().unwrap()).collect();
    let delete = Delete::builder().set_objects(Some(objects)).build().unwrap();
    Box::pin(s3.delete_objects().bucket("bkt").delete(delete).send()).await
}

/// The deleted keys, in their order.
fn deleted(output: &DeleteObjectsOutput) -> Vec<&str> {
    output.deleted().iter().map(|deleted| deleted.key().unwrap()).collect()
}

/// The keys that were not deleted, with their error codes.
fn failed(output: &DeleteObjectsOutput) -> Vec<(&str, &str)> {
    let errors = output.errors().iter();
    errors.map(|error| (error.key().unwrap(), error.code().unwrap())).collect()
}

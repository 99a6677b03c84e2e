//! Removal of many objects.

use std::process::ExitCode;

use aws_sdk_s3::operation::delete_objects::DeleteObjectsOutput;
use aws_sdk_s3::types::{Delete, Error, ObjectIdentifier};

use super::clients::SignedClients;
use super::interrupt;
use super::location::S3Location;
use super::refusal::{explained, failed, is_of_all, is_refusal};
use crate::cli::failure::{DENIED, Failure};
use crate::cli::output;
use crate::domain::limits;

/// Removes keys of a bucket, and prints each failure.
pub(super) struct Removal<'a> {
    clients: &'a SignedClients,
    bucket: &'a str,
    tally: Tally,
}

/// The number of keys by result.
#[derive(Debug, Default)]
struct Tally {
    removed: usize,
    failed: usize,
    /// The part of `failed` that was denied.
    denied: usize,
    /// Cargo or the storage is unreachable: the remaining keys are not tried.
    is_cut: bool,
}

impl<'a> Removal<'a> {
    pub(super) fn new(clients: &'a SignedClients, bucket: &'a str) -> Self {
        Self { clients, bucket, tally: Tally::default() }
    }

    /// Removes the keys in as few requests as possible. If Cargo does not sign DeleteObjects for
    /// the storage, the interceptor sends one request per key. Exit code 0 if all are removed, 3 if
    /// the only failures were denials, 130 if interrupted, 1 otherwise.
    pub(super) async fn remove_all(mut self, keys: &[String]) -> ExitCode {
        let stop = interrupt::listen();
        for batch in keys.chunks(limits::MAX_DELETED_KEYS) {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = self.remove(batch) => {}
            }
            if self.tally.is_cut {
                break;
            }
        }
        self.tally.say(keys.len(), stop.is_cancelled());
        if stop.is_cancelled() { interrupt::code() } else { self.tally.code() }
    }

    /// Removes one batch of keys.
    async fn remove(&mut self, keys: &[String]) {
        match self.delete(keys).await {
            Ok(deleted) => {
                let errors = deleted.errors();
                for error in errors {
                    self.say_why(error);
                }
                let denied = errors.iter().filter(|error| error.code() == Some("AccessDenied"));
                self.tally.denied += denied.count();
                self.tally.failed += errors.len();
                self.tally.removed += keys.len() - errors.len();
            }
            Err(error) => self.fail(keys, error).await,
        }
    }

    async fn delete(&self, keys: &[String]) -> Result<DeleteObjectsOutput, Failure> {
        let objects = keys.iter().map(|key| ObjectIdentifier::builder().key(key).build());
        let objects = objects.collect::<Result<Vec<_>, _>>()?;
        let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build()?;
        let delete = self.clients.s3.delete_objects().bucket(self.bucket).delete(delete);
        Box::pin(delete.send()).await.map_err(|error| failed(&self.place(&keys[0]), error))
    }

    /// Reports a request that failed as a whole.
    async fn fail(&mut self, keys: &[String], error: Failure) {
        let error = explained(&self.clients.cargo, self.bucket, error).await;
        self.tally.is_cut = is_of_all(&*error);
        let more = match keys.len() - 1 {
            more @ 1.. if !self.tally.is_cut => {
                format!("; and {more} more, up to {}", self.place(&keys[more]))
            }
            _ => String::new(),
        };
        output::say(&format!("sail-cargo: {error}{more}"));
        if !self.tally.is_cut {
            self.tally.failed += keys.len();
            self.tally.denied += if is_refusal(&*error) { keys.len() } else { 0 };
        }
    }

    fn say_why(&self, error: &Error) {
        let place = self.place(error.key().unwrap_or("?"));
        let why = error.message().filter(|message| !message.is_empty()).or(error.code());
        output::say(&format!(
            "sail-cargo: {place}: {}",
            why.unwrap_or("the storage gives no reason")
        ));
    }

    fn place(&self, key: &str) -> S3Location {
        S3Location { bucket: self.bucket.to_owned(), key: key.to_owned() }
    }
}

impl Tally {
    /// Prints the totals in one line.
    fn say(&self, total: usize, is_interrupted: bool) {
        let Self { removed, failed, .. } = self;
        let left = match total - removed - failed {
            0 => String::new(),
            left => format!(", {left} not tried"),
        };
        let cut = if is_interrupted { "interrupted: " } else { "" };
        output::say(&format!("{cut}removed {removed} objects, {failed} failed{left}"));
    }

    fn code(&self) -> ExitCode {
        match (self.failed, self.failed - self.denied) {
            _ if self.is_cut => ExitCode::FAILURE,
            (0, _) => ExitCode::SUCCESS,
            (_, 0) => ExitCode::from(DENIED),
            _ => ExitCode::FAILURE,
        }
    }
}

//! `rm`: objects, one or a folder of them.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use aws_sdk_s3::types::{Delete, Error, ObjectIdentifier};

use super::Line;
use super::listed::Listed;
use super::place::S3Place;
use super::refusal::{explained, failed, is_refusal};
use super::tree::listed;
use crate::cli::remote::Remote;
use crate::cli::{DENIED, Failure, output};

/// How many keys one request deletes at most.
const BATCH: usize = 1000;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  sail-cargo rm s3://photos/2026/cat.png\n  \
    sail-cargo rm -r --yes s3://photos/2025/")]
pub(in crate::cli) struct RmArgs {
    #[command(flatten)]
    remote: Remote,
    /// The object, as `s3://bucket/key`; with `-r` the folder
    place: S3Place,
    /// Everything in the folder
    #[arg(short, long)]
    recursive: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(in crate::cli) async fn rm(args: RmArgs) -> Result<ExitCode, Failure> {
    let line = Line::open(&args.remote).await?;
    if !args.recursive && args.place.is_folder() && !is_object(&line, &args.place).await? {
        return Err(format!("{} is a folder: `rm -r` removes what is in it", args.place).into());
    }
    let removed = if args.recursive {
        remove_folder(&line, &args.place, args.yes).await
    } else {
        remove_one(&line, &args.place).await
    };
    match removed {
        Ok(code) => Ok(code),
        Err(error) => Err(explained(&line.cargo, &args.place.bucket, error).await),
    }
}

/// Whether an object has the name of the folder. Whoever may not read it may still remove it.
async fn is_object(line: &Line, place: &S3Place) -> Result<bool, Failure> {
    match Listed::marker(line, place).await {
        Err(error) if is_refusal(&*error) => Ok(true),
        marker => Ok(marker?.is_some()),
    }
}

async fn remove_one(line: &Line, place: &S3Place) -> Result<ExitCode, Failure> {
    let delete = line.s3.delete_object().bucket(&place.bucket).key(&place.key);
    delete.send().await.map_err(|error| failed(place, error))?;
    output::say(&format!("removed {place}"));
    Ok(ExitCode::SUCCESS)
}

async fn remove_folder(line: &Line, place: &S3Place, yes: bool) -> Result<ExitCode, Failure> {
    let keys = listed(&line.s3, place).await?;
    if keys.is_empty() {
        output::say(&format!("there is nothing in {place}"));
        return Ok(ExitCode::SUCCESS);
    }
    if !yes && !agreed(&format!("remove {} objects in {place}?", keys.len()))? {
        output::say("nothing was removed");
        return Ok(ExitCode::FAILURE);
    }
    let mut removal = Removal::default();
    let ended = removal.remove_all(line, &place.bucket, &keys).await;
    let Removal { removed, failed, .. } = removal;
    if ended.is_ok() || removed + failed > 0 {
        output::say(&format!("removed {removed} objects, {failed} failed"));
    }
    ended.map(|()| removal.code())
}

/// How far it came.
#[derive(Debug, Default)]
struct Removal {
    removed: usize,
    failed: usize,
    /// Of those that failed.
    denied: usize,
}

impl Removal {
    /// Removes them with as few requests as there can be. Where the storage binds no list of keys to
    /// its signature, the interceptor makes one for each key.
    async fn remove_all(
        &mut self,
        line: &Line,
        bucket: &str,
        keys: &[String],
    ) -> Result<(), Failure> {
        for batch in keys.chunks(BATCH) {
            self.remove(line, bucket, batch).await?;
        }
        Ok(())
    }

    async fn remove(&mut self, line: &Line, bucket: &str, keys: &[String]) -> Result<(), Failure> {
        let objects = keys.iter().map(|key| ObjectIdentifier::builder().key(key).build());
        let objects = objects.collect::<Result<Vec<_>, _>>()?;
        let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build()?;
        let deleted = line.s3.delete_objects().bucket(bucket).delete(delete).send().await?;
        deleted.errors().iter().for_each(|error| say_why(bucket, error));
        let denied = deleted.errors().iter().filter(|error| error.code() == Some("AccessDenied"));
        self.denied += denied.count();
        self.failed += deleted.errors().len();
        self.removed += keys.len() - deleted.errors().len();
        Ok(())
    }

    /// 3 when all that failed were denied, 1 when others failed.
    fn code(&self) -> ExitCode {
        match (self.failed, self.failed - self.denied) {
            (0, _) => ExitCode::SUCCESS,
            (_, 0) => ExitCode::from(DENIED),
            _ => ExitCode::FAILURE,
        }
    }
}

fn say_why(bucket: &str, error: &Error) {
    let word = |text: Option<&str>| text.unwrap_or("?").to_owned();
    let (key, why) = (word(error.key()), word(error.message().or(error.code())));
    output::say(&format!("sail-cargo: s3://{bucket}/{key}: {why}"));
}

/// Asks whoever sits at the terminal.
fn agreed(question: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err("standard input is no terminal, so nobody can confirm: say --yes".into());
    }
    write!(std::io::stderr(), "{question} [y/N] ")?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

//! The tour: the main features, step by step, with Cargo's own client and middleware.

mod gateway;
mod report;
mod sample;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::head_bucket::HeadBucketError;
use sail_cargo_client::Client;
use sail_cargo_middleware::RemoteSigningError;
use sail_cargo_protocol::{
    AuditQuery, Grant, GrantQuery, PageQuery, Permission, Permissions, PutBucket, PutGrant,
};

pub use report::Report;

use super::dev_stack::DevStack;
use super::error::DevStackError;
use super::users::NAMES as USERS;
use report::Told;

/// The tour's bucket, created anew each time.
const BUCKET: &str = "tour";
/// The bucket that stays for the user to try things in.
const PLAYGROUND: &str = "demo";
const FILE: &str = "reports/2026 überblick+50%.bin";
const SIZE: u64 = 20 * 1024 * 1024;

/// The actors of the tour.
struct Cast {
    root: Actor,
    ada: Actor,
    bob: Actor,
    carl: Actor,
}

struct Actor {
    cargo: Client,
    s3: aws_sdk_s3::Client,
}

/// Runs the tour. The report says whether each step, refusals included, did what it should.
///
/// # Errors
/// [`DevStackError`] if the tour's buckets could not be set up: no step ran.
pub async fn run(stack: &DevStack) -> Result<Report, DevStackError> {
    let actor = |cargo: Client| Actor { s3: stack.s3(cargo.clone()), cargo };
    let cast = Cast {
        root: actor(stack.root()?),
        ada: actor(stack.user("ada")?),
        bob: actor(stack.user("bob")?),
        carl: actor(stack.user("carl")?),
    };
    clear(&cast.root).await?;
    let sample = sample::Sample::write(&stack.directory, SIZE).await?;
    let mut report = Report::start();
    grants(&mut report, &cast, stack).await;
    transfers(&mut report, &cast, &sample).await;
    refusals(&mut report, &cast, stack).await;
    gateway::steps(&mut report, &cast.root.cargo, stack).await;
    revocation(&mut report, &cast, stack).await;
    audit_trail(&mut report, &cast, stack).await;
    playground(&cast.root, stack).await?;
    Ok(report)
}

async fn grants(report: &mut Report, cast: &Cast, stack: &DevStack) {
    let (ada, bob) = (stack.user_id("ada"), stack.user_id("bob"));
    let created = cast.root.s3.create_bucket().bucket(BUCKET).send().await;
    report.step("root creates the bucket `tour`", told(&created, "signed for its API key"));
    let given = give(&cast.root, BUCKET, ada, &[Permission::Read, Permission::Write]).await;
    report.step("root grants ada read and write on it", granted(&given));
    let given = give(&cast.root, BUCKET, bob, &[Permission::Read]).await;
    report.step("root grants bob read on it", granted(&given));
}

async fn transfers(report: &mut Report, cast: &Cast, sample: &sample::Sample) {
    let uploaded = match sample.upload_body().await {
        Ok(body) => {
            let put = cast.ada.s3.put_object().bucket(BUCKET).key(FILE).body(body).send().await;
            told(&put, &format!("streamed to `{FILE}`: ada may write here"))
        }
        Err(error) => Told::Failed(error.to_string()),
    };
    report.step("ada uploads a file of 20 MiB", uploaded);

    let listed = cast.ada.s3.list_objects_v2().bucket(BUCKET).send().await;
    let listing = match &listed {
        Ok(page) => match page.contents() {
            [one] if one.key() == Some(FILE) && one.size() == Some(SIZE.cast_signed()) => {
                Told::Done("one object of 20 MiB".to_owned())
            }
            other => Told::Failed(format!("{} objects, not the one", other.len())),
        },
        Err(_) => told(&listed, ""),
    };
    report.step("ada lists the bucket", listing);

    for (name, actor) in [("ada", &cast.ada), ("bob", &cast.bob)] {
        let fetched = actor.s3.get_object().bucket(BUCKET).key(FILE).send().await;
        let compared = match fetched {
            Ok(object) => match sample.compare(object.body).await {
                Ok(()) => Told::Done("byte for byte the same".to_owned()),
                Err(error) => Told::Failed(error.to_string()),
            },
            Err(_) => told(&fetched, ""),
        };
        report.step(&format!("{name} downloads it"), compared);
    }
}

async fn refusals(report: &mut Report, cast: &Cast, stack: &DevStack) {
    let before = stack.storage_requests();
    let put = cast.bob.s3.put_object().bucket(BUCKET).key("bob.txt").body(bytes()).send().await;
    report.step("bob uploads a file", refused(&put));
    let deleted = cast.bob.s3.delete_object().bucket(BUCKET).key(FILE).send().await;
    report.step("bob deletes ada's file", refused(&deleted));
    let seen = match cast.carl.cargo.buckets(&PageQuery::default()).await {
        Ok(page) if page.items.iter().all(|bucket| bucket.name != BUCKET) => {
            Told::Done("the bucket is not among those he can see".to_owned())
        }
        Ok(_) => Told::Failed("he sees the bucket".to_owned()),
        Err(error) => Told::Failed(error.to_string()),
    };
    report.step("carl asks for his buckets", seen);
    let listed = cast.carl.s3.list_objects_v2().bucket(BUCKET).send().await;
    report.step("carl lists the bucket all the same", refused(&listed));
    untouched(report, stack, before);
}

async fn revocation(report: &mut Report, cast: &Cast, stack: &DevStack) {
    let (root, ada) = (&cast.root.cargo, stack.user_id("ada"));
    let taken = root.delete_grant(BUCKET, ada, &GrantQuery::default()).await;
    let told = match &taken {
        Ok(()) => Told::Done("in force for the next request".to_owned()),
        Err(error) => Told::Failed(error.to_string()),
    };
    report.step("root takes ada's grant away", told);
    let before = stack.storage_requests();
    let put = cast.ada.s3.put_object().bucket(BUCKET).key("late.txt").body(bytes()).send().await;
    report.step("ada uploads once more", refused(&put));
    untouched(report, stack, before);
}

fn untouched(report: &mut Report, stack: &DevStack, before: u64) {
    let told = match stack.storage_requests() - before {
        0 => Told::Done("none of the refused requests reached it".to_owned()),
        reached => Told::Failed(format!("{reached} requests reached it")),
    };
    report.step("the storage was not asked", told);
}

async fn audit_trail(report: &mut Report, cast: &Cast, stack: &DevStack) {
    let query = AuditQuery {
        bucket: Some(BUCKET.to_owned()),
        since: Some(report.started_at()),
        page_size: Some(1000),
        ..AuditQuery::default()
    };
    match cast.root.cargo.audit_events(&query).await {
        Ok(page) => {
            let complete = page.items.len() >= 12;
            let told = if complete {
                Told::Done(format!("{} events, oldest first:", page.items.len()))
            } else {
                Told::Failed(format!("only {} events", page.items.len()))
            };
            report.step("root reads the audit trail of all that", told);
            report.audit_trail(&page.items, &|text| named(stack, text));
        }
        Err(error) => report.step("root reads the audit trail", Told::Failed(error.to_string())),
    }
}

/// A text with the names of the demo users in the place of their ids.
fn named(stack: &DevStack, text: &str) -> String {
    USERS.iter().fold(text.to_owned(), |text, name| text.replace(stack.user_id(name), name))
}

/// Removes the objects and grants of an earlier tour.
async fn clear(root: &Actor) -> Result<(), DevStackError> {
    root.cargo.put_bucket(BUCKET, &PutBucket::default()).await?;
    let exists = match root.s3.head_bucket().bucket(BUCKET).send().await {
        Ok(_) => true,
        Err(error) if error.as_service_error().is_some_and(HeadBucketError::is_not_found) => false,
        Err(error) => return Err(describe(&error).into()),
    };
    if exists {
        let listed = root.s3.list_objects_v2().bucket(BUCKET).send().await?;
        for key in listed.contents().iter().filter_map(|object| object.key()) {
            root.s3.delete_object().bucket(BUCKET).key(key).send().await?;
        }
        root.s3.delete_bucket().bucket(BUCKET).send().await?;
    }
    root.cargo.delete_bucket(BUCKET).await?;
    Ok(())
}

/// Creates the bucket that stays, with the object `hi.txt`: ada may do everything but administer,
/// bob may read.
async fn playground(root: &Actor, stack: &DevStack) -> Result<(), DevStackError> {
    use Permission::{Delete, Read, Write};
    root.cargo.put_bucket(PLAYGROUND, &PutBucket::default()).await?;
    if root.s3.head_bucket().bucket(PLAYGROUND).send().await.is_err() {
        root.s3.create_bucket().bucket(PLAYGROUND).send().await?;
    }
    give(root, PLAYGROUND, stack.user_id("ada"), &[Read, Write, Delete]).await?;
    give(root, PLAYGROUND, stack.user_id("bob"), &[Read]).await?;
    root.s3.put_object().bucket(PLAYGROUND).key("hi.txt").body(bytes()).send().await?;
    Ok(())
}

async fn give(
    root: &Actor,
    bucket: &str,
    user: &str,
    permissions: &[Permission],
) -> Result<Grant, sail_cargo_client::Error> {
    let permissions: Permissions = permissions.iter().copied().collect();
    let grant =
        PutGrant { permissions, reason: Some("sail-cargo dev".to_owned()), ..PutGrant::default() };
    root.cargo.put_grant(bucket, user, &GrantQuery::default(), &grant).await
}

fn bytes() -> aws_sdk_s3::primitives::ByteStream {
    aws_sdk_s3::primitives::ByteStream::from_static(b"hello")
}

/// The result of a request that should succeed.
fn told<T, E>(result: &Result<T, SdkError<E>>, how: &str) -> Told
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match result {
        Ok(_) => Told::Done(how.to_owned()),
        Err(error) => Told::Failed(describe(error)),
    }
}

/// The result of a request that Cargo should refuse before the storage receives it.
fn refused<T, E>(result: &Result<T, SdkError<E>>) -> Told
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match result {
        Ok(_) => Told::Failed("it was not refused".to_owned()),
        Err(error) => match RemoteSigningError::find(error) {
            Some(RemoteSigningError::Denied { message, .. }) => Told::Refused(message.clone()),
            _ => Told::Failed(describe(error)),
        },
    }
}

fn describe<E>(error: &SdkError<E>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match (RemoteSigningError::find(error), error.as_service_error()) {
        (Some(ours), _) => ours.to_string(),
        (None, Some(theirs)) => format!(
            "{}: {}",
            theirs.code().unwrap_or("the storage said no"),
            theirs.message().unwrap_or_default()
        ),
        (None, None) => error.to_string(),
    }
}

fn granted(result: &Result<Grant, sail_cargo_client::Error>) -> Told {
    match result {
        Ok(grant) => Told::Done(format!("in force at revision {}", grant.updated_revision)),
        Err(error) => Told::Failed(error.to_string()),
    }
}

//! `whoami` and `permissions`: the caller's identity and permissions.

use sail_cargo_protocol::{Actor, BucketPermissions, Storage, StoreAccess, Whoami};

use super::failure::Failure;
use super::format::{Output, instant, words};
use super::named::bucket;
use super::remote::Remote;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  SAIL_CARGO_TOKEN=$(sail-cargo token ada) sail-cargo whoami")]
pub(super) struct WhoamiArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  sail-cargo permissions --bucket photos")]
pub(super) struct PermissionsArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
    /// Only in this bucket
    #[arg(long, value_parser = bucket)]
    bucket: Option<String>,
}

pub(super) async fn whoami(args: WhoamiArgs) -> Result<(), Failure> {
    let me = args.remote.client()?.whoami().await?;
    args.output.one(&me, &sheet(&me))
}

pub(super) async fn permissions(args: PermissionsArgs) -> Result<(), Failure> {
    let client = args.remote.client()?;
    let held = match &args.bucket {
        Some(bucket) => client.permissions_in(bucket).await?,
        None => client.permissions().await?,
    };
    held_in(args.output, &held.items)
}

/// Prints permissions, one bucket per row.
pub(super) fn held_in(output: Output, held: &[BucketPermissions]) -> Result<(), Failure> {
    output.list(held, ["BUCKET", "PERMISSIONS", "PREFIXES"], |one| {
        let prefixes = one.prefixes.iter();
        let prefixes: Vec<_> =
            prefixes.map(|part| format!("{}: {}", part.prefix, words(&part.permissions))).collect();
        [one.bucket.clone(), words(&one.permissions), prefixes.join(", ")]
    })
}

/// The caller's identity as one `name value` pair per line, without unknown ones.
fn sheet(me: &Whoami) -> String {
    let actor = match me.actor {
        Actor::User if me.service_account => "service account",
        Actor::User => "user",
        Actor::Root => "application (API key)",
        Actor::Operator => "operator",
    };
    let gateway = me.storage.as_ref().and_then(|storage| storage.gateway.as_ref());
    let home = me.home.as_ref().map(|home| format!("{}/{}", home.bucket, home.prefix));
    let lines = [
        ("you are", actor.to_owned()),
        ("id", me.id.clone()),
        ("project", me.project.clone().unwrap_or_default()),
        ("home", home.unwrap_or_default()),
        ("groups", me.groups.join(",")),
        ("via key", me.via_key.clone().unwrap_or_default()),
        ("scopes", if me.scopes.is_empty() { String::new() } else { words(&me.scopes) }),
        ("expires", me.expires_at.map(|end| instant(Some(end))).unwrap_or_default()),
        ("storage", me.storage.as_ref().map(storage).unwrap_or_default()),
        ("gateway", gateway.map(|gateway| gateway.endpoint.clone()).unwrap_or_default()),
    ];
    let said = lines.into_iter().filter(|(_, value)| !value.is_empty());
    let said: Vec<_> = said.map(|(name, value)| format!("{name:<8} {value}")).collect();
    said.join("\n")
}

/// Where the objects are, or that only the gateway reaches them.
fn storage(storage: &Storage) -> String {
    match storage.access {
        StoreAccess::Direct => {
            let urls = storage.endpoints.iter().map(|endpoint| endpoint.url.as_str());
            urls.collect::<Vec<_>>().join(" ")
        }
        StoreAccess::Gateway => "through the gateway only".to_owned(),
    }
}

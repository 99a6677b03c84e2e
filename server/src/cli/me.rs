//! `whoami` and `permissions`: the caller's identity and permissions.

use chrono::{DateTime, Utc};
use sail_cargo_client::Client;
use sail_cargo_protocol::{Account, Actor, BucketPermissions, Storage, StoreAccess, Whoami};
use serde::Serialize;

use super::failure::Failure;
use super::format::{Output, instant, words};
use super::named::bucket;
use super::remote::Remote;
use super::sign_in::Renewal;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  sail-cargo whoami\n  SAIL_CARGO_TOKEN=$(sail-cargo token ada) sail-cargo whoami"
)]
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
    let client = args.remote.client()?;
    let whoami = client.whoami().await?;
    let (account, permissions) = match whoami.actor {
        Actor::User => (own_account(&client).await?, client.permissions().await?.items),
        // The scopes say it all.
        Actor::Root | Actor::Operator => (None, Vec::new()),
    };
    // Read after the requests, which may have renewed it.
    let signed_in_until = match args.remote.sign_in()?.and_then(|sign_in| sign_in.renewal) {
        Some(Renewal::Cargo { expires_at, .. }) => Some(expires_at),
        Some(Renewal::Issuer { .. }) | None => None,
    };
    let server = client.url().to_owned();
    let me = Me { whoami, server, signed_in_until, account, permissions };
    args.output.one(&me, &sheet(&me))
}

/// Who the caller is, where, and with which rights.
#[derive(Debug, Serialize)]
struct Me {
    #[serde(flatten)]
    whoami: Whoami,
    server: String,
    /// When the kept sign-in ends, unless it is used before.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_in_until: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<Account>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    permissions: Vec<BucketPermissions>,
}

/// The caller's account, if the server keeps it.
async fn own_account(client: &Client) -> Result<Option<Account>, Failure> {
    match client.own_account().await {
        Ok(account) => Ok(Some(account)),
        Err(error) => match error.code() {
            // A personal API key is not told, and the last: a server that knows nothing of accounts yet.
            Some("not_an_account" | "accounts_off" | "sign_in_required" | "no_such_route") => {
                Ok(None)
            }
            _ => Err(error.into()),
        },
    }
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
fn sheet(all: &Me) -> String {
    let Me { whoami: me, account, .. } = all;
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
        ("account", account.as_ref().map(names).unwrap_or_default()),
        ("reset", account.as_ref().map(reset).unwrap_or_default()),
        ("server", all.server.clone()),
        ("project", me.project.clone().unwrap_or_default()),
        ("home", home.unwrap_or_default()),
        ("groups", me.groups.join(",")),
        ("via key", me.via_key.clone().unwrap_or_default()),
        ("scopes", if me.scopes.is_empty() { String::new() } else { words(&me.scopes) }),
        ("sign-in", all.signed_in_until.map(sign_in_ends).unwrap_or_default()),
        ("expires", me.expires_at.map(|end| instant(Some(end))).unwrap_or_default()),
        ("storage", me.storage.as_ref().map(storage).unwrap_or_default()),
        ("gateway", gateway.map(|gateway| gateway.endpoint.clone()).unwrap_or_default()),
    ];
    let said = lines.into_iter().filter(|(_, value)| !value.is_empty());
    let said = said.map(|(name, value)| format!("{name:<8} {value}"));
    let rights = all.permissions.iter().map(|held| format!("{:<8} {}", "rights", rights(held)));
    said.chain(rights).collect::<Vec<_>>().join("\n")
}

fn sign_in_ends(at: DateTime<Utc>) -> String {
    format!("until {}, and longer with each use", instant(Some(at)))
}

/// The names of an account: `ada <ada@example.com> Ada Lovelace`.
fn names(account: &Account) -> String {
    let email = account.email.as_ref().map(|email| format!(" <{email}>"));
    let display_name = account.display_name.as_ref().map(|name| format!(" {name}"));
    [Some(account.username.clone()), email, display_name].into_iter().flatten().collect()
}

/// Who has reset the account, and when: its user must see it.
fn reset(account: &Account) -> String {
    let Some(at) = account.reset_at else { return String::new() };
    let by = account.reset_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    format!("{}{by}", instant(Some(at)))
}

/// The permissions in a bucket: `photos: read, read+write below 2026/`.
fn rights(held: &BucketPermissions) -> String {
    let whole = (!held.permissions.is_empty()).then(|| words(&held.permissions));
    let below = held.prefixes.iter();
    let below = below.map(|part| format!("{} below {}", words(&part.permissions), part.prefix));
    let parts: Vec<_> = whole.into_iter().chain(below).collect();
    format!("{}: {}", held.bucket, parts.join(", "))
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

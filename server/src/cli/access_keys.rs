//! `access-keys`: what S3 clients prove themselves with at the gateway, and personal API keys.

use futures_util::TryStreamExt as _;
use sail_cargo_protocol::{
    AccessKey, AccessKeyKind, AccessKeySecret, AccessKeyStatus, AccessKeysQuery, CreateAccessKey,
    CreatedAccessKey, KeyLimits, PatchAccessKey, RotateAccessKey,
};

use super::buckets::{Permissions, permissions};
use super::failure::Failure;
use super::format::{Output, instant, word, words};
use super::named::name;
use super::output;
use super::remote::Remote;
use super::time::{Future, seconds};
use crate::clock::Clock;

#[derive(Debug, clap::Subcommand)]
pub(super) enum AccessKeysCommand {
    /// Make an access key, or a personal API key, and print it: the only time that its secret can be seen
    #[command(
        after_help = "Examples:\n  sail-cargo access-keys create --user ada --name laptop --bucket photos\n  sail-cargo access-keys create --kind token --name ci --permissions read"
    )]
    Create(CreateArgs),
    /// List access keys, never their secrets
    #[command(after_help = "Example:\n  sail-cargo access-keys list --user ada")]
    List {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// Only those of this user
        #[arg(long, value_parser = name)]
        user: Option<String>,
        /// Only those of this kind: `s3`, or `token` for personal API keys
        #[arg(long, value_parser = word::<AccessKeyKind>)]
        kind: Option<AccessKeyKind>,
    },
    /// Make a key that takes another's place, and print it; the old one goes on for a while
    #[command(
        after_help = "Example:\n  sail-cargo access-keys rotate CGAKJ4ZQ2M5T7VB3KX6N --overlap 1h"
    )]
    Rotate(RotateArgs),
    /// Make a key less than it is, put it out of use, or in use again
    #[command(
        after_help = "Example:\n  sail-cargo access-keys set CGAKJ4ZQ2M5T7VB3KX6N --status disabled"
    )]
    Set(SetArgs),
    /// Revoke a key, or all keys of a user, at once and for ever
    #[command(after_help = "Example:\n  sail-cargo access-keys revoke CGAKJ4ZQ2M5T7VB3KX6N")]
    Revoke {
        #[command(flatten)]
        remote: Remote,
        /// The id of the key
        #[arg(value_parser = name, required_unless_present = "user")]
        id: Option<String>,
        /// The user whose keys are all revoked
        #[arg(long, value_parser = name, conflicts_with = "id")]
        user: Option<String>,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct CreateArgs {
    #[command(flatten)]
    remote: Remote,
    /// `s3` for S3 clients at the gateway, or `token` for a personal API key: a user's Bearer for programs
    #[arg(long, value_parser = word::<AccessKeyKind>, default_value = "s3")]
    kind: AccessKeyKind,
    /// The user whose key it is [default: who asks, or the application]
    #[arg(long, value_parser = name)]
    user: Option<String>,
    /// What the key is for
    #[arg(long)]
    name: String,
    /// When the key ends, in UTC: 2027-01-01, 2027-01-01T12:00:00Z, or 90d from now [default: 365d]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    expires_at: Option<Future>,
    #[command(flatten)]
    limits: LimitArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct RotateArgs {
    #[command(flatten)]
    remote: Remote,
    /// The id of the key
    #[arg(value_parser = name)]
    id: String,
    /// For how long the old key goes on, such as 1h or 7d; a number alone is seconds [default: 1d]
    #[arg(id = "overlap", long = "overlap", value_name = "DURATION", value_parser = seconds)]
    overlap_seconds: Option<u32>,
    /// When the new key ends: 2027-01-01, 2027-01-01T12:00:00Z, tomorrow, or 30d from now [default:
    /// it lives as long as the old one was made for]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    expires_at: Option<Future>,
}

#[derive(Debug, clap::Args)]
pub(super) struct SetArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
    /// The id of the key
    #[arg(value_parser = name)]
    id: String,
    /// What it is for
    #[arg(long)]
    name: Option<String>,
    /// `active`, or `disabled`: nobody is let in by it
    #[arg(long, value_parser = word::<AccessKeyStatus>)]
    status: Option<AccessKeyStatus>,
    /// When the key ends, in UTC: 2027-01-01, 2027-01-01T12:00:00Z, or 90d from now [default: as it
    /// is]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    expires_at: Option<Future>,
    #[command(flatten)]
    limits: LimitArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct LimitArgs {
    /// A bucket that the key is good for; may be repeated [default: all]
    #[arg(long = "bucket", value_name = "BUCKET")]
    buckets: Vec<String>,
    /// A prefix that the key is good below, in every bucket; may be repeated [default: everywhere]
    #[arg(long = "prefix", value_name = "PREFIX")]
    prefixes: Vec<String>,
    /// The permissions that the key is good for, separated by commas [default: all]
    #[arg(long, value_name = "PERMISSIONS", value_parser = permissions)]
    permissions: Option<Permissions>,
    /// A network or an address that the key may be used from, such as 10.0.0.0/8; may be repeated
    /// [default: any]
    #[arg(long = "cidr", value_name = "CIDR")]
    cidrs: Vec<String>,
}

impl LimitArgs {
    /// What is not named is no limit.
    fn read(self) -> KeyLimits {
        let some = |names: Vec<String>| (!names.is_empty()).then(|| names.into_iter().collect());
        KeyLimits {
            buckets: some(self.buckets),
            prefixes: some(self.prefixes),
            permissions: self.permissions.map(|all| all.0),
            cidrs: some(self.cidrs),
        }
    }
}

pub(super) async fn access_keys(command: AccessKeysCommand) -> Result<(), Failure> {
    match command {
        AccessKeysCommand::Create(args) => create(args).await,
        AccessKeysCommand::List { remote, output, user, kind } => {
            let query = AccessKeysQuery { user, kind, ..AccessKeysQuery::default() };
            let keys: Vec<_> = remote.client()?.access_keys_stream(&query).try_collect().await?;
            rows(output, &keys)
        }
        AccessKeysCommand::Rotate(args) => {
            let rotate = RotateAccessKey {
                overlap_seconds: args.overlap_seconds,
                expires_at: args.expires_at.map(|at| at.at(Clock::system().now())).transpose()?,
            };
            show_once(&args.remote.client()?.rotate_access_key(&args.id, &rotate).await?)
        }
        AccessKeysCommand::Set(args) => set(args).await,
        AccessKeysCommand::Revoke { remote, id, user } => {
            let client = remote.client()?;
            if let Some(user) = user {
                client.delete_access_keys_of(&user).await?;
                output::say(&format!("all access keys of {user} are revoked"));
            }
            if let Some(id) = id {
                client.delete_access_key(&id).await?;
                output::say(&format!("access key {id} is revoked"));
            }
            Ok(())
        }
    }
}

async fn create(args: CreateArgs) -> Result<(), Failure> {
    let expires_at = args.expires_at.map(|at| at.at(Clock::system().now())).transpose()?;
    let KeyLimits { buckets, prefixes, permissions, cidrs } = args.limits.read();
    let asked = CreateAccessKey {
        kind: args.kind,
        user: args.user,
        name: args.name,
        expires_at,
        buckets,
        prefixes,
        permissions,
        cidrs,
        project: None,
    };
    show_once(&args.remote.client()?.create_access_key(&asked).await?)
}

async fn set(args: SetArgs) -> Result<(), Failure> {
    let expires_at = args.expires_at.map(|at| at.at(Clock::system().now())).transpose()?;
    let KeyLimits { buckets, prefixes, permissions, cidrs } = args.limits.read();
    let (name, status) = (args.name, args.status);
    let patch = PatchAccessKey { name, status, expires_at, buckets, prefixes, permissions, cidrs };
    let key = args.remote.client()?.patch_access_key(&args.id, &patch).await?;
    rows(args.output, &[key])
}

/// In the form that a shell and an environment file read.
fn show_once(created: &CreatedAccessKey) -> Result<(), Failure> {
    let AccessKey { access_key_id, expires_at, .. } = &created.stored;
    let end = instant(Some(*expires_at));
    match &created.secret {
        AccessKeySecret::SecretAccessKey(secret) => {
            output::say(&format!(
                "Access key {access_key_id}, expires {end}. Its secret is shown only once:"
            ));
            output::print(&format!("AWS_ACCESS_KEY_ID={access_key_id}"))?;
            output::print(&format!("AWS_SECRET_ACCESS_KEY={secret}"))?;
        }
        AccessKeySecret::Token(token) => {
            output::say(&format!(
                "Personal API key {access_key_id}, expires {end}. It is shown only once:"
            ));
            output::print(&format!("SAIL_CARGO_TOKEN={token}"))?;
        }
    }
    Ok(())
}

fn rows(output: Output, keys: &[AccessKey]) -> Result<(), Failure> {
    output.list(keys, ["ID", "KIND", "USER", "NAME", "STATUS", "EXPIRES", "LAST USED"], |key| {
        [
            key.access_key_id.clone(),
            words([key.kind]),
            key.user.clone().unwrap_or_else(|| "(application)".to_owned()),
            key.name.clone(),
            words([key.status]),
            instant(Some(key.expires_at)),
            instant(key.last_used_at),
        ]
    })
}

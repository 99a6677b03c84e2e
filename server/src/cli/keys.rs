//! `keys`: API keys of applications, and the server's own keys.

use std::collections::BTreeSet;

use futures_util::TryStreamExt as _;
use sail_cargo_protocol::{ApiKey, CreateApiKey, CreatedApiKey, PatchApiKey, RotateApiKey, Scope};

use super::bootstrap::{context, open};
use super::failure::Failure;
use super::format::{Output, instant, word, words};
use super::named::name;
use super::output;
use super::remote::Remote;
use super::time::{Future, seconds};
use crate::api::wire;
use crate::clock::Clock;
use crate::config::{ConfigError, DatabaseSettings, Settings};
use crate::domain::new_key::demand_key_name;
use crate::domain::{NewKey, OperatorName};
use sail_cargo_database::MasterKey;

#[derive(Debug, clap::Subcommand)]
pub(super) enum KeysCommand {
    /// Create an API key for a project and print it. The key is shown only once. Without --url in
    /// the local database
    #[command(
        after_help = "Example:\n  sail-cargo keys create photos --name backend --scopes sign,grants:read,grants:write"
    )]
    Create(CreateArgs),
    /// List a project's API keys, without their secrets
    #[command(after_help = "Example:\n  sail-cargo keys list -o json")]
    List {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
    },
    /// Create a key that replaces another, and print it. The old key stays valid for the time of
    /// --overlap
    #[command(after_help = "Example:\n  sail-cargo keys rotate 8fK2mQ0ZtYb1 --overlap 1h")]
    Rotate {
        #[command(flatten)]
        remote: Remote,
        /// The key's id: the part that is not secret
        #[arg(value_parser = name)]
        id: String,
        /// How long the old key stays valid, such as 1h or 7d; a number alone is seconds [default:
        /// 1d]
        #[arg(
            id = "overlap",
            long = "overlap",
            alias = "overlap-seconds",
            value_name = "DURATION"
        )]
        #[arg(value_parser = seconds)]
        overlap_seconds: Option<u32>,
        /// When the new key expires: 2027-01-01, 2027-01-01T12:00:00Z, tomorrow, or 30d from now
        /// [default: after as long a life as the old key's]
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        expires_at: Option<Future>,
    },
    /// Rename a key, or reduce what it may do or how long it lives
    #[command(after_help = "Example:\n  sail-cargo keys set 8fK2mQ0ZtYb1 --scopes sign")]
    Set {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// The key's id: the part that is not secret
        #[arg(value_parser = name)]
        id: String,
        /// What the key is for
        #[arg(long)]
        name: Option<String>,
        /// What the key may be used for from now on
        #[arg(long, value_delimiter = ',', value_parser = word::<Scope>)]
        scopes: Option<Vec<Scope>>,
        /// When the key expires, in UTC: 2027-01-01, 2027-01-01T12:00:00Z, or 90d from now
        /// [default: unchanged]
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        expires_at: Option<Future>,
    },
    /// Revoke a key, at once and permanently
    #[command(after_help = "Example:\n  sail-cargo keys revoke 8fK2mQ0ZtYb1")]
    Revoke {
        #[command(flatten)]
        remote: Remote,
        /// The key's id: the part that is not secret
        #[arg(value_parser = name)]
        id: String,
    },
    /// Print a new operator key, for SAIL_CARGO_OPERATOR_KEY. With a name it is printed as
    /// `NAME:KEY`: only what follows the colon is the key
    #[command(after_help = "Example:\n  sail-cargo keys operator ada >> operators.keys")]
    Operator {
        /// The operator's name in the audit trail
        #[arg(value_parser = operator)]
        name: Option<OperatorName>,
    },
    /// Print a new master key, for SAIL_CARGO_MASTER_KEY
    #[command(after_help = "Example:\n  sail-cargo keys master > master.key")]
    Master,
}

#[derive(Debug, clap::Args)]
pub(super) struct CreateArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    database: DatabaseSettings,
    /// The project, by slug or id
    #[arg(value_parser = name)]
    project: String,
    /// What the key is for
    #[arg(long, value_parser = title)]
    name: String,
    /// What the key may be used for [default: everything]
    #[arg(long, value_delimiter = ',', value_parser = word::<Scope>)]
    scopes: Vec<Scope>,
    /// When the key expires, in UTC: 2027-01-01, 2027-01-01T12:00:00Z, or 90d from now [default:
    /// 365d]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    expires_at: Option<Future>,
}

pub(super) async fn keys(
    command: KeysCommand,
    fill: impl Fn(Settings) -> Result<Settings, ConfigError>,
) -> Result<(), Failure> {
    match command {
        KeysCommand::Master => Ok(output::print(MasterKey::generate().expose())?),
        KeysCommand::Operator { name } => {
            let random = MasterKey::generate();
            let plain: String =
                random.expose().chars().filter(char::is_ascii_alphanumeric).collect();
            let name = name.map(|name| format!("{name}:")).unwrap_or_default();
            Ok(output::print(&format!("{name}cgop_{plain}"))?)
        }
        KeysCommand::Create(args) => {
            let created = create(args, fill).await?;
            show_once(&created)
        }
        KeysCommand::List { remote, output } => {
            let keys: Vec<_> = remote.client()?.api_keys_stream().try_collect().await?;
            rows(output, &keys)
        }
        KeysCommand::Rotate { remote, id, overlap_seconds, expires_at } => {
            let expires_at = expires_at.map(|at| at.at(Clock::system().now())).transpose()?;
            let rotate = RotateApiKey { overlap_seconds, expires_at };
            show_once(&remote.client()?.rotate_api_key(&id, &rotate).await?)
        }
        KeysCommand::Set { remote, output, id, name, scopes, expires_at } => {
            let scopes = scopes.map(|scopes| scopes.into_iter().collect());
            let expires_at = expires_at.map(|at| at.at(Clock::system().now())).transpose()?;
            let patch = PatchApiKey { name, scopes, expires_at };
            rows(output, &[remote.client()?.patch_api_key(&id, &patch).await?])
        }
        KeysCommand::Revoke { remote, id } => {
            remote.client()?.delete_api_key(&id).await?;
            output::say(&format!("API key {id} is revoked"));
            Ok(())
        }
    }
}

async fn create(
    args: CreateArgs,
    fill: impl Fn(Settings) -> Result<Settings, ConfigError>,
) -> Result<CreatedApiKey, Failure> {
    let scopes: BTreeSet<_> = if args.scopes.is_empty() {
        Scope::ALL.into_iter().collect()
    } else {
        args.scopes.into_iter().collect()
    };
    let now = Clock::system().now();
    let expires_at = args.expires_at.map(|at| at.at(now)).transpose()?;
    if expires_at.is_some_and(|end| end <= now) {
        return Err("--expires-at: this time is past: give a future time".into());
    }
    let project = Some(args.project.clone());
    let asked = CreateApiKey { name: args.name, scopes: Some(scopes), expires_at, project };
    if let Some(client) = args.remote.named()? {
        return Ok(client.create_api_key(&asked).await?);
    }
    let service = open(args.database, &fill).await?;
    let project = service.project(args.project).await?.id;
    let context = context(Some(project.clone()));
    let new = NewKey::parse(asked, &context.caller, context.now)?;
    Ok(wire::made_key(&service.create_key(project, new, context).await?.value.value))
}

fn show_once(created: &CreatedApiKey) -> Result<(), Failure> {
    let (id, end) = (&created.stored.id, instant(created.stored.expires_at));
    output::say(&format!("API key {id}, expires {end}. It is shown only once:"));
    Ok(output::print(&created.key)?)
}

fn rows(output: Output, keys: &[ApiKey]) -> Result<(), Failure> {
    output.list(keys, ["ID", "NAME", "SCOPES", "EXPIRES", "REVOKED", "LAST USED"], |key| {
        [
            key.id.clone(),
            key.name.clone(),
            words(&key.scopes).replace('+', ","),
            instant(key.expires_at),
            instant(key.revoked_at),
            instant(key.last_used_at),
        ]
    })
}

/// Parses the name of a key.
fn title(text: &str) -> Result<String, String> {
    demand_key_name(text).map_err(|error| error.to_string())?;
    Ok(text.to_owned())
}

fn operator(text: &str) -> Result<OperatorName, String> {
    let name = OperatorName::parse(text).map_err(|error| error.to_string())?;
    if name.is_reserved() {
        Err("this name is reserved for the server".to_owned())
    } else {
        Ok(name)
    }
}

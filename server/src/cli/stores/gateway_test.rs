//! `stores test --through-gateway`: the probe's attacks on the gateway in front of a store, by an
//! access key that is made for them and removed afterwards.

use std::process::ExitCode;

use chrono::TimeDelta;
use sail_cargo_client::Client;
use sail_cargo_protocol::{CreateAccessKey, GatewayAddress, Project, Store};

use super::super::bootstrap::context;
use super::super::failure::Failure;
use super::super::output;
use super::super::remote::Remote;
use super::backend::StoreBackend;
use super::report::{Format, print};
use crate::clock::Clock;
use crate::domain::sigv4::StoreCredentials;
use crate::domain::{AccessKeyId, NewAccessKey, ProjectId, Secret};
use crate::service::Service;
use crate::storage_probe::{Manner, gateway_text, gateway_verdict, probe_gateway};

/// How long the key lives if it cannot be removed: longer than a probe takes.
const LIFE: TimeDelta = TimeDelta::minutes(10);
/// What the key is called.
const NAME: &str = "sail-cargo stores test --through-gateway";

#[derive(Debug, clap::Args)]
pub(super) struct GatewayArgs {
    /// Run the attacks against the gateway in front of the store, with an access key of the
    /// application that is made for them and removed: exit code 0 if none has an effect
    #[arg(long)]
    pub(super) through_gateway: bool,
    /// URL of the gateway [default: what the server tells its clients]
    #[arg(long, env = "SAIL_CARGO_GATEWAY_URL", value_name = "URL", hide_env_values = true)]
    gateway_url: Option<String>,
    /// Region that the gateway takes signatures for
    #[arg(
        long,
        env = "SAIL_CARGO_GATEWAY_REGION",
        value_name = "REGION",
        default_value = "us-east-1"
    )]
    gateway_region: String,
}

/// Who makes the key: the server or the local database, in one project of the store.
enum KeyMaker<'a> {
    Local(&'a Service, ProjectId),
    Remote(Box<Client>),
}

/// An access key of the application.
struct MadeKey {
    id: String,
    secret: Secret,
}

/// Runs the attacks, prints the result, and removes the key whatever came of them.
pub(super) async fn through_gateway(
    remote: &Remote,
    backend: &StoreBackend,
    store: &Store,
    manner: Manner,
    (args, format): (GatewayArgs, Format),
) -> Result<ExitCode, Failure> {
    let project = project_of(backend, store, remote.project()).await?;
    let maker = match backend {
        StoreBackend::Local(service) => KeyMaker::Local(service, ProjectId::parse(&project.id)?),
        StoreBackend::Remote(_) => {
            KeyMaker::Remote(Box::new(remote.in_project(&project.slug).client()?))
        }
    };
    let address = maker.address(args).await?;
    let url = &address.endpoint;
    output::say(&format!("attacking {url} in project {} with throw-away objects", project.slug));
    let key = maker.make().await?;
    let credentials = StoreCredentials::new(key.id.clone(), key.secret, address.region.clone());
    let probed = probe_gateway(&address, credentials, manner).await;
    let removed = maker.remove(&key.id).await;
    let report = probed.map_err(|error| format!("the gateway was not tested: {error}"))?;
    removed.map_err(|error| format!("access key {} is not removed: {error}", key.id))?;
    print(&report, format, &gateway_text(&report))?;
    let (is_tight, sentence) = gateway_verdict(&report);
    output::say(&sentence);
    Ok(if is_tight { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The project to make the key in: the named one, or any that uses the store.
async fn project_of(
    backend: &StoreBackend,
    store: &Store,
    named: Option<&str>,
) -> Result<Project, Failure> {
    let is_named = |project: &Project| {
        named.is_none_or(|named| [&project.slug, &project.id].into_iter().any(|is| is == named))
    };
    let mut projects = backend.projects().await?.into_iter();
    projects.find(|project| project.store == store.name && is_named(project)).ok_or_else(|| {
        let name = &store.name;
        format!("no project uses store {name}: the gateway has no requests to send there").into()
    })
}

impl KeyMaker<'_> {
    /// Where the gateway is: as it is named, or as the server tells its clients.
    async fn address(&self, args: GatewayArgs) -> Result<GatewayAddress, Failure> {
        let told = match (args.gateway_url, self) {
            (Some(endpoint), _) => {
                let region = args.gateway_region;
                return Ok(GatewayAddress { endpoint, region });
            }
            (None, Self::Remote(client)) => client.whoami().await?.storage,
            (None, Self::Local(..)) => None,
        };
        told.and_then(|storage| storage.gateway)
            .ok_or_else(|| "where is the gateway? Name it with --gateway-url".into())
    }

    async fn make(&self) -> Result<MadeKey, Failure> {
        let expires_at = Some(Clock::system().now() + LIFE);
        let asked =
            CreateAccessKey { name: NAME.to_owned(), expires_at, ..CreateAccessKey::default() };
        match self {
            Self::Remote(client) => {
                let made = client.create_access_key(&asked).await?;
                let secret = Secret::new(made.secret.expose().to_owned());
                Ok(MadeKey { id: made.stored.access_key_id, secret })
            }
            Self::Local(service, project) => {
                let context = context(Some(project.clone()));
                let new = NewAccessKey::parse(asked, &context.caller, context.now)
                    .map_err(|refusal| refusal.to_string())?;
                let made = service.create_access_key(project.clone(), new, context).await?;
                let made = made.value.value;
                let secret = Secret::new(made.secret.expose().to_owned());
                Ok(MadeKey { id: made.stored.id.to_string(), secret })
            }
        }
    }

    async fn remove(&self, id: &str) -> Result<(), Failure> {
        match self {
            Self::Remote(client) => Ok(client.delete_access_key(id).await?),
            Self::Local(service, project) => {
                let (id, context) = (AccessKeyId::parse(id)?, context(Some(project.clone())));
                service.revoke_access_key(project.clone(), id, context).await?;
                Ok(())
            }
        }
    }
}

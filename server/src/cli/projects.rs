//! `projects`: tenants, on a server or in the local database.

use futures_util::TryStreamExt as _;
use sail_cargo_protocol::{CreateProject, Home, PageQuery, PatchProject, Project, ProjectStatus};

use super::bootstrap::{context, open};
use super::buckets::{Permissions, permissions};
use super::failure::Failure;
use super::format::{Output, word, words};
use super::list_args::ListArgs;
use super::named::{Spot, name};
use super::output;
use super::project_template::TemplateArgs;
use super::remote::Remote;
use super::stores::told;
use super::time::seconds;
use crate::api::projects::new_project;
use crate::api::wire;
use crate::config::{ConfigError, DatabaseSettings, Settings};
use crate::sharing;

#[derive(Debug, clap::Subcommand)]
pub(super) enum ProjectsCommand {
    /// Create a project. Without --url in the local database
    #[command(after_help = "Examples:\n  sail-cargo projects create photos --store main\n  \
        sail-cargo projects create team --store main --template team --dry-run")]
    Create(CreateArgs),
    /// List the projects. Without --url those of the local database
    #[command(after_help = "Example:\n  sail-cargo projects list")]
    List(ListArgs),
    /// Show a project on a server
    #[command(
        after_help = "Example:\n  sail-cargo projects show photos --url https://cargo.example.com"
    )]
    Show {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// The project's slug or id
        #[arg(value_parser = name)]
        project: String,
    },
    /// Change a project on a server; options left out keep their values
    #[command(after_help = "Example:\n  sail-cargo projects set photos --status suspended")]
    Set(SetArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct CreateArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    database: DatabaseSettings,
    /// The project's name in tokens and for operators
    slug: String,
    /// The store that holds its buckets
    #[arg(long)]
    store: String,
    /// An operation that root may have signed in addition to the usual ones; may be repeated
    #[arg(long = "root-extra", value_name = "OPERATION")]
    root_extra: Vec<String>,
    /// The origin of a web page that may call the server, such as `https://app.example.com`; may be
    /// repeated
    #[arg(long = "cors-origin", value_name = "ORIGIN")]
    cors_origins: Vec<String>,
    #[command(flatten)]
    template: TemplateArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct SetArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
    /// The project's slug or id
    #[arg(value_parser = name)]
    project: String,
    /// `active`, or `suspended`: no request is signed for the project
    #[arg(long, value_parser = word::<ProjectStatus>)]
    status: Option<ProjectStatus>,
    /// What every user may do in every bucket; `none` for nothing
    #[arg(long, value_name = "PERMISSIONS", value_parser = permissions)]
    default_permissions: Option<Permissions>,
    /// The operations that root may have signed in addition to the usual ones, separated by commas
    #[arg(long, value_delimiter = ',', num_args = 0..)]
    root_extra: Option<Vec<String>>,
    /// Whether only root may write tags
    #[arg(long)]
    tags_are_authority: Option<bool>,
    /// The longest life of a presigned URL, such as 1h or 7d; a number alone is seconds
    #[arg(id = "max-presign", long = "max-presign", alias = "max-presign-seconds")]
    #[arg(value_name = "DURATION", value_parser = seconds)]
    max_presign_seconds: Option<u32>,
    /// The origins of web pages that may call the server, separated by commas
    #[arg(long, value_name = "ORIGINS", value_delimiter = ',', num_args = 0..)]
    cors_origins: Option<Vec<String>>,
    /// Whether users make access keys of their own
    #[arg(long)]
    self_service_keys: Option<bool>,
    /// Where users have a place of their own, which `whoami` names to each: a bucket, and a template
    /// with `${user}` or `${username}` in it, such as 'photos/home/${user}/'
    #[arg(long, value_name = "BUCKET/TEMPLATE", conflicts_with = "no_home")]
    home: Option<Spot>,
    /// Users have no such place any more
    #[arg(long)]
    no_home: bool,
    /// The longest life of a URL that is presigned with an access key, such as 1h or 7d
    #[arg(long, value_name = "DURATION", value_parser = seconds)]
    max_presign_gateway: Option<u32>,
    /// The longest life of a session, 15m to 12h
    #[arg(long, value_name = "DURATION", value_parser = seconds)]
    max_session: Option<u32>,
    /// Whether downloads under way are broken off when the key, session, user or grant they rest on
    /// is gone
    #[arg(long)]
    cut_streams: Option<bool>,
    /// Whether browsers may run what they open on the project's public host
    #[arg(long)]
    public_host_active_content: Option<bool>,
}

pub(super) async fn projects(
    command: ProjectsCommand,
    fill: impl Fn(Settings) -> Result<Settings, ConfigError>,
) -> Result<(), Failure> {
    match command {
        ProjectsCommand::Create(args) => {
            let new = CreateProject {
                slug: args.slug,
                store: args.store,
                root_extra: args.root_extra,
                cors_origins: args.cors_origins,
            };
            if let Some(steps) = args.template.steps(&new)? {
                return args.template.run(&args.remote, &new.slug, &steps).await;
            }
            let id = if let Some(client) = args.remote.named()? {
                client.create_project(&new).await?.id
            } else {
                let new = new_project(new).map_err(|error| error.to_string())?;
                let service = open(args.database, &fill).await?;
                service.create_project(new, context(None)).await?.value.id.to_string()
            };
            Ok(output::print(&id)?)
        }
        ProjectsCommand::List(args) => {
            let (projects, stores) = if let Some(client) = args.remote.named()? {
                let projects: Vec<_> = client.projects_stream().try_collect().await?;
                (projects, client.stores(&PageQuery::default()).await?.items)
            } else {
                let service = open(args.database, &fill).await?;
                let all = service.projects(String::new(), usize::MAX >> 1).await?;
                let stores = service.stores().await?.into_iter().map(told).collect();
                (all.iter().map(wire::project).collect(), stores)
            };
            rows(args.output, &projects)?;
            for warning in sharing::unsaid(&stores, &projects) {
                output::say(&warning);
            }
            Ok(())
        }
        ProjectsCommand::Show { remote, output, project } => {
            rows(output, &[remote.client()?.project(&project).await?])
        }
        ProjectsCommand::Set(args) => {
            let patch = PatchProject {
                status: args.status,
                default_permissions: args.default_permissions.map(|all| all.0),
                root_extra: args.root_extra,
                tags_are_authority: args.tags_are_authority,
                max_presign_seconds: args.max_presign_seconds,
                cors_origins: args.cors_origins,
                self_service_keys: args.self_service_keys,
                home: args.home.map(|home| Home { bucket: home.bucket, prefix: home.rest }),
                no_home: args.no_home,
                max_presign_gateway: args.max_presign_gateway,
                max_session: args.max_session,
                cut_streams: args.cut_streams,
                public_host_active_content: args.public_host_active_content,
            };
            rows(args.output, &[args.remote.client()?.patch_project(&args.project, &patch).await?])
        }
    }
}

fn rows(output: Output, projects: &[Project]) -> Result<(), Failure> {
    output.list(projects, ["SLUG", "STORE", "STATUS", "DEFAULT", "ID"], |project| {
        [
            project.slug.clone(),
            project.store.clone(),
            words([project.status]),
            words(&project.default_permissions),
            project.id.clone(),
        ]
    })
}

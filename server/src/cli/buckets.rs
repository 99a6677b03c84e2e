//! `buckets`: the buckets registered in a project, and who can do what in them.

use futures_util::TryStreamExt as _;
use sail_cargo_protocol::{
    AccessQuery, Bucket, BucketState, PatchBucket, Permission, PutBucket, SubjectPermissions,
};

use super::doubts::say_if_absent;
use super::failure::Failure;
use super::format::{Output, word, words};
use super::named::bucket;
use super::output;
use super::remote::Remote;
use super::time::PastTime;
use super::unseen_bucket::UnseenBucket;
use super::whom::{Who, known_as, template};
use crate::clock::Clock;

#[derive(Debug, clap::Subcommand)]
pub(super) enum BucketsCommand {
    /// List the buckets
    #[command(after_help = "Example:\n  sail-cargo buckets list -o json")]
    List {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
    },
    /// Show one bucket
    #[command(after_help = "Example:\n  sail-cargo buckets show photos")]
    Show {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// The bucket's name in S3
        #[arg(value_parser = bucket)]
        bucket: String,
    },
    /// Register a bucket, or replace its rules. Nothing changes in S3
    #[command(
        after_help = "Example:\n  sail-cargo buckets put photos --public read --label team=web"
    )]
    Put(RulesArgs),
    /// Change a registered bucket; options left out keep their values
    #[command(after_help = "Example:\n  sail-cargo buckets set photos --ceiling read")]
    Set(RulesArgs),
    /// Unregister a bucket and delete every grant on it. Nothing changes in S3
    #[command(after_help = "Example:\n  sail-cargo buckets delete photos")]
    Delete {
        #[command(flatten)]
        remote: Remote,
        /// The bucket's name in S3
        #[arg(value_parser = bucket)]
        bucket: String,
    },
    /// List who can do what in a bucket, now or at an earlier time
    #[command(
        after_help = "Examples:\n  sail-cargo buckets access photos --permission read --at 2026-03-01\n  \
            sail-cargo buckets access photos --user ada"
    )]
    Access {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// The bucket's name in S3
        #[arg(value_parser = bucket)]
        bucket: String,
        /// Only subjects that hold this permission
        #[arg(long, value_parser = word::<Permission>)]
        permission: Option<Permission>,
        /// Only what each subject holds on this object key
        #[arg(long)]
        key: Option<String>,
        #[command(flatten)]
        who: Who,
        /// Show the access at this time, in UTC: 2026-03-01, 2026-03-01T12:00:00Z, yesterday, or
        /// 30d for 30 days ago
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        at: Option<PastTime>,
    },
    /// Ask S3 whether buckets were created or deleted after a signed request whose result was never
    /// reported
    #[command(after_help = "Example:\n  sail-cargo buckets reconcile")]
    Reconcile {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// Only this bucket [default: all buckets with an unreported creation or deletion]
        #[arg(value_parser = bucket)]
        bucket: Option<String>,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct RulesArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
    /// The bucket's name in S3
    #[arg(value_parser = bucket)]
    bucket: String,
    /// What everybody may do; `none` for nothing
    #[arg(long, value_name = "PERMISSIONS", value_parser = permissions)]
    public: Option<Permissions>,
    /// The most that anybody may do, whatever the grants say; `none` locks the bucket. Only
    /// operators can raise it
    #[arg(long, value_name = "PERMISSIONS", value_parser = permissions)]
    ceiling: Option<Permissions>,
    /// A label, as `key=value`; `key=` removes it; may be repeated
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = label)]
    labels: Vec<(String, String)>,
}

/// A list of permissions, taken as one value by clap.
#[derive(Debug, Clone)]
pub(super) struct Permissions(pub(super) sail_cargo_protocol::Permissions);

/// Parses `read,write`, or `none`.
pub(super) fn permissions(text: &str) -> Result<Permissions, String> {
    if text == "none" {
        return Ok(Permissions([].into()));
    }
    let words = text.split([',', '+']).map(|text| word::<Permission>(text.trim()));
    words.collect::<Result<_, _>>().map(Permissions)
}

fn label(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("a label reads `key=value`")?;
    Ok((key.to_owned(), value.to_owned()))
}

pub(super) async fn buckets(command: BucketsCommand) -> Result<(), Failure> {
    match command {
        BucketsCommand::List { remote, output } => {
            let buckets: Vec<Bucket> = remote.client()?.buckets_stream().try_collect().await?;
            list(output, &buckets)
        }
        BucketsCommand::Show { remote, output, bucket } => {
            list(output, &[remote.client()?.bucket(&bucket).await?])
        }
        BucketsCommand::Put(args) => {
            let labels = args.labels.into_iter().filter(|(_, value)| !value.is_empty());
            let put = PutBucket {
                public_permissions: args.public.map(|all| all.0).unwrap_or_default(),
                ceiling: args.ceiling.map(|all| all.0),
                labels: labels.collect(),
            };
            let client = args.remote.client()?;
            list(args.output, &[client.put_bucket(&args.bucket, &put).await?])?;
            say_if_absent(&client, &args.bucket).await;
            Ok(())
        }
        BucketsCommand::Set(args) => {
            let labels = args.labels.into_iter();
            let patch = PatchBucket {
                public_permissions: args.public.map(|all| all.0),
                ceiling: args.ceiling.map(|all| all.0),
                labels: labels
                    .map(|(key, value)| (key, (!value.is_empty()).then_some(value)))
                    .collect(),
            };
            list(args.output, &[args.remote.client()?.patch_bucket(&args.bucket, &patch).await?])
        }
        BucketsCommand::Delete { remote, bucket } => {
            remote.client()?.delete_bucket(&bucket).await?;
            output::say(&format!(
                "unregistered bucket {bucket} and deleted every grant on it; in S3 nothing changed"
            ));
            Ok(())
        }
        BucketsCommand::Access { remote, output, bucket, permission, key, who, at } => {
            let at = at.map(|at| at.at(Clock::system().now())).transpose()?;
            let (kind, subject) = who.named().unzip();
            let query = AccessQuery {
                permission,
                key,
                kind,
                subject: subject.map(ToOwned::to_owned),
                at,
                page_size: Some(1000),
                page_token: None,
            };
            let client = remote.client()?;
            let all = client.access_stream(&bucket, &query).try_collect().await;
            let all: Vec<_> = all.map_err(UnseenBucket::or_other)?;
            output.list(&all, ["KIND", "SUBJECT", "PERMISSIONS", "PREFIXES"], access)?;
            if all.iter().any(|one| one.members_unknown) {
                output::say(
                    "the members of a token group cannot be listed: users whose tokens name it \
                     hold its permissions as well",
                );
            }
            Ok(())
        }
        BucketsCommand::Reconcile { remote, output, bucket } => {
            reconcile(&remote, output, bucket).await
        }
    }
}

async fn reconcile(remote: &Remote, output: Output, bucket: Option<String>) -> Result<(), Failure> {
    let client = remote.client()?;
    let names = if let Some(bucket) = bucket {
        vec![bucket]
    } else {
        let all: Vec<Bucket> = client.buckets_stream().try_collect().await?;
        let open = all.into_iter().filter(|bucket| bucket.state != BucketState::Active);
        open.map(|bucket| bucket.name).collect()
    };
    let mut settled = Vec::new();
    let mut failed = false;
    for name in names {
        match client.reconcile_bucket(&name).await {
            Ok(one) => settled.push(one),
            Err(error) => {
                failed = true;
                output::say(&format!("{name}: {error}"));
            }
        }
    }
    output.list(&settled, ["BUCKET", "STATE", "FOUND"], |one| {
        let state = one.state.map_or_else(|| "gone".to_owned(), |state| words([state]));
        [one.bucket.clone(), state, one.detail.clone()]
    })?;
    if failed { Err("some buckets could not be checked in S3".into()) } else { Ok(()) }
}

fn list(output: Output, buckets: &[Bucket]) -> Result<(), Failure> {
    output.list(buckets, ["BUCKET", "STATE", "PUBLIC", "CEILING", "LABELS"], |bucket| {
        let labels: Vec<_> =
            bucket.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        [
            bucket.name.clone(),
            words([bucket.state]),
            words(&bucket.public_permissions),
            words(&bucket.ceiling),
            labels.join(","),
        ]
    })
}

fn access(one: &SubjectPermissions) -> [String; 4] {
    let below = one.prefixes.iter();
    let below: Vec<_> = below
        .map(|part| {
            let kind = template(part.prefix_kind);
            format!("{}{kind}: {}", part.prefix, words(&part.permissions))
        })
        .collect();
    [
        words([one.kind]),
        known_as(&one.subject, one.username.as_deref()),
        words(&one.permissions),
        below.join(", "),
    ]
}

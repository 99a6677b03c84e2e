//! `users` and `groups`: whom grants and member lists name.

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use sail_cargo_protocol::{
    BucketPermissions, BulkQuery, GrantsQuery, PutMember, User, UserPermissionsQuery,
};

use super::format::{Output, instant, words};
use super::grants::{changed, rows};
use super::remote::Remote;
use super::{Failure, output};

#[derive(Debug, clap::Subcommand)]
pub(super) enum UsersCommand {
    /// List the users whom a grant or a member list names, and what is odd about their ids
    #[command(after_help = "Example:\n  sail-cargo users list")]
    List {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
    },
    /// List the grants that name a user
    #[command(after_help = "Example:\n  sail-cargo users grants ada")]
    Grants {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// The id in their token
        user: String,
    },
    /// What a user may do, from all sources together
    #[command(after_help = "Example:\n  sail-cargo users permissions ada --group staff")]
    Permissions {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// The id in their token
        user: String,
        /// A group that their token would name; may be repeated
        #[arg(long = "group", value_name = "GROUP")]
        groups: Vec<String>,
        /// Only in this bucket
        #[arg(long)]
        bucket: Option<String>,
    },
    /// Take every grant of a user away; what they hold through groups stays
    #[command(after_help = "Example:\n  sail-cargo users revoke ada --dry-run")]
    Revoke {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// The id in their token
        user: String,
        /// Change nothing: say what would happen
        #[arg(long)]
        dry_run: bool,
        /// Even if a bucket loses its last admin
        #[arg(long)]
        force: bool,
    },
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum GroupsCommand {
    /// List the groups that have members here
    #[command(after_help = "Example:\n  sail-cargo groups list")]
    List {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
    },
    /// List the members of a group
    #[command(after_help = "Example:\n  sail-cargo groups members staff")]
    Members {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// Its name
        group: String,
    },
    /// Make a user a member
    #[command(
        after_help = "Example:\n  sail-cargo groups add staff ada --until 2027-01-01T00:00:00Z"
    )]
    Add {
        #[command(flatten)]
        remote: Remote,
        /// The group
        group: String,
        /// The user
        user: String,
        /// Not a member from this instant on
        #[arg(long, value_name = "RFC3339")]
        until: Option<DateTime<Utc>>,
    },
    /// Take a user out of a group
    #[command(after_help = "Example:\n  sail-cargo groups remove staff ada")]
    Remove {
        #[command(flatten)]
        remote: Remote,
        /// The group
        group: String,
        /// The user
        user: String,
    },
}

pub(super) async fn users(command: UsersCommand) -> Result<(), Failure> {
    match command {
        UsersCommand::List { remote, output } => {
            let all: Vec<_> = remote.client()?.users_stream().try_collect().await?;
            output.list(&all, ["USER", "GRANTS", "GROUPS", "ID"], |user: &User| {
                let (id, remark) = remarked(user);
                [id, user.grants.to_string(), user.groups.join(","), remark]
            })
        }
        UsersCommand::Grants { remote, output, user } => {
            let query = GrantsQuery { page_size: Some(1000), ..GrantsQuery::default() };
            let client = remote.client()?;
            let grants: Vec<_> = client.user_grants_stream(&user, &query).try_collect().await?;
            rows(output, &grants)
        }
        UsersCommand::Permissions { remote, output, user, groups, bucket } => {
            let groups = (!groups.is_empty()).then(|| groups.join(","));
            let query = UserPermissionsQuery { bucket, groups };
            let held = remote.client()?.user_permissions(&user, &query).await?.items;
            output.list(&held, ["BUCKET", "PERMISSIONS", "BELOW"], |one: &BucketPermissions| {
                let below = one.prefixes.iter();
                let below: Vec<_> = below
                    .map(|part| format!("{}: {}", part.prefix, words(&part.permissions)))
                    .collect();
                [one.bucket.clone(), words(&one.permissions), below.join(", ")]
            })
        }
        UsersCommand::Revoke { remote, output, user, dry_run, force } => {
            let how = BulkQuery { dry_run, force };
            changed(output, &remote.client()?.delete_user_grants(&user, &how).await?)
        }
    }
}

/// The id as it can be shown, and what is odd about it; `-` for nothing.
fn remarked(user: &User) -> (String, String) {
    match &user.flaw {
        Some(flaw) => (format!("{:?}", user.id), flaw.clone()),
        None if user.mixed_scripts => (user.id.clone(), "mixed scripts".to_owned()),
        None => (user.id.clone(), "-".to_owned()),
    }
}

pub(super) async fn groups(command: GroupsCommand) -> Result<(), Failure> {
    match command {
        GroupsCommand::List { remote, output } => {
            let all: Vec<_> = remote.client()?.groups_stream().try_collect().await?;
            output.list(&all, ["GROUP", "MEMBERS"], |group: &sail_cargo_protocol::Group| {
                [group.name.clone(), group.members.to_string()]
            })
        }
        GroupsCommand::Members { remote, output, group } => {
            let all: Vec<_> = remote.client()?.members_stream(&group).try_collect().await?;
            output.list(&all, ["USER", "UNTIL"], |member: &sail_cargo_protocol::Member| {
                [member.user.clone(), instant(member.expires_at)]
            })
        }
        GroupsCommand::Add { remote, group, user, until } => {
            let member = PutMember { expires_at: until };
            remote.client()?.put_member(&group, &user, &member).await?;
            output::say(&format!("{user} is a member of {group}"));
            Ok(())
        }
        GroupsCommand::Remove { remote, group, user } => {
            remote.client()?.delete_member(&group, &user).await?;
            output::say(&format!("{user} is no member of {group}"));
            Ok(())
        }
    }
}

//! `users` and `groups`: the subjects of grants, and the members of groups.

use futures_util::TryStreamExt as _;
use sail_cargo_client::Client;
use sail_cargo_protocol::{
    BulkQuery, GrantsQuery, Group, Member, PatchGroup, PutMember, SubjectKind, User,
    UserPermissionsQuery,
};

use super::doubts::say_if_over;
use super::failure::Failure;
use super::format::{Output, instant};
use super::grants_shown::{changed, rows};
use super::me::held_in;
use super::named::{bucket, name};
use super::remote::Remote;
use super::time::Future;
use super::{output, remains};
use crate::clock::Clock;

#[derive(Debug, clap::Subcommand)]
pub(super) enum UsersCommand {
    /// List the users named by a grant or a member list, and suspicious ids
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
        /// The user's id, as in their token
        #[arg(value_parser = name)]
        user: String,
    },
    /// Show what a user may do, from all sources
    #[command(after_help = "Example:\n  sail-cargo users permissions ada --token-group staff")]
    Permissions {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// The user's id, as in their token
        #[arg(value_parser = name)]
        user: String,
        /// A group in the user's token; may be repeated
        #[arg(long = "token-group", alias = "group", value_name = "GROUP")]
        groups: Vec<String>,
        /// Only in this bucket
        #[arg(long, value_parser = bucket)]
        bucket: Option<String>,
    },
    /// End every session of STS that a user has at the gateway
    #[command(name = "end-sessions", after_help = "Example:\n  sail-cargo users end-sessions ada")]
    EndSessions {
        #[command(flatten)]
        remote: Remote,
        /// The id in their token
        #[arg(value_parser = name)]
        user: String,
    },
    /// Delete every grant of a user, and print what still gives them access: groups, public
    /// permissions
    #[command(after_help = "Example:\n  sail-cargo users revoke ada --dry-run")]
    Revoke {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// The user's id, as in their token
        #[arg(value_parser = name)]
        user: String,
        /// Change nothing; print what would happen
        #[arg(long)]
        dry_run: bool,
        /// Go on even if a bucket loses its last admin
        #[arg(long)]
        force: bool,
    },
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum GroupsCommand {
    /// List the groups that have members here, and mark those that no longer apply to tokens
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
        /// The group's name
        #[arg(value_parser = name)]
        group: String,
    },
    /// Add a user to a group
    #[command(after_help = "Example:\n  sail-cargo groups add staff ada --expires-at 2027-01-01")]
    Add {
        #[command(flatten)]
        remote: Remote,
        /// The group
        #[arg(value_parser = name)]
        group: String,
        /// The user
        #[arg(value_parser = name)]
        user: String,
        /// When the membership ends, in UTC: 2027-01-01, 2027-01-01T12:00:00Z, or 30d from now
        /// [default: never]
        #[arg(
            long = "expires-at",
            alias = "until",
            value_name = "TIME",
            allow_hyphen_values = true
        )]
        until: Option<Future>,
    },
    /// Confirm that a group with members of its own excludes the tokens that name it
    #[command(
        long_about = "Confirm that a group with members of its own excludes the tokens that name it\n\n\
            In earlier releases a token that named a group also held the grants of Cargo's group \
            of that name. Now a group with members is for these members alone, and `groups list` \
            marks it until you confirm this. To give grants to users whose tokens name the \
            group, use `grants put --token-group`.",
        after_help = "Example:\n  sail-cargo groups settle staff"
    )]
    Settle {
        #[command(flatten)]
        remote: Remote,
        /// The group
        #[arg(value_parser = name)]
        group: String,
    },
    /// Remove a user from a group
    #[command(after_help = "Example:\n  sail-cargo groups remove staff ada")]
    Remove {
        #[command(flatten)]
        remote: Remote,
        /// The group
        #[arg(value_parser = name)]
        group: String,
        /// The user
        #[arg(value_parser = name)]
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
            held_in(output, &held)
        }
        UsersCommand::Revoke { remote, output, user, dry_run, force } => {
            let how = BulkQuery { dry_run, force };
            let client = remote.client()?;
            changed(output, &client.delete_user_grants(&user, &how).await?)?;
            remains::say(&client, &user, Clock::system().now()).await
        }
        UsersCommand::EndSessions { remote, user } => {
            let ended = remote.client()?.end_user_sessions(&user).await?;
            output::say(&format!("ended the sessions of {}", ended.user));
            Ok(())
        }
    }
}

/// The id in printable form, and what is suspicious about it; `-` for nothing.
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
            output.list(&all, ["GROUP", "MEMBERS", "TOKENS"], |group: &Group| {
                let tokens = if group.tokens_left_out { "left out" } else { "-" };
                [group.name.clone(), group.members.to_string(), tokens.to_owned()]
            })
        }
        GroupsCommand::Members { remote, output, group } => {
            let client = remote.client()?;
            let all: Vec<_> = client.members_stream(&group).try_collect().await?;
            output.list(&all, ["USER", "EXPIRES"], |member: &Member| {
                [member.user.clone(), instant(member.expires_at)]
            })?;
            let (kind, subject) = (Some(SubjectKind::TokenGroup), Some(group.clone()));
            let query = GrantsQuery { kind, subject, page_size: Some(1), ..GrantsQuery::default() };
            if !client.all_grants(&query).await?.items.is_empty() {
                output::say(&format!(
                    "there are grants to a token group {group} as well: its members cannot be \
                     listed"
                ));
            }
            Ok(())
        }
        GroupsCommand::Settle { remote, group } => {
            let settled = PatchGroup { tokens_left_out: Some(false) };
            remote.client()?.patch_group(&group, &settled).await?;
            output::say(&format!(
                "settled: the grants of group {group} are for its member list, not for tokens"
            ));
            Ok(())
        }
        GroupsCommand::Add { remote, group, user, until } => {
            let now = Clock::system().now();
            let expires_at = until.map(|at| at.at(now)).transpose()?;
            let member = PutMember { expires_at };
            remote.client()?.put_member(&group, &user, &member).await?;
            output::say(&format!("added {user} to group {group}"));
            say_if_over("the membership", expires_at, now);
            Ok(())
        }
        GroupsCommand::Remove { remote, group, user } => {
            let client = remote.client()?;
            if !is_member(&client, &group, &user).await? {
                return Err(format!("{user} is not in group {group}: nothing was removed").into());
            }
            client.delete_member(&group, &user).await?;
            output::say(&format!("removed {user} from group {group}"));
            Ok(())
        }
    }
}

/// Whether a user is on the member list of a group.
pub(super) async fn is_member(client: &Client, group: &str, user: &str) -> Result<bool, Failure> {
    let mut members = std::pin::pin!(client.members_stream(group));
    while let Some(member) = members.try_next().await? {
        if member.user == user {
            return Ok(true);
        }
    }
    Ok(false)
}

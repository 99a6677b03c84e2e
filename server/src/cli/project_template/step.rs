//! The steps of a template, from its options. Pure.

use std::collections::BTreeSet;
use std::fmt;

use sail_cargo_protocol::{CreateProject, GrantLine, Home, Permission, PrefixKind, SubjectKind};

use crate::cli::format::words;
use crate::cli::whom::{called, template};
use crate::domain::BucketName;

/// Whoever sees that files are there, and how big.
const ADMINS: &str = "admins";
/// Whoever works with files, for grants to come. A home has everybody.
const EDITORS: &str = "editors";
/// The part of the bucket that is a user's own.
const HOME: &str = "home/${user}/";

/// One step: a request that an operator could also send alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Step {
    /// Create the project.
    Project(CreateProject),
    /// Create the bucket on the storage, which registers it.
    MakeBucket(BucketName),
    /// Register a bucket that the storage has.
    RegisterBucket(BucketName),
    /// Give a grant.
    Grant(GrantLine),
    /// Say where the users of the project have their homes.
    Home(String, Home),
    /// Add a user to a group.
    Member {
        /// The group.
        group: &'static str,
        /// The user's id.
        user: String,
    },
}

/// What `team` is made of.
#[derive(Debug)]
pub(super) struct TeamOptions {
    pub(super) project: CreateProject,
    /// The bucket for the homes.
    pub(super) bucket: BucketName,
    /// The storage has the bucket.
    pub(super) is_there: bool,
    /// The group `admins` has the permission `admin`.
    pub(super) admins_are_admins: bool,
    pub(super) admins: Vec<String>,
    pub(super) editors: Vec<String>,
}

/// The steps of the template `team`, in the order in which they are applied. What is needed for a grant comes
/// before it, and members come last: nobody has a part of it before the whole is there.
pub(super) fn team(options: &TeamOptions) -> Vec<Step> {
    let TeamOptions { project, bucket, is_there, admins_are_admins, admins, editors } = options;
    let place = if *is_there { Step::RegisterBucket } else { Step::MakeBucket };
    let mut steps = vec![
        Step::Project(project.clone()),
        place(bucket.clone()),
        Step::Grant(homes(bucket)),
        Step::Grant(overview(bucket, *admins_are_admins)),
        Step::Home(
            project.slug.clone(),
            Home { bucket: bucket.to_string(), prefix: HOME.to_owned() },
        ),
    ];
    for (group, users) in [(ADMINS, admins), (EDITORS, editors)] {
        let users: BTreeSet<_> = users.iter().cloned().collect();
        steps.extend(users.into_iter().map(|user| Step::Member { group, user }));
    }
    steps
}

/// Everybody with a token has a home of their own.
fn homes(bucket: &BucketName) -> GrantLine {
    GrantLine {
        bucket: bucket.to_string(),
        prefix: HOME.to_owned(),
        prefix_kind: PrefixKind::Template,
        kind: SubjectKind::Authenticated,
        subject: "*".to_owned(),
        permissions: [Permission::Read, Permission::Write, Permission::Delete].into(),
        ..GrantLine::default()
    }
}

/// The group `admins` lists everything, and opens nothing.
fn overview(bucket: &BucketName, are_admins: bool) -> GrantLine {
    let admin = are_admins.then_some(Permission::Admin);
    GrantLine {
        bucket: bucket.to_string(),
        kind: SubjectKind::Group,
        subject: ADMINS.to_owned(),
        permissions: [Permission::List].into_iter().chain(admin).collect(),
        ..GrantLine::default()
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project(new) => write!(f, "project {} on the store {}", new.slug, new.store),
            Self::MakeBucket(bucket) => write!(
                f,
                "bucket {bucket}, created on the storage with an API key that is revoked at once"
            ),
            Self::RegisterBucket(bucket) => {
                write!(f, "bucket {bucket}, which the storage has, registered")
            }
            Self::Grant(grant) => write!(
                f,
                "grant to {}: {} on {}/{}{}",
                called(grant.kind, &grant.subject),
                words(&grant.permissions),
                grant.bucket,
                grant.prefix,
                template(grant.prefix_kind)
            ),
            Self::Home(_, home) => write!(f, "home of each user: {}/{}", home.bucket, home.prefix),
            Self::Member { group, user } => write!(f, "user {user} in the group {group}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(change: impl FnOnce(&mut TeamOptions)) -> TeamOptions {
        let project = CreateProject {
            slug: "team".to_owned(),
            store: "main".to_owned(),
            root_extra: Vec::new(),
            cors_origins: Vec::new(),
        };
        let mut options = TeamOptions {
            project,
            bucket: BucketName::parse_new("team-homes").unwrap(),
            is_there: false,
            admins_are_admins: false,
            admins: Vec::new(),
            editors: Vec::new(),
        };
        change(&mut options);
        options
    }

    fn told(change: impl FnOnce(&mut TeamOptions)) -> Vec<String> {
        team(&options(change)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_team_is_a_list_of_ordinary_steps() {
        let made =
            "bucket team-homes, created on the storage with an API key that is revoked at once";
        let there = "bucket team-homes, which the storage has, registered";
        let list = "grant to group admins: list on team-homes/";
        let admin = "grant to group admins: admin+list on team-homes/";
        let names = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        for (said, bucket, overview, members) in [
            (told(|_| ()), made, list, vec![]),
            (told(|all| all.is_there = true), there, list, vec![]),
            (told(|all| all.admins_are_admins = true), made, admin, vec![]),
            (
                told(|all| {
                    all.admins = names(&["ada", "ada"]);
                    all.editors = names(&["carl", "bob"]);
                }),
                made,
                list,
                vec![
                    "user ada in the group admins",
                    "user bob in the group editors",
                    "user carl in the group editors",
                ],
            ),
        ] {
            let steps = [
                "project team on the store main",
                bucket,
                "grant to authenticated *: read+write+delete on team-homes/home/${user}/ (template)",
                overview,
                "home of each user: team-homes/home/${user}/",
            ];
            assert_eq!(said, [&steps[..], &members].concat());
        }
    }

    #[test]
    fn an_administrator_is_given_no_content() {
        for chosen in [false, true] {
            let steps = team(&options(|all| all.admins_are_admins = chosen));
            let to_admins = steps.iter().filter_map(|step| match step {
                Step::Grant(grant) if grant.kind == SubjectKind::Group => Some(grant),
                _ => None,
            });
            let held: Vec<_> = to_admins.flat_map(|grant| grant.permissions.clone()).collect();
            let opens = [Permission::Read, Permission::Write, Permission::Delete];
            assert!(opens.iter().all(|one| !held.contains(one)), "{held:?}");
            assert_eq!(held.contains(&Permission::Admin), chosen);
        }
    }
}

//! Reports the access that a user keeps after their own grants were revoked: through groups, public
//! permissions and the project's default permissions.

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use sail_cargo_client::Client;
use sail_cargo_protocol::{
    Bucket, BucketPermissions, Grant, GrantsQuery, PageQuery, Permissions, SubjectKind,
    UserPermissionsQuery,
};

use super::failure::Failure;
use super::format::{instant, words};
use super::output;
use super::whom::called;

/// The sources of a user's permissions.
struct Sources {
    /// Grants that have not ended: the user's own, those of their groups, and those to everybody.
    grants: Vec<Grant>,
    /// Grants to token groups. The user's token, which is not at hand, decides whether they apply.
    of_tokens: Vec<Grant>,
    buckets: Vec<Bucket>,
}

/// Prints every source that still gives `user` permissions.
pub(super) async fn say(client: &Client, user: &str, now: DateTime<Utc>) -> Result<(), Failure> {
    let sources = Sources::find(client, user, now).await?;
    let held = client.user_permissions(user, &UserPermissionsQuery::default()).await?.items;
    let mut lines: Vec<String> = sources.others().map(|grant| line(grant, now)).collect();
    lines.extend(sources.public());
    let default = sources.unexplained(&held, now);
    if !default.is_empty() {
        lines.push(format!("the project's default permissions: {}", words(&default)));
    }
    if lines.is_empty() {
        output::say(&format!("nothing else gives {user} access"));
    } else {
        output::say(&format!("{user} still has access by\n  {}", lines.join("\n  ")));
    }
    if !sources.of_tokens.is_empty() {
        let lines: Vec<_> = sources.of_tokens.iter().map(|grant| line(grant, now)).collect();
        output::say(&format!(
            "and, if their token names such a group, by\n  {}",
            lines.join("\n  ")
        ));
    }
    Ok(())
}

impl Sources {
    async fn find(client: &Client, user: &str, now: DateTime<Utc>) -> Result<Self, Failure> {
        let groups = groups(client, user).await?;
        let mut all = Vec::new();
        for kind in [
            SubjectKind::User,
            SubjectKind::Group,
            SubjectKind::TokenGroup,
            SubjectKind::Authenticated,
            SubjectKind::Public,
        ] {
            let subject = (kind == SubjectKind::User).then(|| user.to_owned());
            let query = GrantsQuery {
                kind: Some(kind),
                subject,
                page_size: Some(1000),
                ..GrantsQuery::default()
            };
            all.extend(client.all_grants_stream(&query).try_collect::<Vec<_>>().await?);
        }
        all.retain(|grant| {
            grant.expires_at.is_none_or(|end| now < end)
                && (grant.kind != SubjectKind::Group || groups.contains(&grant.subject))
        });
        let (of_tokens, grants) =
            all.into_iter().partition(|grant| grant.kind == SubjectKind::TokenGroup);
        let buckets = client.buckets_stream().try_collect().await?;
        Ok(Self { grants, of_tokens, buckets })
    }

    /// The grants that do not name the user.
    fn others(&self) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(|grant| grant.kind != SubjectKind::User)
    }

    /// The public permissions of each bucket, a line each.
    fn public(&self) -> impl Iterator<Item = String> {
        let open = self.buckets.iter().filter(|bucket| !bucket.public_permissions.is_empty());
        open.map(|bucket| {
            format!("public permissions of {}: {}", bucket.name, words(&bucket.public_permissions))
        })
    }

    /// The permissions in whole buckets that no grant and no public permission explains: they come
    /// from the project's default permissions.
    fn unexplained(&self, held: &[BucketPermissions], now: DateTime<Utc>) -> Permissions {
        let mut rest = Permissions::new();
        for one in held {
            let live = |grant: &&Grant| {
                grant.bucket == one.bucket
                    && grant.prefix.is_empty()
                    && grant.not_before.is_none_or(|start| start <= now)
            };
            let granted = self.grants.iter().filter(live).flat_map(|grant| &grant.permissions);
            let public = self.buckets.iter().filter(|bucket| bucket.name == one.bucket);
            let public = public.flat_map(|bucket| &bucket.public_permissions);
            let known: Permissions = granted.chain(public).copied().collect();
            rest.extend(one.permissions.difference(&known));
        }
        rest
    }
}

/// The groups with the user on their member lists.
async fn groups(client: &Client, user: &str) -> Result<Vec<String>, Failure> {
    let mut query = PageQuery { page_size: Some(1000), page_token: None };
    loop {
        let page = client.users(&query).await?;
        if let Some(found) = page.items.into_iter().find(|one| one.id == user) {
            return Ok(found.groups);
        }
        query.page_token = page.next_page_token;
        if query.page_token.is_none() {
            return Ok(Vec::new());
        }
    }
}

fn line(grant: &Grant, now: DateTime<Utc>) -> String {
    let whom = match grant.kind {
        SubjectKind::Authenticated => "everybody with a token".to_owned(),
        SubjectKind::Public => "everybody".to_owned(),
        kind => called(kind, &grant.subject),
    };
    let start = grant.not_before.filter(|start| now < *start);
    let start = start.map(|start| format!(", from {}", instant(Some(start)))).unwrap_or_default();
    format!("{whom} on {}/{}: {}{start}", grant.bucket, grant.prefix, words(&grant.permissions))
}

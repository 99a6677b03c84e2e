//! Converts policies to grants.

use std::collections::{BTreeMap, BTreeSet};

use super::actions::{ALL, WRITE_AND_DELETE, on_buckets, on_objects, stands_for};
use super::condition::narrow;
use super::held::{HeldScope, covers, grants, meet};
use super::pattern::{Variables, Whom};
use super::policy::{Allows, InvalidPolicy, Policy, shown};
use super::prefixes::Prefixes;
use super::resource::Resource;
use super::times::Window;
use crate::account::Username;
use crate::{
    BucketName, GrantKey, GrantPrefix, GrantState, Permission, Permissions, Subject, permissions,
};

/// The result of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// The grants.
    pub grants: Vec<(GrantKey, GrantState)>,
    /// What the policy allows and the grants do not, in sentences.
    pub lost: Vec<String>,
    /// What the grants allow and the policy does not, in sentences. If that was not accepted: what
    /// they would allow.
    pub wider: Vec<String>,
    /// Whether the import yields more grants if wider grants are accepted.
    pub would_give_more: bool,
}

/// The actions that the statements allow, by scope: on objects, and on listings.
#[derive(Default)]
struct Allowed {
    objects: BTreeMap<HeldScope, BTreeSet<&'static str>>,
    listings: BTreeMap<HeldScope, BTreeSet<&'static str>>,
}

/// Converts the policy `text` to grants for `subject`. A permission that allows more than the
/// policy is reported, and given only if `accept_wider` is set.
///
/// `${aws:userid}` is the id of a user, and `${aws:username}` what the user's account is called: of one user
/// `username`, or the id where the user has no account; of several users they become the templates `${user}`
/// and `${username}`.
///
/// # Errors
/// [`InvalidPolicy`] if the text is not a policy, a statement denies, or `subject` cannot have new
/// grants.
pub fn read(
    text: &str,
    subject: &Subject,
    username: Option<&Username>,
    accept_wider: bool,
) -> Result<Imported, InvalidPolicy> {
    let policy = Policy::parse(text)?;
    let import = |accept_wider| import(&policy, subject, username, accept_wider);
    let mut imported = import(accept_wider);
    if !accept_wider && !imported.wider.is_empty() {
        imported.would_give_more = import(true).grants != imported.grants;
    }
    for (key, _) in &imported.grants {
        key.demand_plain()?;
    }
    Ok(imported)
}

fn import(
    policy: &Policy,
    subject: &Subject,
    username: Option<&Username>,
    accept_wider: bool,
) -> Imported {
    let whom = match subject {
        Subject::User(id) => {
            Whom::One { id: id.as_str(), name: username.map_or(id.as_str(), Username::as_str) }
        }
        _ => Whom::Each,
    };
    let variables = Variables { known: policy.has_variables, whom };
    let mut imported = Imported::default();
    let mut allowed = Allowed::default();
    for statement in &policy.statements {
        let mut told = Told { name: &statement.name, accept_wider, imported: &mut imported };
        match &statement.allows {
            Ok(allows) => allowed.add(allows, variables, &mut told),
            Err(what) => told.lose(what),
        }
    }
    let mut held: BTreeMap<HeldScope, Permissions> = BTreeMap::new();
    for place in allowed.places() {
        let permissions = allowed.given(&place, accept_wider, &mut imported);
        held.insert(place, permissions);
    }
    allowed.part(&mut held, accept_wider, &mut imported);
    let (grants, lost) = grants(&held, subject);
    imported.grants = grants;
    imported.lost.extend(lost);
    imported
}

/// The report on one statement.
struct Told<'a> {
    name: &'a str,
    accept_wider: bool,
    imported: &'a mut Imported,
}

impl Told<'_> {
    fn lose(&mut self, what: &str) {
        self.imported.lost.push(format!("{}, {what}", self.name));
    }

    /// Notes what would be wider, and returns whether that is accepted.
    fn widen(&mut self, what: &str) -> bool {
        self.imported.wider.push(format!("{}, {what}", self.name));
        self.accept_wider
    }
}

impl Allowed {
    fn add(&mut self, statement: &Allows, variables: Variables<'_>, told: &mut Told<'_>) {
        let narrowed = match narrow(&statement.conditions, variables) {
            Ok(narrowed) => narrowed,
            Err(what) => return told.lose(&what),
        };
        narrowed.lost.iter().for_each(|what| told.lose(what));
        let accepted: Vec<bool> = narrowed.dropped.iter().map(|what| told.widen(what)).collect();
        if accepted.contains(&false) {
            return;
        }
        if narrowed.times.windows().is_empty() {
            return told.lose("Condition: there is no time at which all of it holds");
        }
        let actions = actions(statement, told);
        let listings: BTreeSet<_> = on_buckets().filter(|one| actions.contains(one)).collect();
        let objects: BTreeSet<_> = on_objects().filter(|one| actions.contains(one)).collect();
        let resources = resources(statement, variables, told);
        let lists = resources.iter().any(|(_, one)| matches!(one, Resource::Bucket(_)));
        let below =
            if lists && !listings.is_empty() { listed(&narrowed.prefixes, told) } else { vec![] };
        let windows = narrowed.times.windows();
        for (arn, resource) in resources {
            match resource {
                Resource::Bucket(bucket) => {
                    for prefix in &below {
                        put(&mut self.listings, &bucket, prefix, windows, &listings);
                    }
                }
                Resource::Below(..) if objects.is_empty() => {}
                Resource::Below(..) if !narrowed.prefixes.allow_objects() => {
                    let arn = shown(arn);
                    told.lose(&format!(
                        "Resource {arn}: s3:prefix is a condition of listings only"
                    ));
                }
                Resource::Below(bucket, prefix) => {
                    put(&mut self.objects, &bucket, &prefix, windows, &objects);
                }
            }
        }
    }

    /// The scopes of all statements, and their intersections: the candidates for grants.
    fn places(&self) -> BTreeSet<HeldScope> {
        let meet = self
            .objects
            .keys()
            .flat_map(|one| self.listings.keys().filter_map(move |other| meet(one, other)));
        let all = self.objects.keys().chain(self.listings.keys()).cloned();
        all.chain(meet).collect()
    }

    /// The permissions that the policy gives in a scope. Reports what it gives only a part of. If a
    /// permission includes actions that the policy does not allow, reports them, and gives it only with
    /// `accept_wider`.
    fn given(&self, place: &HeldScope, accept_wider: bool, imported: &mut Imported) -> Permissions {
        let (objects, listings) = (at(&self.objects, place), at(&self.listings, place));
        let name = shown(&format!("{}/{}*", place.0, place.1));
        let prefix = place.1.as_str();
        let (mut given, mut partly) = (Permissions::NONE, Vec::new());
        let mut covered: BTreeSet<&str> = BTreeSet::new();
        for actions in &ALL {
            if given.contains(actions.permission) {
                continue;
            }
            let word = permissions::word(actions.permission);
            let lacking = [
                without(&objects, actions.essential),
                without(&listings, actions.essential_listing),
            ]
            .concat();
            if !lacking.is_empty() {
                partly.push((actions, format!("no {word} without {}", lacking.join(", "))));
                continue;
            }
            let besides = actions.objects().filter(|one| !objects.contains(one));
            let listed = actions.listings(prefix).filter(|one| !listings.contains(one));
            let besides: Vec<_> = besides.chain(listed).collect();
            if !besides.is_empty() {
                let besides = besides.join(", ");
                imported.wider.push(format!("{name}: {word} allows {besides} as well"));
            }
            if besides.is_empty() || accept_wider {
                given = given.union([actions.permission].into_iter().collect());
                covered.extend(actions.objects().chain(actions.listings(prefix)));
            }
        }
        let is_lost = |action: &str| {
            (objects.contains(action) || listings.contains(action)) && !covered.contains(action)
        };
        let lost = partly.into_iter().filter(|(actions, _)| actions.own().any(is_lost));
        imported.lost.extend(lost.map(|(_, what)| format!("{name}: {what}")));
        given
    }

    /// Removes delete where it meets write and the two together allow an action that the policy
    /// does not, unless that is accepted. Reports the action in either case.
    fn part(
        &self,
        held: &mut BTreeMap<HeldScope, Permissions>,
        accept_wider: bool,
        imported: &mut Imported,
    ) {
        let with = |permission| {
            let places = held.iter().filter(move |(_, held)| held.contains(permission));
            places.map(|(place, _)| place.clone()).collect::<Vec<_>>()
        };
        let (write, delete) = (with(Permission::Write), with(Permission::Delete));
        for place in delete {
            let met = write.iter().filter_map(|other| meet(other, &place));
            let besides = met
                .map(|met| (without(&at(&self.objects, &met), WRITE_AND_DELETE), met))
                .find(|(besides, _)| !besides.is_empty());
            let Some((besides, met)) = besides else { continue };
            let name = shown(&format!("{}/{}*", met.0, met.1));
            let besides = besides.join(", ");
            imported
                .wider
                .push(format!("{name}: write and delete together allow {besides} as well"));
            if !accept_wider && let Some(held) = held.get_mut(&place) {
                *held = held.without([Permission::Delete].into_iter().collect());
            }
        }
    }
}

/// The actions of a statement that permissions include. Reports the others.
fn actions(statement: &Allows, told: &mut Told<'_>) -> BTreeSet<&'static str> {
    let mut actions = BTreeSet::new();
    for pattern in &statement.actions {
        let stood_for: Vec<_> =
            on_objects().chain(on_buckets()).filter(|one| stands_for(pattern, one)).collect();
        if stood_for.is_empty() || pattern.contains(['*', '?']) {
            told.lose(&beyond(pattern, &stood_for));
        }
        actions.extend(stood_for);
    }
    actions
}

/// A sentence about what an action of a policy matches and grants cannot express.
fn beyond(pattern: &str, stood_for: &[&str]) -> String {
    let pattern = shown(pattern);
    if stood_for.is_empty() {
        format!("Action {pattern}: no grant gives it")
    } else {
        format!("Action {pattern}: grants give {} of it and nothing else", stood_for.join(", "))
    }
}

/// The resources of a statement that grants can express. Reports the others.
fn resources<'a>(
    statement: &'a Allows,
    variables: Variables<'a>,
    told: &mut Told<'_>,
) -> Vec<(&'a str, Resource)> {
    let mut resources = Vec::new();
    for arn in &statement.resources {
        match Resource::parse(arn, variables) {
            Ok(resource) => resources.push((arn.as_str(), resource)),
            Err(why) => told.lose(&format!("Resource {}: {why}", shown(arn))),
        }
    }
    resources
}

/// The prefixes below which listings are allowed. Reports prefixes that grants cannot express.
fn listed(prefixes: &Prefixes, told: &mut Told<'_>) -> Vec<GrantPrefix> {
    let places = prefixes.places();
    places.lost.iter().for_each(|what| told.lose(&format!("Condition {what}")));
    let mut below = places.exact;
    for (prefix, what) in places.wider {
        if told.widen(&format!("Condition s3:prefix: a grant allows {what} as well")) {
            below.push(prefix);
        }
    }
    below
}

fn put(
    allowed: &mut BTreeMap<HeldScope, BTreeSet<&'static str>>,
    bucket: &BucketName,
    prefix: &GrantPrefix,
    windows: &[Window],
    actions: &BTreeSet<&'static str>,
) {
    for window in windows {
        let place = (bucket.clone(), prefix.clone(), *window);
        allowed.entry(place).or_default().extend(actions);
    }
}

/// The items of `wanted` that are not in `set`.
fn without(set: &BTreeSet<&'static str>, wanted: &[&'static str]) -> Vec<&'static str> {
    wanted.iter().filter(|one| !set.contains(*one)).copied().collect()
}

/// The actions that are allowed in a scope, by it and by all scopes that cover it.
fn at(
    allowed: &BTreeMap<HeldScope, BTreeSet<&'static str>>,
    place: &HeldScope,
) -> BTreeSet<&'static str> {
    let covering = allowed.iter().filter(|(other, _)| covers(other, place));
    covering.flat_map(|(_, actions)| actions.iter().copied()).collect()
}

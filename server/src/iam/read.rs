//! Grants out of a policy.

use std::collections::{BTreeMap, BTreeSet};

use sail_cargo_protocol::{GrantLine, Permissions, SubjectKind};

use super::actions::{ALL, Actions, known, stands_for};
use super::document::{Document, InvalidPolicy, Statement};
use super::place::{Resource, Window, conditions};

/// What became of a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// The grants.
    pub lines: Vec<GrantLine>,
    /// What the policy allows and the grants do not, in sentences.
    pub lost: Vec<String>,
    /// What the grants allow and the policy does not, in sentences; nothing unless accepted.
    pub wider: Vec<String>,
}

/// Where and when.
type Place = (String, String, Window);

/// What the statements allow: actions on objects below a place, and listings below it.
#[derive(Default)]
struct Allowed {
    objects: BTreeMap<Place, BTreeSet<&'static str>>,
    listings: BTreeMap<Place, BTreeSet<&'static str>>,
}

/// The grants that allow `subject` what the policy `text` does. Where a permission would allow
/// more than the policy, it is left out, and told; given all the same when `accept_wider`.
///
/// # Errors
/// It is no policy, or takes something away.
pub fn read(
    text: &str,
    kind: SubjectKind,
    subject: &str,
    accept_wider: bool,
) -> Result<Imported, InvalidPolicy> {
    let document: Document = serde_json::from_str(text)?;
    let mut imported = Imported::default();
    let mut allowed = Allowed::default();
    for (number, statement) in (1..).zip(&document.statement) {
        match statement.effect.as_str() {
            "Allow" => {}
            "Deny" => return Err(InvalidPolicy::Denies(number)),
            _ => return Err(InvalidPolicy::Effect(number)),
        }
        if statement.principal.is_some() || statement.not_principal.is_some() {
            return Err(InvalidPolicy::Principal(number));
        }
        allowed.add(statement, &mut |what: String| {
            imported.lost.push(format!("statement {number}: {what}"));
        });
    }
    let places: BTreeSet<&Place> = allowed.objects.keys().chain(allowed.listings.keys()).collect();
    let mut held: BTreeMap<&Place, Permissions> = BTreeMap::new();
    for place in places {
        let permissions: Permissions = ALL
            .iter()
            .filter(|actions| allowed.gives(place, actions, accept_wider, &mut imported))
            .map(|actions| actions.permission)
            .collect();
        held.insert(place, permissions);
    }
    imported.lines = lines(&held, kind, subject);
    Ok(imported)
}

impl Allowed {
    fn add(&mut self, statement: &Statement, lose: &mut impl FnMut(String)) {
        if statement.not_action.is_some() || statement.not_resource.is_some() {
            return lose("NotAction and NotResource allow what they do not name".to_owned());
        }
        let (window, prefixes) = match conditions(statement) {
            Ok(conditions) => conditions,
            Err(what) => return lose(what),
        };
        let mut actions = BTreeSet::new();
        for pattern in &statement.action {
            let stood_for: Vec<_> = known().filter(|one| stands_for(pattern, one)).collect();
            if stood_for.is_empty() || pattern.contains(['*', '?']) {
                lose(beyond(pattern, &stood_for));
            }
            actions.extend(stood_for);
        }
        for arn in &statement.resource {
            match Resource::parse(arn) {
                Err(why) => lose(format!("{arn}: {why}")),
                Ok(Resource::Bucket(bucket)) => {
                    let listings = only(&actions, Actions::listings);
                    let everywhere = [String::new()];
                    let below = if prefixes.is_empty() { &everywhere[..] } else { &prefixes };
                    for prefix in below {
                        let place = (bucket.clone(), prefix.clone(), window);
                        self.listings.entry(place).or_default().extend(&listings);
                    }
                }
                Ok(Resource::Below(..)) if !prefixes.is_empty() => {
                    lose(format!("{arn}: s3:prefix is a condition of listings only"));
                }
                Ok(Resource::Below(bucket, prefix)) => {
                    let objects = only(&actions, Actions::objects);
                    self.objects.entry((bucket, prefix, window)).or_default().extend(objects);
                }
            }
        }
    }

    /// Whether a permission is given at a place, and nothing besides that the policy does not
    /// give, unless that is accepted.
    fn gives(
        &self,
        place: &Place,
        actions: &Actions,
        accept_wider: bool,
        imported: &mut Imported,
    ) -> bool {
        let (objects, listings) = (at(&self.objects, place), at(&self.listings, place));
        let lacking =
            [without(&objects, actions.essential), without(&listings, actions.listing)].concat();
        let name = name(place);
        let word = crate::domain::permissions::word(actions.permission);
        let asked = actions.essential.len() + actions.listing.len();
        if !lacking.is_empty() {
            if lacking.len() < asked {
                let what = lacking.join(", ");
                imported.lost.push(format!("{name}: no {word} without {what}"));
            }
            return false;
        }
        let besides =
            [without(&objects, actions.besides), without(&listings, actions.listing_besides)]
                .concat();
        if besides.is_empty() {
            return true;
        }
        imported.wider.push(format!("{name}: {word} allows {} as well", besides.join(", ")));
        accept_wider
    }
}

/// Those of `wanted` that are not in `set`.
fn without(set: &BTreeSet<&'static str>, wanted: &[&'static str]) -> Vec<&'static str> {
    wanted.iter().filter(|one| !set.contains(*one)).copied().collect()
}

/// What an action of a policy stands for beside what grants can say.
fn beyond(pattern: &str, stood_for: &[&str]) -> String {
    if stood_for.is_empty() {
        format!("no grant gives {pattern}")
    } else {
        format!("of {pattern}, grants give {} and nothing else", stood_for.join(", "))
    }
}

fn only<I: Iterator<Item = &'static str>>(
    actions: &BTreeSet<&'static str>,
    of: impl Fn(&'static Actions) -> I,
) -> BTreeSet<&'static str> {
    const TABLE: &[Actions] = &ALL;
    TABLE.iter().flat_map(of).filter(|action| actions.contains(action)).collect()
}

/// What is allowed at a place, by itself and by the places that cover it for as long.
fn at(
    allowed: &BTreeMap<Place, BTreeSet<&'static str>>,
    (bucket, prefix, window): &Place,
) -> BTreeSet<&'static str> {
    allowed
        .iter()
        .filter(|((its_bucket, its_prefix, its_window), _)| {
            its_bucket == bucket
                && prefix.starts_with(its_prefix)
                && (its_window == window || *its_window == Window::default())
        })
        .flat_map(|(_, actions)| actions.iter().copied())
        .collect()
}

/// One grant for each place that gives more than those that cover it.
fn lines(held: &BTreeMap<&Place, Permissions>, kind: SubjectKind, subject: &str) -> Vec<GrantLine> {
    let covered = |place: &Place| -> Permissions {
        let (bucket, prefix, window) = place;
        held.iter()
            .filter(|(other, _)| **other != place)
            .filter(|((its_bucket, its_prefix, its_window), _)| {
                let at_least_as_long = its_window == window || *its_window == Window::default();
                its_bucket == bucket && prefix.starts_with(its_prefix) && at_least_as_long
            })
            .flat_map(|(_, permissions)| permissions.iter().copied())
            .collect()
    };
    let more = held.iter().filter(|(place, permissions)| !permissions.is_subset(&covered(place)));
    more.map(|((bucket, prefix, window), permissions)| GrantLine {
        bucket: bucket.clone(),
        prefix: prefix.clone(),
        kind,
        subject: subject.to_owned(),
        permissions: permissions.clone(),
        not_before: window.not_before,
        expires_at: window.expires_at,
        reason: None,
    })
    .collect()
}

fn name((bucket, prefix, _): &Place) -> String {
    format!("{bucket}/{prefix}*")
}

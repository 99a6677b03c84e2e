//! The grants of a project in memory: for each subject a sorted slice of 16 bytes a grant, beside the
//! interned buckets, prefixes and periods. Reasons, authors and revisions stay in the database.

mod interner;
mod packed;
mod slice;

use std::collections::HashMap;

use packed::{Packed, Shared};

use crate::domain::caller::User;
use crate::domain::{BucketName, Grant, GrantKey, Subject, SubjectId};

/// The grants, by subject and place.
#[derive(Debug, Default)]
pub(super) struct Grants {
    named: HashMap<Subject, Box<[Packed]>>,
    shared: Shared,
}

/// What becomes of the grant with a key: the grant that is there now, or none.
pub(super) type Change = (GrantKey, Option<Grant>);

impl Grants {
    /// Adds the grants on `buckets` that may apply to `user`, a member of `groups`, to `found`.
    pub(super) fn for_user(
        &self,
        user: &User,
        groups: &[SubjectId],
        buckets: &[BucketName],
        found: &mut Vec<Grant>,
    ) {
        let numbers: Vec<_> =
            buckets.iter().filter_map(|bucket| self.shared.bucket(bucket)).collect();
        if numbers.is_empty() {
            return;
        }
        for subject in subjects_of(user, groups) {
            let Some((subject, all)) = self.named.get_key_value(&subject) else { continue };
            for number in &numbers {
                let there = slice::on_bucket(all, *number);
                found.extend(there.iter().map(|packed| self.shared.unpack(*packed, subject)));
            }
        }
    }

    /// The buckets with grants that may apply to `user`, a member of `groups`; some more than once.
    pub(super) fn buckets_of<'a, 'b>(
        &'a self,
        user: &'b User,
        groups: &'b [SubjectId],
    ) -> impl Iterator<Item = &'a BucketName> + use<'a, 'b> {
        subjects_of(user, groups)
            .filter_map(|subject| self.named.get(&subject))
            .flat_map(|all| slice::buckets(all))
            .map(|number| self.shared.bucket_name(number))
    }

    /// Applies the changes of one or more revisions. Each subject's slice is written once.
    pub(super) fn apply(&mut self, changes: impl IntoIterator<Item = Change>) {
        let mut of_subject: HashMap<Subject, Vec<Change>> = HashMap::new();
        for change in changes {
            of_subject.entry(change.0.subject.clone()).or_default().push(change);
        }
        for (subject, changes) in of_subject {
            let before = self.named.remove(&subject).unwrap_or_default();
            let after = slice::changed(before, &mut self.shared, changes);
            if !after.is_empty() {
                self.named.insert(subject, after);
            }
        }
    }
}

/// The subjects that name `user`, a member of `groups`.
fn subjects_of<'a>(
    user: &'a User,
    groups: &'a [SubjectId],
) -> impl Iterator<Item = Subject> + use<'a> {
    [Subject::User(user.id.clone()), Subject::Authenticated, Subject::Public]
        .into_iter()
        .chain(groups.iter().cloned().map(Subject::Group))
        .chain(user.groups.iter().cloned().map(Subject::TokenGroup))
}

/// Takes all grants of a project, one by one in any order.
#[derive(Debug, Default)]
pub(super) struct Loader {
    named: HashMap<Subject, Vec<Packed>>,
    shared: Shared,
}

impl Loader {
    /// Takes a grant. There is one for each key.
    pub(super) fn take(&mut self, grant: Grant) {
        let packed = self.shared.pack(&grant);
        self.named.entry(grant.subject).or_default().push(packed);
    }

    /// All grants that were taken.
    pub(super) fn finish(self) -> Grants {
        let Self { named, mut shared } = self;
        shared.shrink();
        let named = named.into_iter().map(|(subject, mut slice)| {
            slice.sort_unstable_by_key(Packed::place);
            (subject, slice.into_boxed_slice())
        });
        Grants { named: named.collect(), shared }
    }
}

#[cfg(test)]
mod tests;

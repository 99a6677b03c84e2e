//! Changes to a bucket's settings.

use std::collections::BTreeMap;

use sail_cargo_protocol::{PatchBucket, PutBucket};

use super::authority::BucketRules;
use super::bucket::{Bucket, BucketState};
use super::conflict::Conflict;
use super::flaw::{Field, Flaw};
use super::limits::{MAX_LABEL_KEY, MAX_LABEL_VALUE, MAX_LABELS};
use super::names::BucketName;
use super::permissions::{Permission, Permissions};

/// The new settings of a bucket. A setting that is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketEdit {
    public: Option<Permissions>,
    ceiling: Option<Permissions>,
    labels: Labels,
}

/// How a bucket's labels change.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Labels {
    /// Replaces all labels by these.
    Replace(BTreeMap<String, String>),
    /// Sets the labels that have a value, removes those with `None`, and keeps the others.
    Merge(BTreeMap<String, Option<String>>),
}

impl Default for Labels {
    fn default() -> Self {
        Self::Merge(BTreeMap::new())
    }
}

impl BucketEdit {
    /// Reads a `PUT` of settings: labels that it leaves out are removed.
    ///
    /// # Errors
    /// A [`Flaw`] if `public_permissions` includes admin, or a label is too long or has control
    /// characters.
    pub fn parse_put(put: PutBucket) -> Result<Self, Flaw> {
        demand_public(&put.public_permissions)?;
        put.labels.iter().try_for_each(|(key, value)| demand_label(key, Some(value)))?;
        Ok(Self {
            public: Some((&put.public_permissions).into()),
            ceiling: put.ceiling.as_ref().map(Into::into),
            labels: Labels::Replace(put.labels),
        })
    }

    /// Reads a `PATCH` of settings: settings that it leaves out stay as they are.
    ///
    /// # Errors
    /// A [`Flaw`] under the conditions of [`BucketEdit::parse_put`].
    pub fn parse_patch(patch: PatchBucket) -> Result<Self, Flaw> {
        patch.public_permissions.as_ref().map_or(Ok(()), demand_public)?;
        patch.labels.iter().try_for_each(|(key, value)| demand_label(key, value.as_ref()))?;
        Ok(Self {
            public: patch.public_permissions.as_ref().map(Into::into),
            ceiling: patch.ceiling.as_ref().map(Into::into),
            labels: Labels::Merge(patch.labels),
        })
    }

    /// The bucket `name` with the new settings, as written by `revision`. `bound` is its ceiling so
    /// far. A bucket whose creation was pending becomes active.
    ///
    /// # Errors
    /// [`Conflict::TooManyLabels`].
    pub fn apply(
        &self,
        name: &BucketName,
        before: Option<&Bucket>,
        bound: Permissions,
        revision: i64,
    ) -> Result<Bucket, Conflict> {
        let labels = self.labels.apply(before);
        if labels.len() > MAX_LABELS {
            return Err(Conflict::TooManyLabels);
        }
        let public = before.map_or(Permissions::NONE, |bucket| bucket.rules.public);
        Ok(Bucket {
            name: name.clone(),
            rules: BucketRules {
                public: self.public.unwrap_or(public),
                ceiling: self.ceiling.unwrap_or(bound),
            },
            labels,
            state: match before {
                Some(bucket) if bucket.state == BucketState::Deleting => BucketState::Deleting,
                _ => BucketState::Active,
            },
            created_revision: before.map_or(revision, |bucket| bucket.created_revision),
        })
    }
}

impl Labels {
    fn apply(&self, before: Option<&Bucket>) -> BTreeMap<String, String> {
        let mut labels = before.map(|bucket| bucket.labels.clone()).unwrap_or_default();
        match self {
            Self::Replace(new) => labels.clone_from(new),
            Self::Merge(changes) => {
                for (key, value) in changes {
                    match value {
                        Some(value) => labels.insert(key.clone(), value.clone()),
                        None => labels.remove(key),
                    };
                }
            }
        }
        labels
    }
}

fn demand_public(permissions: &sail_cargo_protocol::Permissions) -> Result<(), Flaw> {
    if permissions.contains(&Permission::Admin) {
        return Err(Flaw::new(Field::PublicPermissions, "admin is never public"));
    }
    Ok(())
}

fn demand_label(key: &str, value: Option<&String>) -> Result<(), Flaw> {
    let plain = |text: &str| !text.chars().any(char::is_control);
    if !(1..=MAX_LABEL_KEY).contains(&key.chars().count()) || !plain(key) {
        return Err(Flaw::new(Field::Labels, "keys of 1 to 63 characters, no controls"));
    }
    let fits = |value: &String| value.chars().count() <= MAX_LABEL_VALUE && plain(value);
    if value.is_none_or(fits) {
        return Ok(());
    }
    let rule = "values of at most 256 characters, no controls";
    Err(Flaw::new(Field::Label(key.to_owned()), rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(labels: &[(&str, &str)]) -> PutBucket {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        PutBucket { labels: labels.collect(), ..PutBucket::default() }
    }

    fn public(permission: Permission) -> PutBucket {
        PutBucket { public_permissions: [permission].into(), ..PutBucket::default() }
    }

    fn applied(edit: &BucketEdit, before: Option<&Bucket>) -> Result<Bucket, Conflict> {
        edit.apply(&BucketName::parse("photos").unwrap(), before, Permissions::ALL, 7)
    }

    #[test]
    fn settings_that_break_a_rule_are_refused_with_their_field() {
        let (key, value) = ("ä".repeat(63), "ä".repeat(256));
        BucketEdit::parse_put(labels(&[(&key, &value), ("a", "")])).unwrap();
        for (put, field, rule) in [
            (public(Permission::Admin), "public_permissions", "admin is never public"),
            (labels(&[("", "x")]), "labels", "keys of 1 to 63 characters, no controls"),
            (labels(&[(&(key + "a"), "")]), "labels", "keys of 1 to 63 characters, no controls"),
            (labels(&[("a\n", "")]), "labels", "keys of 1 to 63 characters, no controls"),
            (
                labels(&[("team", &(value + "a"))]),
                "labels/team",
                "values of at most 256 characters, no controls",
            ),
            (
                labels(&[("team", "\t")]),
                "labels/team",
                "values of at most 256 characters, no controls",
            ),
        ] {
            let patch = PatchBucket {
                public_permissions: Some(put.public_permissions.clone()),
                ceiling: None,
                labels: put.labels.clone().into_iter().map(|(k, v)| (k, Some(v))).collect(),
            };
            for flaw in [BucketEdit::parse_put(put), BucketEdit::parse_patch(patch)] {
                let flaw = flaw.unwrap_err();
                assert_eq!(
                    (flaw.field().to_string(), flaw.to_string()),
                    (field.into(), rule.into())
                );
            }
        }
    }

    #[test]
    fn a_patch_leaves_what_it_does_not_name_and_a_put_resets_it() {
        let put = PutBucket { ..labels(&[("a", "1"), ("b", "2")]) };
        let put = PutBucket { public_permissions: [Permission::Read].into(), ..put };
        let before = applied(&BucketEdit::parse_put(put).unwrap(), None).unwrap();
        assert_eq!((before.created_revision, before.rules.ceiling), (7, Permissions::ALL));

        let changes = [("a".to_owned(), None), ("c".to_owned(), Some("3".to_owned()))].into();
        let patch = PatchBucket { labels: changes, ..PatchBucket::default() };
        let after = applied(&BucketEdit::parse_patch(patch).unwrap(), Some(&before)).unwrap();
        assert_eq!(after.rules, before.rules);
        assert_eq!(after.labels.into_keys().collect::<Vec<_>>(), ["b", "c"]);

        let reset = BucketEdit::parse_put(PutBucket::default()).unwrap();
        let after = applied(&reset, Some(&before)).unwrap();
        assert!(after.labels.is_empty() && after.rules.public.is_empty());
    }

    #[test]
    fn a_bucket_has_so_many_labels_at_most_whatever_added_them() {
        let names: Vec<String> = (0..MAX_LABELS).map(|number| number.to_string()).collect();
        let full: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
        let full = applied(&BucketEdit::parse_put(labels(&full)).unwrap(), None).unwrap();
        let one_more = [("x".to_owned(), Some(String::new()))].into();
        let patch = PatchBucket { labels: one_more, ..PatchBucket::default() };
        let patch = BucketEdit::parse_patch(patch).unwrap();
        assert_eq!(applied(&patch, Some(&full)), Err(Conflict::TooManyLabels));
    }
}

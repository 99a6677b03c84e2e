//! The index of the cached projects.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::entry::Entry;
use super::names::Names;
use crate::domain::{AccessKeyId, KeyId, ProjectId};

/// Finds cached projects by id, slug or API key. A slug and a key never move to another project.
/// Whether they still exist is for the project's state to say.
#[derive(Debug, Default)]
pub(super) struct Directory {
    projects: HashMap<ProjectId, Arc<Entry>>,
    slugs: HashMap<String, ProjectId>,
    keys: HashMap<KeyId, ProjectId>,
    access_keys: HashMap<AccessKeyId, ProjectId>,
}

impl Directory {
    /// The cache entry of `project`.
    pub(super) fn entry(&self, project: &ProjectId) -> Option<Arc<Entry>> {
        self.projects.get(project).cloned()
    }

    /// All cache entries.
    pub(super) fn entries(&self) -> Vec<(ProjectId, Arc<Entry>)> {
        self.projects.iter().map(|(id, entry)| (id.clone(), Arc::clone(entry))).collect()
    }

    /// The project with this slug.
    pub(super) fn named(&self, slug: &str) -> Option<ProjectId> {
        self.slugs.get(slug).cloned()
    }

    /// The project of the key `id`.
    pub(super) fn keyed(&self, id: &KeyId) -> Option<ProjectId> {
        self.keys.get(id).cloned()
    }

    /// The project of the access key `id`.
    pub(super) fn access_keyed(&self, id: &AccessKeyId) -> Option<ProjectId> {
        self.access_keys.get(id).cloned()
    }

    /// Adds an empty entry for `project`, last used at `ticks`, unless there is one.
    pub(super) fn add(&mut self, project: &ProjectId, ticks: Duration) {
        self.projects.entry(project.clone()).or_insert_with(|| Arc::new(Entry::used_at(ticks)));
    }

    /// Lets the slug and the keys lead to `project`.
    pub(super) fn index(&mut self, project: &ProjectId, names: Names) {
        let Names { slug, keys, access_keys } = names;
        self.slugs.insert(slug, project.clone());
        self.keys.extend(keys.into_iter().map(|key| (key, project.clone())));
        self.access_keys.retain(|_, keyed| keyed != project);
        self.access_keys.extend(access_keys.into_iter().map(|key| (key, project.clone())));
    }

    /// Removes the entry of `project`. Its slug and keys stay in the index, without a target.
    pub(super) fn remove(&mut self, project: &ProjectId) -> Option<Arc<Entry>> {
        self.projects.remove(project)
    }

    /// Removes the slug and the keys of `project` from the index.
    pub(super) fn remove_index(&mut self, project: &ProjectId) {
        self.slugs.retain(|_, named| named != project);
        self.keys.retain(|_, keyed| keyed != project);
        self.access_keys.retain(|_, keyed| keyed != project);
    }
}

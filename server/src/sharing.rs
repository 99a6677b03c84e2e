//! Stores that more than one project uses although nobody put them `--shared`: from before that was
//! refused. They go on as shared.

use sail_cargo_protocol as wire;

/// A sentence on each such store.
pub(crate) fn unsaid(stores: &[wire::Store], projects: &[wire::Project]) -> Vec<String> {
    let unshared = stores.iter().filter(|store| !store.shared);
    unshared.filter_map(|store| sentence(&store.name, projects)).collect()
}

fn sentence(store: &str, projects: &[wire::Project]) -> Option<String> {
    let users = projects.iter().filter(|project| project.store == store);
    let users: Vec<_> = users.map(|project| project.slug.as_str()).collect();
    (users.len() > 1).then(|| {
        format!(
            "store {store} is not shared, but {} projects use it ({}): it is treated as shared, so \
             only operators register its buckets. `sail-cargo stores put {store} --shared …` makes \
             it so",
            users.len(),
            users.join(", ")
        )
    })
}

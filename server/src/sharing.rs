//! Finds stores that several projects use although no operator declared them `--shared`. Versions
//! of the server that did not refuse this created them. They are treated as shared.

use sail_cargo_protocol as wire;

/// A warning for each store that several projects use and that is not declared shared.
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

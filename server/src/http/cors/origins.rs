//! Which origins projects name, read now and then: those who ask have not proved who they are, and
//! cost no reading of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HeaderValue;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::domain::{ProjectId, WebOrigin};
use crate::store::Store;

/// How old what is known may be.
const FRESH: Duration = Duration::from_secs(5);

/// The origins of each active project that names some.
type Named = BTreeMap<ProjectId, BTreeSet<WebOrigin>>;

/// What is known of them.
#[derive(Debug, Default)]
pub struct Origins(Mutex<Option<(Instant, Arc<Named>)>>);

impl Origins {
    /// Whether `project` names the origin; any project, for none.
    pub(super) async fn allow(
        &self,
        store: &Store,
        origin: &HeaderValue,
        project: Option<&ProjectId>,
    ) -> bool {
        let Some(origin) = origin.to_str().ok().filter(|text| !text.is_empty()) else {
            return false;
        };
        let named = self.named(store).await;
        let has = |origins: &BTreeSet<WebOrigin>| origins.iter().any(|o| o.as_str() == origin);
        match project {
            Some(project) => named.get(project).is_some_and(has),
            None => named.values().any(has),
        }
    }

    /// Reads them again for whoever asks next: a project was changed here.
    pub(in crate::http) async fn forget(&self) {
        *self.0.lock().await = None;
    }

    /// One reads, and the others wait for it. While the database is away, what was known counts.
    async fn named(&self, store: &Store) -> Arc<Named> {
        let mut known = self.0.lock().await;
        let now = Instant::now();
        if let Some((read, named)) = &*known
            && now - *read < FRESH
        {
            return named.clone();
        }
        let named = match store.cors_origins().await {
            Ok(named) => Arc::new(named),
            Err(error) => {
                log::warn!("which web pages may ask is not read again: {error}");
                known.take().map(|(_, named)| named).unwrap_or_default()
            }
        };
        *known = Some((now, named.clone()));
        named
    }
}

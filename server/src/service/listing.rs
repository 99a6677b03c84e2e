//! One page of a listing.

use sail_cargo_database::DbConnection;
use sail_cargo_database::history::{Overlay, When, overlay};

use super::error::ServiceError;
use super::handle::Service;
use crate::domain::{At, Context, ProjectId};

/// The items of a page, and whether more follow.
pub type Listed<T> = (Vec<T>, bool);

/// A page of a listing of a project's rows: which state of the project, and which part of it.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The project.
    pub project: ProjectId,
    /// The state of the project to list.
    pub when: When,
    /// The key of the last item before the page; empty for the first page.
    pub after: String,
    /// The most items of the page.
    pub limit: usize,
}

impl Service {
    /// Reads the page `listing` at the revision that it names. `read` reads one item more than the
    /// page has, which shows whether more follow.
    pub(super) async fn list<T: Send + 'static>(
        &self,
        listing: Listing,
        context: Context,
        read: impl FnOnce(&mut DbConnection, &Listing, Overlay) -> Result<Vec<T>, ServiceError>
        + Send
        + 'static,
    ) -> Result<At<Listed<T>>, ServiceError> {
        let listed = self
            .read(listing.project.clone(), context.at_least, move |connection, head| {
                let (revision, overlay) =
                    overlay(connection, &listing.project, head, listing.when)?;
                let items = read(connection, &listing, overlay)?;
                Ok(At { value: paginate(items, listing.limit), revision })
            })
            .await?;
        Ok(listed.value)
    }
}

/// The first `limit` of `items`. The caller reads one more than `limit`, which shows whether more
/// follow.
pub(super) fn paginate<T>(mut items: Vec<T>, limit: usize) -> Listed<T> {
    let more = items.len() > limit;
    items.truncate(limit);
    (items, more)
}

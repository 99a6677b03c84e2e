//! The changes of a project, by their revisions, which are dense.

use actix_web::web::Data;
use tokio::sync::broadcast::Receiver;

use super::{Listener, News, Seen, Told, keep_telling};
use crate::api::changes::page;
use crate::api::error::ApiError;
use crate::api::events::event;
use crate::api::logged_change::to_wire;
use crate::api::state::State;
use crate::domain::{Context, ProjectId, Revision};
use crate::store::Database;

/// Changes that are read at once.
const PAGE: u32 = 100;
/// About so many bytes of them are told at once.
const PIECE: i64 = 256 * 1024;

/// The changes behind the revision `from`, up to `to`.
#[derive(Debug)]
pub(in crate::api) struct Batch {
    from: i64,
    pub(in crate::api) to: i64,
    events: Vec<(i64, String)>,
}

/// One who listens to the changes behind `after`.
pub(in crate::api) struct ChangeListener {
    pub(in crate::api) state: Data<State>,
    pub(in crate::api) project: ProjectId,
    pub(in crate::api) context: Context,
    pub(in crate::api) after: i64,
}

impl Listener for ChangeListener {
    type Batch = Batch;

    fn join(&self) -> Receiver<Told<Batch>> {
        let database = &self.state.database;
        self.state.feeds.changes.join(&self.project, |teller| {
            let mut progress = FeedProgress::default();
            let database = database.clone();
            actix_web::rt::spawn(keep_telling(teller, async move |project: &ProjectId| {
                progress.look(&database, project).await
            }));
        })
    }

    async fn catch_up(&mut self) -> Result<(String, bool), ApiError> {
        let size = (PAGE, PIECE);
        let changes =
            page(&self.state, &self.project, self.after, size, &self.context).await?.value;
        self.after = changes.next;
        let events = changes.items.iter();
        Ok((
            events.map(|change| event(&change.revision.to_string(), change)).collect(),
            changes.more,
        ))
    }

    fn hear(&mut self, batch: &Batch) -> Option<String> {
        let heard = self.after;
        if heard < batch.from {
            return None;
        }
        self.after = heard.max(batch.to);
        let new = batch.events.iter().filter(|(revision, _)| *revision > heard);
        Some(new.map(|(_, event)| event.as_str()).collect())
    }
}

/// Up to where a project was looked at.
#[derive(Default)]
struct FeedProgress {
    told: Option<i64>,
    head: Option<Revision>,
}

impl FeedProgress {
    async fn look(
        &mut self,
        database: &Database,
        project: &ProjectId,
    ) -> Result<Seen<Batch>, ApiError> {
        let after = self.told;
        let look = database.look_at_changes(project.clone(), after, PAGE.into(), PIECE, self.head);
        let look = look.await?;
        let head = look.revision.number();
        let from = after.unwrap_or(head);
        let to = look.news.last().map_or(from, |change| change.revision);
        let told = |change| {
            let change = to_wire(change)?;
            Ok((change.revision, event(&change.revision.to_string(), &change)))
        };
        let events = look.news.into_iter().map(told).collect::<Result<_, ApiError>>()?;
        let batch = Batch { from, to, events };
        (self.told, self.head) = (Some(batch.to), Some(look.revision));
        let more = batch.to < head;
        // The first says where those who listen must be.
        let is_news = after.is_none() || look.keys.is_some() || !batch.events.is_empty();
        let keys = look.keys.map(Into::into);
        Ok(Seen { news: is_news.then_some(News { told: batch, keys }), more })
    }
}

//! The feed of a project's changes. Revisions have no gaps.

use actix_web::web::Data;
use sail_cargo_protocol::Changes;
use tokio::sync::broadcast::Receiver;

use super::listener::Listener;
use super::news::{ChangeBatch, News, Told};
use super::telling::{Seen, keep_telling};
use crate::api::error::ApiError;
use crate::api::events::event;
use crate::api::logged_change::to_wire;
use crate::api::state::State;
use crate::domain::{At, Context, ProjectId, Revision};
use crate::service::Service;

/// How many changes are read at a time.
const PAGE: u32 = 100;
/// About how many bytes of changes are sent at a time.
const PIECE: i64 = 256 * 1024;

/// A subscriber to the changes after the revision `after`.
pub(in crate::api) struct ChangeListener {
    pub(in crate::api) state: Data<State>,
    pub(in crate::api) project: ProjectId,
    pub(in crate::api) context: Context,
    pub(in crate::api) after: i64,
}

impl ChangeListener {
    /// A page of at most `size` changes of about `bytes` bytes.
    pub(in crate::api) async fn page(
        &self,
        (size, bytes): (u32, i64),
    ) -> Result<At<Changes>, ApiError> {
        let (project, context) = (self.project.clone(), self.context.clone());
        let read = self.state.service.changes(project, self.after, size.into(), bytes, context);
        let At { value: changes, revision } = read.await?;
        let items: Vec<_> = changes.into_iter().map(to_wire).collect::<Result<_, _>>()?;
        let next = items.last().map_or(self.after, |change| change.revision);
        let more = next < revision.number();
        let changes = Changes { items, next, more, revision: revision.to_string() };
        Ok(At { value: changes, revision })
    }
}

impl Listener for ChangeListener {
    type Batch = ChangeBatch;

    fn join(&self) -> Receiver<Told<ChangeBatch>> {
        let service = &self.state.service;
        self.state.feeds.changes.join(&self.project, |teller| {
            let mut progress = FeedProgress::default();
            let service = service.clone();
            actix_web::rt::spawn(keep_telling(teller, async move |project: &ProjectId| {
                progress.look(&service, project).await
            }));
        })
    }

    async fn catch_up(&mut self) -> Result<(String, bool), ApiError> {
        let changes = self.page((PAGE, PIECE)).await?.value;
        self.after = changes.next;
        let events = changes.items.iter();
        Ok((
            events.map(|change| event(&change.revision.to_string(), change)).collect(),
            changes.more,
        ))
    }

    fn hear(&mut self, batch: &ChangeBatch) -> Option<String> {
        let heard = self.after;
        if heard < batch.from {
            return None;
        }
        self.after = heard.max(batch.to);
        let new = batch.events.iter().filter(|(revision, _)| *revision > heard);
        Some(new.map(|(_, event)| event.as_str()).collect())
    }
}

/// How far a project's changes were read.
#[derive(Default)]
struct FeedProgress {
    told: Option<i64>,
    head: Option<Revision>,
}

impl FeedProgress {
    async fn look(
        &mut self,
        service: &Service,
        project: &ProjectId,
    ) -> Result<Seen<ChangeBatch>, ApiError> {
        let after = self.told;
        let look = service.look_at_changes(project.clone(), after, PAGE.into(), PIECE, self.head);
        let look = look.await?;
        let head = look.revision.number();
        let from = after.unwrap_or(head);
        let to = look.news.last().map_or(from, |change| change.revision);
        let told = |change| {
            let change = to_wire(change)?;
            Ok((change.revision, event(&change.revision.to_string(), &change)))
        };
        let events = look.news.into_iter().map(told).collect::<Result<_, ApiError>>()?;
        let batch = ChangeBatch { from, to, events };
        (self.told, self.head) = (Some(batch.to), Some(look.revision));
        let more = batch.to < head;
        // The first batch has no events, but says from which revision on subscribers are up to
        // date.
        let is_news = after.is_none() || look.keys.is_some() || !batch.events.is_empty();
        let keys = look.keys.map(Into::into);
        Ok(Seen { news: is_news.then_some(News { told: batch, keys }), more })
    }
}

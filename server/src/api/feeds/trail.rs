//! The feed of audit events, of a project or of the operators, in the order of their ids.
//!
//! Ids begin with a time. Another replica may store an event after a later one, so each query
//! covers the last seconds again. The ids that were sent from this time are remembered.

use std::collections::BTreeSet;

use actix_web::web::Data;
use tokio::sync::broadcast::Receiver;
use uuid::Uuid;

use super::listener::Listener;
use super::news::{News, Told, TrailBatch};
use super::telling::{Seen, keep_telling};
use crate::api::error::ApiError;
use crate::api::events::event;
use crate::api::state::State;
use crate::api::wire;
use crate::domain::{AuditEvent, AuditFilter, AuditPlace};
use crate::domain::{ProjectId, Revision};
use crate::service::{LiveKeys, Service, ServiceError};

/// How many events are read at a time.
const PAGE: usize = 500;
/// How many bytes of events are sent at a time. The last event may exceed this.
const PIECE: usize = 256 * 1024;

const OVERLAP_MS: u64 = 5_000;

/// The audit trail of a project; `None` is the operators' trail.
#[derive(Debug, Clone)]
pub(in crate::api) struct Trail(pub(in crate::api) Option<ProjectId>);

impl Trail {
    pub(in crate::api) async fn read(
        &self,
        service: &Service,
        filter: AuditFilter,
    ) -> Result<Vec<AuditEvent>, ServiceError> {
        match &self.0 {
            Some(project) => Ok(service.audit().events(project.clone(), filter, None).await?.value),
            None => Ok(service.audit().operators_events(filter).await?),
        }
    }
}

/// Which events of a trail were sent.
#[derive(Debug)]
struct SeenEvents {
    /// All events up to this id have been sent; no further ones can appear.
    settled: String,
    /// The ids after `settled` that were sent.
    told: BTreeSet<String>,
    /// Where the next page begins, if the last one was full.
    next: Option<String>,
}

impl SeenEvents {
    /// The state of a reader that has received everything up to a moment before `id`.
    fn from(id: &Uuid) -> Self {
        Self { settled: before(id), told: BTreeSet::new(), next: None }
    }

    /// The filter for the next query, restricted by `filter`.
    fn filter(&self, filter: AuditFilter) -> AuditFilter {
        let after = self.next.as_ref().unwrap_or(&self.settled).clone();
        AuditFilter { place: AuditPlace::After(after), limit: PAGE, ..filter }
    }

    fn is_new(&self, id: &str) -> bool {
        id > self.settled.as_str() && !self.told.contains(id)
    }

    /// Notes that all events of a page were sent. `last` is its last id if there is another page.
    /// The page was read after `overlap` was computed.
    fn note(&mut self, last: Option<String>, overlap: String) {
        let settled = match &last {
            Some(last) => overlap.min(last.clone()),
            None => overlap,
        };
        self.next = last;
        self.settle(settled);
    }

    fn settle(&mut self, settled: String) {
        if settled > self.settled {
            self.told.retain(|id| *id > settled);
            self.settled = settled;
        }
    }
}

/// An id lower than that of any event that may still be stored after the event `id`.
fn before(id: &Uuid) -> String {
    let millis = id.get_timestamp().map_or(0, |at| {
        let (seconds, nanos) = at.to_unix();
        seconds * 1000 + u64::from(nanos / 1_000_000)
    });
    let millis = millis.saturating_sub(OVERLAP_MS);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid().to_string()
}

/// A subscriber to the events that match `filter`.
pub(in crate::api) struct TrailListener {
    state: Data<State>,
    trail: Trail,
    filter: AuditFilter,
    /// Events up to this id are not sent.
    since: String,
    seen: SeenEvents,
}

impl TrailListener {
    /// A new subscriber receives events from now on. With `heard`, the id of the last received
    /// event, it also receives the missed events, and possibly some again that came just before.
    pub(in crate::api) fn new(
        state: Data<State>,
        trail: Trail,
        filter: AuditFilter,
        heard: Option<Uuid>,
    ) -> Self {
        let now = Uuid::now_v7();
        let mut seen = SeenEvents::from(&heard.unwrap_or(now));
        seen.told.extend(heard.map(|id| id.to_string()));
        let since = heard.map_or_else(|| now.to_string(), |_| String::new());
        Self { state, trail, filter, since, seen }
    }

    fn is_new(&self, event: &AuditEvent) -> bool {
        event.id > self.since && self.seen.is_new(&event.id)
    }
}

impl Listener for TrailListener {
    type Batch = TrailBatch;

    fn join(&self) -> Receiver<Told<TrailBatch>> {
        let service = &self.state.service;
        self.state.feeds.trails.join(&self.trail.0, |teller| {
            let mut progress = FeedProgress { seen: SeenEvents::from(&Uuid::now_v7()), head: None };
            let service = service.clone();
            actix_web::rt::spawn(keep_telling(teller, async move |topic: &Option<ProjectId>| {
                progress.look(&service, topic.as_ref()).await
            }));
        })
    }

    async fn catch_up(&mut self) -> Result<(String, bool), ApiError> {
        let overlap = before(&Uuid::now_v7());
        let filter = self.seen.filter(self.filter.clone());
        let found = self.trail.read(&self.state.service, filter).await?;
        let last = found.get(PAGE - 1).map(|event| event.id.clone());
        let more = last.is_some();
        let mut events = String::new();
        for found in found {
            if self.is_new(&found) {
                events.push_str(&event(&found.id, &wire::audit_event(found.clone())));
            }
            self.seen.told.insert(found.id);
        }
        self.seen.note(last, overlap);
        Ok((events, more))
    }

    fn hear(&mut self, batch: &TrailBatch) -> Option<String> {
        let mut events = String::new();
        for (found, event) in &batch.events {
            if self.is_new(found) && self.filter.lets_through(found) {
                events.push_str(event);
                self.seen.told.insert(found.id.clone());
            }
        }
        self.seen.settle(batch.settled.clone());
        Some(events)
    }
}

/// How far a trail was read.
struct FeedProgress {
    seen: SeenEvents,
    head: Option<Revision>,
}

impl FeedProgress {
    async fn look(
        &mut self,
        service: &Service,
        project: Option<&ProjectId>,
    ) -> Result<Seen<TrailBatch>, ApiError> {
        let overlap = before(&Uuid::now_v7());
        let (found, keys) = self.read(service, project).await?;
        let (mut events, mut bytes, mut last) = (Vec::new(), 0, None);
        for (index, found) in found.into_iter().enumerate() {
            let id = found.id.clone();
            if self.seen.is_new(&id) {
                let event = event(&id, &wire::audit_event(found.clone()));
                bytes += event.len();
                self.seen.told.insert(id.clone());
                events.push((found, event));
            }
            if bytes >= PIECE || index + 1 == PAGE {
                last = Some(id);
                break;
            }
        }
        let more = last.is_some();
        self.seen.note(last, overlap);
        let is_news = keys.is_some() || !events.is_empty();
        let told = TrailBatch { events, settled: self.seen.settled.clone() };
        let news = News { told, keys: keys.map(Into::into) };
        Ok(Seen { news: is_news.then_some(news), more })
    }

    async fn read(
        &mut self,
        service: &Service,
        project: Option<&ProjectId>,
    ) -> Result<(Vec<AuditEvent>, Option<LiveKeys>), ServiceError> {
        let filter = self.seen.filter(AuditFilter::default());
        let Some(project) = project else {
            return Ok((service.audit().operators_events(filter).await?, None));
        };
        let look = service.look_at_trail(project.clone(), filter, self.head).await?;
        self.head = Some(look.revision);
        Ok((look.news, look.keys))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(second: u64, number: u8) -> String {
        let millis = (1_700_000_000 + second) * 1000;
        uuid::Builder::from_unix_timestamp_millis(millis, &[number; 10]).into_uuid().to_string()
    }

    fn overlap_at(second: u64) -> String {
        before(&Uuid::parse_str(&id(second, 0)).unwrap())
    }

    /// The ids of a page that are sent because they are new.
    fn tell(seen: &mut SeenEvents, page: &[String], full: bool, overlap: String) -> Vec<String> {
        let new: Vec<_> = page.iter().filter(|id| seen.is_new(id)).cloned().collect();
        seen.told.extend(new.iter().cloned());
        seen.note(full.then(|| page.last().unwrap().clone()), overlap);
        new
    }

    #[test]
    fn what_is_stored_late_is_told_and_what_was_told_is_not_told_again() {
        let mut seen = SeenEvents::from(&Uuid::parse_str(&id(100, 0)).unwrap());
        let (a, b, late) = (id(101, 1), id(103, 1), id(102, 1));
        assert_eq!(
            tell(&mut seen, &[a.clone(), b.clone()], false, overlap_at(104)),
            [a.clone(), b.clone()]
        );
        let again = [a.clone(), late.clone(), b.clone()];
        assert_eq!(tell(&mut seen, &again, false, overlap_at(105)), std::slice::from_ref(&late));
        assert_eq!(tell(&mut seen, &again, false, overlap_at(107)), [] as [String; 0]);
        assert!(!seen.is_new(&a), "nobody remembers it, and it is settled");
        assert_eq!(seen.told.len(), 2);
    }

    #[test]
    fn full_pages_follow_one_another_and_settle_nothing_that_may_yet_be_stored() {
        let mut seen = SeenEvents::from(&Uuid::parse_str(&id(100, 0)).unwrap());
        let page = [id(99, 1), id(102, 1)];
        tell(&mut seen, &page, true, overlap_at(103));
        let next = |seen: &SeenEvents| seen.filter(AuditFilter::default()).place;
        assert_eq!(next(&seen), AuditPlace::After(page[1].clone()), "on behind the page");
        assert!(seen.is_new(&id(101, 9)), "stored after the page was read");
        tell(&mut seen, &[], false, overlap_at(103));
        assert_eq!(next(&seen), AuditPlace::After(overlap_at(103)), "the last seconds again");
        assert!(!seen.is_new(&page[1]));
    }
}

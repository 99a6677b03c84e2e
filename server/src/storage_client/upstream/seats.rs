//! Who holds how many of a store's connections. A seat is the right to one: all have a bound, and so
//! have a project and a key, so that one caller leaves room for the others.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::limits::UpstreamLimits;
use super::request::Holder;

/// What a seat is used for.
pub(super) trait Occupant: Send + Sync {
    /// Bytes a second, where they are so few that others come first.
    fn slowness(&self) -> Option<u64>;

    /// Ends it. False if it moves just now.
    fn break_off(&self) -> bool;
}

/// The seats of one store.
#[derive(Default)]
pub(super) struct Seats {
    held: Mutex<Held>,
    freed: Notify,
}

#[derive(Default)]
struct Held {
    last: u64,
    seats: Vec<Place>,
}

/// A seat that is taken.
struct Place {
    id: u64,
    holder: Holder,
    /// What it is used for. Nothing yet, while the connection is made.
    occupant: Option<Weak<dyn Occupant>>,
}

/// The right to one connection, until it is dropped.
pub(super) struct Seat {
    id: u64,
    seats: Arc<Seats>,
}

/// Which bound was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Key,
    Project,
    All,
}

impl Seats {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a seat, or waits for one up to `deadline`. Where all that a holder may have are in use, the
    /// slowest stream among them is broken off. None when there is no seat in time.
    pub(super) async fn take(
        self: &Arc<Self>,
        holder: &Holder,
        limits: &UpstreamLimits,
        deadline: Instant,
    ) -> Option<Seat> {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            let bound = match self.try_take(holder, limits) {
                Ok(seat) => return Some(seat),
                Err(bound) => bound,
            };
            if !self.break_off_slowest(bound, holder) {
                timeout_at(deadline, freed).await.ok()?;
            }
        }
    }

    /// How many are taken.
    pub(super) fn count(&self) -> usize {
        self.held().seats.len()
    }

    fn try_take(self: &Arc<Self>, holder: &Holder, limits: &UpstreamLimits) -> Result<Seat, Bound> {
        let mut held = self.held();
        let count = |bound| held.seats.iter().filter(|place| place.meets(bound, holder)).count();
        if count(Bound::All) >= limits.connections {
            return Err(Bound::All);
        }
        if let Holder::Caller { .. } = holder {
            if count(Bound::Project) >= limits.of_project() {
                return Err(Bound::Project);
            }
            if count(Bound::Key) >= limits.of_key() {
                return Err(Bound::Key);
            }
        }
        held.last += 1;
        let id = held.last;
        held.seats.push(Place { id, holder: holder.clone(), occupant: None });
        Ok(Seat { id, seats: Arc::clone(self) })
    }

    /// Whether there was one to break off.
    fn break_off_slowest(&self, bound: Bound, holder: &Holder) -> bool {
        let held = self.held();
        let met = held.seats.iter().filter(|place| place.meets(bound, holder));
        let occupants = met.filter_map(|place| place.occupant.as_ref()?.upgrade());
        let under_way: Vec<_> = occupants.collect();
        drop(held);
        let slow = under_way.iter().filter_map(|occupant| Some((occupant.slowness()?, occupant)));
        let slowest = slow.min_by_key(|(rate, _)| *rate);
        slowest.is_some_and(|(_, occupant)| occupant.break_off())
    }
}

impl Place {
    /// Whether it counts for a bound of `other`.
    fn meets(&self, bound: Bound, other: &Holder) -> bool {
        match (bound, &self.holder, other) {
            (Bound::All, ..) => true,
            (
                Bound::Project,
                Holder::Caller { project, .. },
                Holder::Caller { project: its, .. },
            ) => project == its,
            (Bound::Key, ours, theirs) => ours == theirs,
            (Bound::Project, ..) => false,
        }
    }
}

impl Seat {
    /// Says what the seat is used for.
    pub(super) fn is_for(&self, occupant: Weak<dyn Occupant>) {
        let mut held = self.seats.held();
        if let Some(place) = held.seats.iter_mut().find(|place| place.id == self.id) {
            place.occupant = Some(occupant);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.held().seats.retain(|place| place.id != self.id);
        self.seats.freed.notify_waiters();
    }
}

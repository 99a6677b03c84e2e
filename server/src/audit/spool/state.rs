//! The spool's shared state, between callers that record events and the writer thread.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sail_cargo_database::DatabaseError;
use sail_cargo_database::tables::audit_events::NewEventRow;
use tokio::sync::watch;

use super::super::commit::{EVENTS, GROUP, group_size};
use super::segment::{self, Fate, Segment};
use crate::domain::limits;

/// The size in bytes from which a segment is no longer appended to.
const SEGMENT: u64 = 4 * 1024 * 1024;

/// The shared state. Its lock is held for a write to the page cache at most.
pub(super) struct Shared {
    directory: PathBuf,
    state: Mutex<State>,
    wake: Condvar,
    /// Every batch up to this number is in the database, or was put aside.
    settled: watch::Sender<u64>,
}

struct State {
    /// The segment that is appended to; `None` if a new one could not be created.
    open: Option<Segment>,
    /// Closed segments that hold events which the database does not have.
    full: Vec<Segment>,
    /// The number of segments begun so far.
    begun: u64,
    /// What the next write appends.
    gathered: Gathered,
    /// The number of the last accepted batch.
    accepted: u64,
    /// Every accepted batch up to this number was appended, or failed.
    appended: u64,
    /// Why batches could not be appended, by number, until their callers ask.
    failed: HashMap<u64, (io::ErrorKind, String)>,
    waiting: VecDeque<Batch>,
    /// A caller waits for the batches up to this number.
    wanted: u64,
    /// Events that are only in the files, including the group that is being written.
    events: usize,
    bytes: usize,
    /// The writer's last attempt failed.
    behind: bool,
    /// The spool is closed: it accepts no more events, and the writer ends.
    closed: bool,
}

/// Batches that wait for the next write, and their lines.
#[derive(Default)]
struct Gathered {
    lines: Vec<u8>,
    batches: Vec<Batch>,
    events: usize,
}

/// The events of one call.
pub(super) struct Batch {
    number: u64,
    /// The number of its segment; 0 before it is appended.
    segment: u64,
    bytes: usize,
    pub(super) events: Arc<Vec<NewEventRow>>,
}

impl Shared {
    pub(super) fn new(directory: PathBuf, segment: Segment) -> Self {
        let state = State {
            open: Some(segment),
            full: Vec::new(),
            begun: 1,
            gathered: Gathered::default(),
            accepted: 0,
            appended: 0,
            failed: HashMap::new(),
            waiting: VecDeque::new(),
            wanted: 0,
            events: 0,
            bytes: 0,
            behind: false,
            closed: false,
        };
        let (settled, _) = watch::channel(0);
        Self { directory, state: Mutex::new(state), wake: Condvar::new(), settled }
    }

    /// Accepts a batch for the next write. Returns its number, to be asked of [`Shared::append`].
    pub(super) fn gather(
        &self,
        events: Vec<NewEventRow>,
        lines: &[u8],
    ) -> Result<u64, DatabaseError> {
        let mut state = self.lock();
        state.demand_room(events.len(), lines.len())?;
        state.accepted += 1;
        state.events += events.len();
        state.bytes += lines.len();
        let number = state.accepted;
        state.gathered.take(number, events, lines);
        Ok(number)
    }

    /// Appends what is gathered, unless another call has appended batch `number` meanwhile. Returns
    /// whether that batch is in the segment; to be called once for each batch.
    pub(super) fn append(&self, number: u64) -> Result<(), DatabaseError> {
        let mut state = self.lock();
        if number > state.appended && state.append_gathered(&self.directory) {
            self.wake.notify_one();
        }
        match state.failed.remove(&number) {
            Some((kind, text)) => Err(DatabaseError::unavailable(io::Error::new(kind, text))),
            None => Ok(()),
        }
    }

    /// Asks the writer to hurry with everything that is in the segments. Returns the number of the last
    /// batch; `None` if the database has everything.
    pub(super) fn want_all(&self) -> Option<u64> {
        let mut state = self.lock();
        if state.events == 0 {
            return None;
        }
        state.wanted = state.appended;
        self.wake.notify_one();
        Some(state.appended)
    }

    /// A watch on the number up to which every batch is settled.
    pub(super) fn settled(&self) -> watch::Receiver<u64> {
        self.settled.subscribe()
    }

    /// The number of events that are only in files.
    pub(super) fn depth(&self) -> usize {
        self.lock().events
    }

    pub(super) fn is_behind(&self) -> bool {
        self.lock().behind
    }

    /// Sets whether the writer's last attempt failed. Returns the previous value.
    pub(super) fn set_behind(&self, behind: bool) -> bool {
        std::mem::replace(&mut self.lock().behind, behind)
    }

    /// Checks that the directory exists or, with `write`, that a file can be written.
    pub(super) fn try_directory(&self, write: bool) -> io::Result<()> {
        if write {
            return segment::try_directory(&self.directory);
        }
        self.directory.metadata().map(drop)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Closes the spool and ends the writer. Returns how many events are only in files.
    pub(super) fn close(&self) -> usize {
        let mut state = self.lock();
        state.append_gathered(&self.directory);
        state.closed = true;
        self.wake.notify_one();
        let (events, done) = (state.events, state.tidy());
        drop(state);
        done.into_iter().for_each(Segment::finish);
        events
    }

    /// For the writer: waits for batches and returns the oldest group. `None` if the spool is
    /// closed.
    pub(super) fn next(&self) -> Option<Vec<Batch>> {
        let idle = |state: &mut State| !state.closed && state.waiting.is_empty();
        let mut state =
            self.wake.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return None;
        }
        let count = group_size(state.waiting.iter().map(|batch| batch.events.len()));
        Some(state.waiting.drain(..count).collect())
    }

    /// For the writer: applies the results of a group. Batches that may still be written go back to
    /// the queue. Returns why they were not written, and how many events were put aside.
    pub(super) fn settle(
        &self,
        group: Vec<Batch>,
        verdicts: Vec<Result<(), DatabaseError>>,
    ) -> (Option<DatabaseError>, usize) {
        let (mut again, mut trouble, mut aside) = (Vec::new(), None, 0);
        let mut state = self.lock();
        for (batch, verdict) in group.into_iter().zip(verdicts) {
            match verdict {
                Ok(()) => state.release(&batch, false),
                Err(error) if error.is_final() => {
                    log::error!("the database refuses an audit event: {error}");
                    aside += batch.events.len();
                    state.release(&batch, true);
                }
                Err(error) => {
                    trouble = Some(error);
                    again.push(batch);
                }
            }
        }
        again.into_iter().rev().for_each(|batch| state.waiting.push_front(batch));
        let oldest = state.waiting.front().map(|batch| batch.number);
        self.settled.send_replace(oldest.map_or(state.appended, |number| number - 1));
        let done = state.tidy();
        drop(state);
        done.into_iter().for_each(Segment::finish);
        (trouble, aside)
    }

    /// For the writer: waits for more batches, unless there are enough or a caller waits for the
    /// first of them.
    pub(super) fn linger(&self, time: Duration) {
        self.wait(time, |state| {
            let oldest = state.waiting.front().map(|batch| batch.number);
            state.is_enough() || oldest.is_some_and(|number| number <= state.wanted)
        });
    }

    /// For the writer: waits, even if a caller waits.
    pub(super) fn pause(&self, time: Duration) {
        self.wait(time, |_| false);
    }

    fn wait(&self, time: Duration, enough: impl Fn(&State) -> bool) {
        let sleeps = |state: &mut State| !state.closed && !enough(state);
        drop(self.wake.wait_timeout_while(self.lock(), time, sleeps));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gathered {
    fn take(&mut self, number: u64, events: Vec<NewEventRow>, lines: &[u8]) {
        self.lines.extend_from_slice(lines);
        self.events += events.len();
        let events = Arc::new(events);
        self.batches.push(Batch { number, segment: 0, bytes: lines.len(), events });
    }
}

/// Whether so much fills a transaction.
const fn is_enough(batches: usize, events: usize) -> bool {
    batches >= GROUP || events >= EVENTS
}

impl State {
    fn demand_room(&self, events: usize, bytes: usize) -> Result<(), DatabaseError> {
        if self.closed {
            return Err(DatabaseError::unavailable("the audit spool is closed"));
        }
        if self.events + events > limits::MAX_SPOOLED_EVENTS
            || self.bytes + bytes > limits::MAX_SPOOLED_BYTES
        {
            return Err(DatabaseError::unavailable("the audit spool is full"));
        }
        Ok(())
    }

    /// Whether enough is waiting to fill a transaction.
    fn is_enough(&self) -> bool {
        is_enough(self.waiting.len(), self.events - self.gathered.events)
    }

    /// Appends what is gathered with one write. Returns whether the writer must be woken: in all
    /// other cases it is awake or lingers.
    fn append_gathered(&mut self, directory: &Path) -> bool {
        let Gathered { lines, batches, events } = std::mem::take(&mut self.gathered);
        let Some(last) = batches.last() else { return false };
        self.appended = last.number;
        let was_idle = self.waiting.is_empty();
        let was_enough = is_enough(self.waiting.len(), self.events - events);
        match self.append(directory, &lines, events) {
            Ok(segment) => {
                self.waiting.extend(batches.into_iter().map(|batch| Batch { segment, ..batch }));
                was_idle || self.is_enough() != was_enough
            }
            Err(error) => {
                self.events -= events;
                self.bytes -= lines.len();
                let why = (error.kind(), format!("the audit spool: {error}"));
                self.failed.extend(batches.iter().map(|batch| (batch.number, why.clone())));
                false
            }
        }
    }

    /// Appends to the open segment, or to a new one if needed. Returns the segment's number.
    fn append(&mut self, directory: &Path, lines: &[u8], events: usize) -> io::Result<u64> {
        self.retire_if_gone();
        if self.open.as_ref().is_some_and(|segment| segment.length() >= SEGMENT) {
            self.retire();
        }
        let segment = match &mut self.open {
            Some(segment) => segment,
            none => {
                self.begun += 1;
                none.insert(Segment::begin(directory, self.begun)?)
            }
        };
        let written = segment.append(lines);
        if written.is_ok() {
            segment.pending += events;
        }
        let (number, torn) = (segment.number(), segment.is_torn());
        if torn {
            self.retire();
        }
        written.map(|()| number)
    }

    /// Closes the open segment if its path no longer leads to it, because the next start would not
    /// find it.
    fn retire_if_gone(&mut self) {
        if self.open.as_ref().is_some_and(Segment::is_gone) {
            log::error!("a file of the audit spool was removed while it was in use");
            self.retire();
        }
    }

    /// Closes the open segment for appending.
    fn retire(&mut self) {
        self.full.extend(self.open.take());
    }

    /// Settles a batch in its segment. A refused batch marks the segment to be put aside.
    fn release(&mut self, batch: &Batch, refused: bool) {
        self.events -= batch.events.len();
        self.bytes -= batch.bytes;
        let segments = self.full.iter_mut().chain(&mut self.open);
        if let Some(segment) = segments.into_iter().find(|known| known.number() == batch.segment) {
            segment.pending -= batch.events.len();
            if refused {
                segment.mark(Fate::Aside);
            }
        }
    }

    /// Empties the open segment if nothing in it is pending. Returns the segments to finish.
    fn tidy(&mut self) -> Vec<Segment> {
        self.retire_if_gone();
        if let Some(segment) = self.open.as_mut().filter(|segment| segment.pending == 0) {
            if self.closed || !segment.is_removed() {
                self.retire();
            } else {
                segment.clear();
            }
        }
        let (needed, done) = self.full.drain(..).partition(|segment| segment.pending > 0);
        self.full = needed;
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(directory: &Path) -> Shared {
        Shared::new(directory.to_owned(), Segment::begin(directory, 1).unwrap())
    }

    fn gather(shared: &Shared, line: &[u8]) -> u64 {
        shared.gather(vec![], line).unwrap()
    }

    #[test]
    fn one_write_appends_what_is_gathered_in_the_order_of_the_numbers() {
        let directory = tempfile::tempdir().unwrap();
        let shared = shared(directory.path());
        let (first, second) = (gather(&shared, b"one\n"), gather(&shared, b"two\n"));
        assert_eq!(shared.lock().open.as_ref().unwrap().length(), 0, "nothing is written yet");
        shared.append(second).unwrap();
        let third = gather(&shared, b"three\n");
        shared.append(first).unwrap();
        assert_eq!(shared.lock().open.as_ref().unwrap().read().unwrap(), b"one\ntwo\n");
        assert_eq!(shared.close(), 0);
        let state = shared.lock();
        assert_eq!((state.appended, state.waiting.len()), (third, 3), "the end writes the rest");
        assert!(state.gathered.lines.is_empty() && state.failed.is_empty());
    }

    #[test]
    fn each_call_of_a_write_that_fails_gets_its_error() {
        let directory = tempfile::tempdir().unwrap();
        let below = directory.path().join("spool");
        std::fs::create_dir(&below).unwrap();
        let shared = shared(&below);
        std::fs::remove_dir_all(&below).unwrap();
        let (first, second) = (gather(&shared, b"one\n"), gather(&shared, b"two\n"));
        for number in [first, second] {
            let Err(DatabaseError::Unavailable(why)) = shared.append(number) else { panic!() };
            assert!(why.to_string().starts_with("the audit spool: "), "{why}");
        }
        let state = shared.lock();
        assert!(state.failed.is_empty() && state.waiting.is_empty());
        assert_eq!((state.bytes, state.appended), (0, second));
    }
}

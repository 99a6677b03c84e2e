//! What is in the files and not in the database, as the two sides see it: those who record, and
//! the writer.

use std::collections::VecDeque;
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

/// A segment that has grown to this is appended to no more.
const SEGMENT: u64 = 4 * 1024 * 1024;

/// Behind one lock, held for a write to the page cache at most.
pub(super) struct Shared {
    directory: PathBuf,
    state: Mutex<State>,
    wake: Condvar,
    /// Every batch up to this number is in the database, or never will be.
    settled: watch::Sender<u64>,
}

struct State {
    /// The one that is appended to. None, if the last could not be replaced.
    open: Option<Segment>,
    /// Those that are not, and still hold events that the database does not have.
    full: Vec<Segment>,
    /// How many segments were begun.
    begun: u64,
    waiting: VecDeque<Batch>,
    /// The number of the batch that was accepted last.
    accepted: u64,
    /// Somebody waits for the batches up to this one.
    wanted: u64,
    /// In the files and not in the database, the writer's own group included.
    events: usize,
    bytes: usize,
    /// The writer could not write when it last tried.
    behind: bool,
    /// Nothing is taken any more, and the writer ends.
    closed: bool,
}

/// What one call recorded.
pub(super) struct Batch {
    number: u64,
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
            waiting: VecDeque::new(),
            accepted: 0,
            wanted: 0,
            events: 0,
            bytes: 0,
            behind: false,
            closed: false,
        };
        let (settled, _) = watch::channel(0);
        Self { directory, state: Mutex::new(state), wake: Condvar::new(), settled }
    }

    /// Puts a batch into the open segment.
    pub(super) fn accept(
        &self,
        events: Vec<NewEventRow>,
        lines: &[u8],
    ) -> Result<(), DatabaseError> {
        let mut state = self.lock();
        state.demand_room(events.len(), lines.len())?;
        let segment = state
            .append(&self.directory, lines, events.len())
            .map_err(|error| DatabaseError::unavailable(of_spool(&error)))?;
        let was_enough = state.is_enough();
        state.accepted += 1;
        state.events += events.len();
        state.bytes += lines.len();
        let number = state.accepted;
        let events = Arc::new(events);
        state.waiting.push_back(Batch { number, segment, bytes: lines.len(), events });
        // Between these two the writer is awake, or lingers.
        if state.waiting.len() == 1 || state.is_enough() != was_enough {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Tells the writer that somebody waits for all there is, and returns its last number; `None`
    /// when the database has it all.
    pub(super) fn want_all(&self) -> Option<u64> {
        let mut state = self.lock();
        if state.events == 0 {
            return None;
        }
        state.wanted = state.accepted;
        self.wake.notify_one();
        Some(state.accepted)
    }

    /// Up to which batch all is settled, and the news of it.
    pub(super) fn settled(&self) -> watch::Receiver<u64> {
        self.settled.subscribe()
    }

    /// How many events are in files only.
    pub(super) fn depth(&self) -> usize {
        self.lock().events
    }

    pub(super) fn is_behind(&self) -> bool {
        self.lock().behind
    }

    /// Says whether the writer can write, and returns what was said before.
    pub(super) fn set_behind(&self, behind: bool) -> bool {
        std::mem::replace(&mut self.lock().behind, behind)
    }

    /// Looks for the directory, or writes to it as a new segment would be written.
    pub(super) fn try_directory(&self, write: bool) -> io::Result<()> {
        if write {
            return segment::try_directory(&self.directory);
        }
        self.directory.metadata().map(drop)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Takes nothing any more and ends the writer; returns how many events are in files only.
    pub(super) fn close(&self) -> usize {
        let mut state = self.lock();
        state.closed = true;
        self.wake.notify_one();
        let (events, done) = (state.events, state.tidy());
        drop(state);
        done.into_iter().for_each(Segment::finish);
        events
    }

    /// For the writer: waits for batches and hands out the oldest. `None` is the end.
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

    /// For the writer: what became of a group. What may yet be written comes next again; the
    /// reason why it was not is returned, and how many events were put aside.
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
        self.settled.send_replace(oldest.map_or(state.accepted, |number| number - 1));
        let done = state.tidy();
        drop(state);
        done.into_iter().for_each(Segment::finish);
        (trouble, aside)
    }

    /// For the writer: waits for more to gather, unless there is enough, or somebody who waits.
    pub(super) fn linger(&self, time: Duration) {
        self.wait(time, |state| {
            let oldest = state.waiting.front().map(|batch| batch.number);
            state.is_enough() || oldest.is_some_and(|number| number <= state.wanted)
        });
    }

    /// For the writer: waits, whoever else does.
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

/// Of the same kind, and with where it happened.
fn of_spool(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("the audit spool: {error}"))
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

    /// Whether there is enough for a transaction.
    fn is_enough(&self) -> bool {
        self.waiting.len() >= GROUP || self.events >= EVENTS
    }

    /// Writes to the open segment, a new one if need be, and returns its number.
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

    /// Appends no more to a file that the next start would not find.
    fn retire_if_gone(&mut self) {
        if self.open.as_ref().is_some_and(Segment::is_gone) {
            log::error!("a file of the audit spool was removed while it was in use");
            self.retire();
        }
    }

    /// Appends no more to the open segment.
    fn retire(&mut self) {
        self.full.extend(self.open.take());
    }

    /// A batch needs its segment no longer, unless the database refused it.
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

    /// Empties the open segment if nothing in it is needed, and hands out those to be finished.
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

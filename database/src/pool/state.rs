//! The threads of the pool, and the jobs in its queues.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::down::Down;
use super::job::{Job, Waiter};
use super::life::Life;
use crate::error::{Busy, DatabaseError};
use crate::grip::Grip;
use crate::patience::StatementPatience;

/// How long a short job may wait for a connection. While the first one has waited longer, no other
/// is queued.
const SHORT_WAIT: Duration = Duration::from_secs(1);
/// How long a long job may wait for a connection.
const LONG_WAIT: Duration = Duration::from_secs(10);
/// The most jobs in each queue.
const ROOM: usize = 1024;
/// The most threads, abandoned ones included, as a multiple of the pool's size.
const LEFT_ALONE: usize = 2;
/// The pause before the pool grows again after the database refused a connection.
const REST: Duration = Duration::from_millis(250);

/// The pool's state. No thread holds its lock while it waits for the database.
pub(crate) struct State {
    pub(crate) closed: bool,
    pub(crate) watched: bool,
    short: VecDeque<Job>,
    long: VecDeque<Job>,
    hands: HashMap<u64, Hand>,
    /// The number of threads that wait for a job.
    idle: usize,
    hired: u64,
    /// The number of threads that the pool gave up and that have not returned from the database's
    /// library.
    abandoned: usize,
    /// The current generation of connections. Those of earlier ones are not reused, because others
    /// of their age were found dead.
    generation: u64,
    down: Option<Down>,
    /// The pool does not grow before this instant.
    full_until: Instant,
}

/// A thread of the pool.
struct Hand {
    life: Arc<Life>,
    doing: Option<Doing>,
    /// The socket of the thread's connection.
    grip: Option<Grip>,
    contact: Contact,
}

/// What is known of a thread's connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contact {
    /// There is none, or it is being opened.
    None,
    /// It answered when it was last used.
    Good,
    /// It is of an earlier generation: another one of its age was found dead.
    Distrusted,
}

struct Doing {
    caller: Arc<dyn Waiter>,
    patience: StatementPatience,
    since: Instant,
    /// The caller was told already that the job takes too long.
    overdue: bool,
}

impl State {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            closed: false,
            watched: false,
            short: VecDeque::new(),
            long: VecDeque::new(),
            hands: HashMap::new(),
            idle: 0,
            hired: 0,
            abandoned: 0,
            generation: 0,
            down: None,
            full_until: now,
        }
    }

    /// Refuses a job that would only wait for a refusal.
    pub(crate) fn demand_hope(
        &mut self,
        patience: StatementPatience,
        size: usize,
        now: Instant,
    ) -> Result<(), DatabaseError> {
        if self.closed {
            return Err(DatabaseError::unavailable("the server is stopping"));
        }
        if self.hands.is_empty() && self.has_lost_too_many(size) {
            let lost = self.abandoned;
            return Err(DatabaseError::unavailable(format!(
                "{lost} connections wait for the database's answer"
            )));
        }
        let waiting = self.waiting(patience);
        let stuck = waiting
            .front()
            .is_some_and(|job| now.saturating_duration_since(job.since) > wait(patience));
        if stuck || waiting.len() >= ROOM {
            return Err(DatabaseError::unavailable(Busy));
        }
        // Only a short job may try whether the database is back, because it is taken at once.
        if let Some(down) = &mut self.down
            && (patience == StatementPatience::Long || !down.lets_through(now))
        {
            return Err(DatabaseError::unavailable(down.why().to_owned()));
        }
        Ok(())
    }

    /// Queues a job. Returns whether at least as many threads are idle as jobs are queued; they
    /// find out for themselves whether they may take it.
    pub(crate) fn queue(&mut self, job: Job) -> bool {
        self.waiting(job.patience).push_back(job);
        self.short.len() + self.long.len() <= self.idle
    }

    /// Whether the pool may start another thread.
    pub(crate) fn may_hire(&self, size: usize, now: Instant) -> bool {
        let threads = self.hands.len() + self.abandoned;
        self.hands.len() < size && threads < LEFT_ALONE * size && now >= self.full_until
    }

    /// Whether more jobs are queued than threads are idle.
    pub(crate) fn needs_hands(&self) -> bool {
        !self.closed && self.short.len() + self.long.len() > self.idle
    }

    fn has_lost_too_many(&self, size: usize) -> bool {
        self.abandoned >= LEFT_ALONE * size
    }

    pub(crate) fn hire(&mut self) -> (u64, Arc<Life>) {
        self.hired += 1;
        let life = Arc::new(Life::new());
        let hand = Hand { life: life.clone(), doing: None, grip: None, contact: Contact::None };
        self.hands.insert(self.hired, hand);
        (self.hired, life)
    }

    /// Removes a thread that ends. An unknown id is an abandoned thread that has returned.
    pub(crate) fn dismiss(&mut self, id: u64) {
        if self.hands.remove(&id).is_none() {
            self.abandoned -= 1;
        }
    }

    /// The number of threads without the abandoned ones.
    pub(crate) fn hands(&self) -> usize {
        self.hands.len()
    }

    /// Counts one thread more, or one less, as idle.
    pub(crate) fn set_idle(&mut self, idle: bool) {
        if idle {
            self.idle += 1;
        } else {
            self.idle -= 1;
        }
    }

    /// The next job for thread `id`: the oldest of those that it may take. Long jobs get at most
    /// half of the connections.
    pub(crate) fn take(&mut self, id: u64, size: usize) -> Option<Job> {
        let busy = |hand: &&Hand| hand.is_doing(StatementPatience::Long);
        let may_be_long = self.hands.values().filter(busy).count() < size.div_ceil(2);
        let long = self.long.front().filter(|_| may_be_long).map(|job| job.since);
        let job = match (self.short.front().map(|job| job.since), long) {
            (Some(short), Some(long)) if long < short => self.long.pop_front(),
            (None, Some(_)) => self.long.pop_front(),
            (_, _) => self.short.pop_front(),
        }?;
        let hand = self.hands.get_mut(&id)?;
        hand.life.beat();
        hand.doing = Some(Doing {
            caller: job.caller.clone(),
            patience: job.patience,
            since: Instant::now(),
            overdue: false,
        });
        Some(job)
    }

    /// Marks the job of thread `id` as done. Returns whether the thread still belongs to the pool.
    pub(crate) fn done(&mut self, id: u64) -> bool {
        self.hands.get_mut(&id).map(|hand| hand.doing = None).is_some()
    }

    /// Stores the grip on the new connection of thread `id`; `None` if it has none.
    pub(crate) fn hold(&mut self, id: u64, grip: Option<Grip>) {
        if let Some(hand) = self.hands.get_mut(&id) {
            hand.grip = grip;
        }
    }

    /// The generation of connections that may be used.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Notes that the connection of thread `id`, of this generation, answers. Returns whether the
    /// database counted as unreachable before.
    pub(crate) fn is_well(&mut self, id: u64, generation: u64) -> bool {
        let is_current = generation == self.generation;
        if let Some(hand) = self.hands.get_mut(&id) {
            hand.contact = if is_current { Contact::Good } else { Contact::Distrusted };
        }
        self.down.take().is_some()
    }

    /// Starts a new generation after a connection was found dead, because the others may be dead,
    /// too.
    pub(crate) fn distrust(&mut self) {
        self.generation += 1;
        let hands = self.hands.values_mut();
        for hand in hands.filter(|hand| hand.contact == Contact::Good) {
            hand.contact = Contact::Distrusted;
        }
    }

    /// Notes that thread `id` opens a connection.
    pub(crate) fn connects(&mut self, id: u64) {
        if let Some(hand) = self.hands.get_mut(&id) {
            hand.contact = Contact::None;
        }
    }

    /// Whether a connection that may be used answered when it was last used.
    fn is_connected(&self) -> bool {
        self.hands.values().any(|hand| hand.contact == Contact::Good)
    }

    /// Notes that a thread could not open a connection for `job`.
    ///
    /// If other threads have connections, the job goes back to the queue, and the pool does not
    /// grow for a while. Otherwise returns all queued jobs, which the caller must refuse, and
    /// whether the database counted as reachable until now.
    pub(crate) fn cannot_connect(&mut self, job: Job, why: &str, now: Instant) -> (Vec<Job>, bool) {
        if self.is_connected() {
            self.full_until = now + REST;
            self.waiting(job.patience).push_front(job);
            return (Vec::new(), false);
        }
        let is_news = self.down.replace(Down::new(why.to_owned(), now)).is_none();
        let mut all = self.take_all();
        all.push(job);
        (all, is_news)
    }

    /// Abandons the threads that showed no sign of life for longer than their limit, and returns
    /// their callers. Shuts down the sockets that they wait on, where there is a grip, so that they
    /// return. Those whose connections were distrusted already tell nothing about the others.
    pub(crate) fn abandon(
        &mut self,
        limit: impl Fn(StatementPatience) -> Duration,
        now: Instant,
    ) -> Vec<Arc<dyn Waiter>> {
        let is_lost = |_: &u64, hand: &mut Hand| {
            let limit = hand.doing.as_ref().map(|doing| limit(doing.patience));
            limit.is_some_and(|limit| hand.life.silence() > limit)
        };
        let lost: Vec<Hand> = self.hands.extract_if(is_lost).map(|(_, hand)| hand).collect();
        if lost.is_empty() {
            return Vec::new();
        }
        self.abandoned += lost.len();
        let is_any = |contact| lost.iter().any(|hand| hand.contact == contact);
        if is_any(Contact::None) && !self.is_connected() {
            self.down = Some(Down::new("the database does not answer".to_owned(), now));
        }
        if is_any(Contact::None) || is_any(Contact::Good) {
            self.distrust();
        }
        for grip in lost.iter().filter_map(|hand| hand.grip.as_ref()) {
            grip.shut_down();
        }
        lost.into_iter().filter_map(|hand| hand.doing).map(|doing| doing.caller).collect()
    }

    /// The callers of short jobs that have run for longer than `limit`, each once. The database
    /// answered every statement of such a job in time, but there are too many statements. The job
    /// goes on, and its connection is good.
    pub(crate) fn take_overdue(&mut self, limit: Duration, now: Instant) -> Vec<Arc<dyn Waiter>> {
        let doing = self.hands.values_mut().filter_map(|hand| hand.doing.as_mut());
        let overdue = doing.filter(|doing| {
            let is_over = now.saturating_duration_since(doing.since) > limit;
            doing.patience == StatementPatience::Short && !doing.overdue && is_over
        });
        overdue
            .map(|doing| {
                doing.overdue = true;
                doing.caller.clone()
            })
            .collect()
    }

    /// Whether the database counts as unreachable.
    pub(crate) fn is_down(&self) -> bool {
        self.down.is_some()
    }

    /// Whether there are neither threads nor jobs.
    pub(crate) fn is_quiet(&self) -> bool {
        self.hands.is_empty() && self.short.is_empty() && self.long.is_empty()
    }

    /// The number of idle threads.
    #[cfg(test)]
    pub(crate) fn idle(&self) -> usize {
        self.idle
    }

    /// The number of abandoned threads.
    pub(crate) fn abandoned(&self) -> usize {
        self.abandoned
    }

    /// Takes the jobs out of the queues that have waited for too long or whose callers are gone.
    pub(crate) fn take_stale(&mut self, now: Instant) -> Vec<Job> {
        let is_stale = |job: &Job| {
            now.saturating_duration_since(job.since) > wait(job.patience) || job.caller.is_gone()
        };
        let mut stale = Vec::new();
        for waiting in [&mut self.short, &mut self.long] {
            if waiting.iter().any(is_stale) {
                let (old, good): (Vec<_>, Vec<_>) = waiting.drain(..).partition(is_stale);
                waiting.extend(good);
                stale.extend(old);
            }
        }
        // One of these jobs may be the one that was let through to try.
        if let Some(down) = self.down.as_mut().filter(|_| !stale.is_empty()) {
            down.try_again();
        }
        stale
    }

    /// Takes all jobs out of the queues.
    pub(crate) fn take_all(&mut self) -> Vec<Job> {
        self.short.drain(..).chain(self.long.drain(..)).collect()
    }

    fn waiting(&mut self, patience: StatementPatience) -> &mut VecDeque<Job> {
        match patience {
            StatementPatience::Short => &mut self.short,
            StatementPatience::Long => &mut self.long,
        }
    }
}

impl Hand {
    fn is_doing(&self, patience: StatementPatience) -> bool {
        self.doing.as_ref().is_some_and(|doing| doing.patience == patience)
    }
}

fn wait(patience: StatementPatience) -> Duration {
    match patience {
        StatementPatience::Short => SHORT_WAIT,
        StatementPatience::Long => LONG_WAIT,
    }
}

//! The threads, and what waits for them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::down::Down;
use super::job::{Job, Waiter};
use super::life::Life;
use crate::error::{Busy, DatabaseError};
use crate::grip::Grip;
use crate::patience::StatementPatience;

/// How long a statement waits for a connection. Where one has waited so long, nobody queues.
const SHORT_WAIT: Duration = Duration::from_secs(1);
/// The same of those that take their time themselves.
const LONG_WAIT: Duration = Duration::from_secs(10);
/// So many may wait.
const ROOM: usize = 1024;
/// So many threads there may be, as multiples of the pool's size, those that are left to themselves
/// counted.
const LEFT_ALONE: usize = 2;
/// How long no further connection is tried for after the database refused one.
const REST: Duration = Duration::from_millis(250);

/// Behind one lock, which nobody holds while they wait for the database.
pub(crate) struct State {
    pub(crate) closed: bool,
    pub(crate) watched: bool,
    short: VecDeque<Job>,
    long: VecDeque<Job>,
    hands: HashMap<u64, Hand>,
    /// Hands that wait for a job.
    idle: usize,
    hired: u64,
    /// Threads that are the pool's no longer, and not back from the database's library yet.
    abandoned: usize,
    /// Connections of an earlier one are not used any more: others like them were found dead.
    generation: u64,
    down: Option<Down>,
    /// Until then the pool does not grow.
    full_until: Instant,
}

/// A thread of the pool.
struct Hand {
    life: Arc<Life>,
    doing: Option<Doing>,
    /// The socket it waits on.
    grip: Option<Grip>,
    /// Its connection answered when it was last used.
    connected: bool,
}

struct Doing {
    caller: Arc<dyn Waiter>,
    patience: StatementPatience,
    since: Instant,
    /// The caller was told that it takes too long.
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

    /// Refuses what would only wait to be refused.
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
        // Only what is short tries whether it is back: it is taken at once.
        if let Some(down) = &mut self.down
            && (patience == StatementPatience::Long || !down.lets_through(now))
        {
            return Err(DatabaseError::unavailable(down.why().to_owned()));
        }
        Ok(())
    }

    /// Adds a job, and says whether there are as many hands that wait. Whether one of them may take
    /// it is for them to find out.
    pub(crate) fn queue(&mut self, job: Job) -> bool {
        self.waiting(job.patience).push_back(job);
        self.short.len() + self.long.len() <= self.idle
    }

    /// Whether one more thread may be hired.
    pub(crate) fn may_hire(&self, size: usize, now: Instant) -> bool {
        let threads = self.hands.len() + self.abandoned;
        self.hands.len() < size && threads < LEFT_ALONE * size && now >= self.full_until
    }

    /// Whether there is more to do than hands that wait.
    pub(crate) fn needs_hands(&self) -> bool {
        !self.closed && self.short.len() + self.long.len() > self.idle
    }

    fn has_lost_too_many(&self, size: usize) -> bool {
        self.abandoned >= LEFT_ALONE * size
    }

    pub(crate) fn hire(&mut self) -> (u64, Arc<Life>) {
        self.hired += 1;
        let life = Arc::new(Life::new());
        let hand = Hand { life: life.clone(), doing: None, grip: None, connected: false };
        self.hands.insert(self.hired, hand);
        (self.hired, life)
    }

    /// A hand leaves. One that was abandoned has come back from where it was.
    pub(crate) fn dismiss(&mut self, id: u64) {
        if self.hands.remove(&id).is_none() {
            self.abandoned -= 1;
        }
    }

    /// How many threads there are, those that are left to themselves not counted.
    pub(crate) fn hands(&self) -> usize {
        self.hands.len()
    }

    /// A hand begins, or ceases, to wait.
    pub(crate) fn set_idle(&mut self, idle: bool) {
        if idle {
            self.idle += 1;
        } else {
            self.idle -= 1;
        }
    }

    /// The next job for the hand `id`: the older of two that may be done.
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

    /// The hand `id` has done what it did; whether it still is one of the pool's.
    pub(crate) fn done(&mut self, id: u64) -> bool {
        self.hands.get_mut(&id).map(|hand| hand.doing = None).is_some()
    }

    /// The hand `id` has another connection, or none; and this is the hold on it.
    pub(crate) fn hold(&mut self, id: u64, grip: Option<Grip>) {
        if let Some(hand) = self.hands.get_mut(&id) {
            hand.grip = grip;
        }
    }

    /// Which connections are trusted.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// The connection of `id` answers. Whether the database did not, before.
    pub(crate) fn is_well(&mut self, id: u64) -> bool {
        if let Some(hand) = self.hands.get_mut(&id) {
            hand.connected = true;
        }
        self.down.take().is_some()
    }

    /// A connection was found dead: so are those beside it, perhaps.
    pub(crate) fn distrust(&mut self) {
        self.generation += 1;
        self.hands.values_mut().for_each(|hand| hand.connected = false);
    }

    /// The hand `id` could make no connection for `job`. Where others have one the job is theirs, and the pool
    /// does not grow for a while; else all that waits is to be refused. Whether that is news.
    pub(crate) fn cannot_connect(
        &mut self,
        id: u64,
        job: Job,
        why: &str,
        now: Instant,
    ) -> (Vec<Job>, bool) {
        if let Some(hand) = self.hands.get_mut(&id) {
            hand.connected = false;
        }
        if self.hands.values().any(|hand| hand.connected) {
            self.full_until = now + REST;
            self.waiting(job.patience).push_front(job);
            return (Vec::new(), false);
        }
        let is_news = self.down.replace(Down::new(why.to_owned(), now)).is_none();
        let mut all = self.take_all();
        all.push(job);
        (all, is_news)
    }

    /// Leaves those to themselves of whom nothing was seen for too long, and has them come back
    /// where there is a hold on what they wait for; returns who waits for them.
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
        self.distrust();
        if lost.iter().any(|hand| !hand.connected) {
            self.down = Some(Down::new("the database does not answer".to_owned(), now));
        }
        for grip in lost.iter().filter_map(|hand| hand.grip.as_ref()) {
            grip.shut_down();
        }
        lost.into_iter().filter_map(|hand| hand.doing).map(|doing| doing.caller).collect()
    }

    /// Who waits for what should be short and has been under way for longer than `limit`, each once.
    /// Every statement of it was answered in time, but there are too many: it goes on, and its
    /// connection is well.
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

    /// Whether the database cannot be reached.
    pub(crate) fn is_down(&self) -> bool {
        self.down.is_some()
    }

    /// Whether there is nobody to look after.
    pub(crate) fn is_quiet(&self) -> bool {
        self.hands.is_empty() && self.short.is_empty() && self.long.is_empty()
    }

    /// How many hands wait.
    #[cfg(test)]
    pub(crate) fn idle(&self) -> usize {
        self.idle
    }

    /// How many threads are left to themselves.
    pub(crate) fn abandoned(&self) -> usize {
        self.abandoned
    }

    /// What has waited for too long, or for nobody.
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
        // One of them may have been let through to try.
        if let Some(down) = self.down.as_mut().filter(|_| !stale.is_empty()) {
            down.try_again();
        }
        stale
    }

    /// Everything that waits.
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

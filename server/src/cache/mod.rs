//! What a server remembers of its projects, so that a request which hits asks no database.
//!
//! Data at a revision, never decisions. What is remembered may be used for as long as it is known
//! to be the newest there was at most so long ago: its lease, which begins when the database was
//! asked, and goes on while the machine is suspended. Without one, everything is read from the
//! database as if there were no cache. What this server changes ends the lease before the change is
//! acknowledged; what others change, another replica or the command line, is noticed by asking for
//! the heads a few times within a lease.

mod ages;
mod directory;
mod entry;
mod load;
mod names;
mod project_cache;
mod refresh;
mod state;
mod unknown_keys;

pub(crate) use ages::SnapshotAges;
pub use project_cache::MAX_STALENESS;
pub(crate) use project_cache::ProjectCache;
pub(crate) use refresh::run_refresher;
pub(crate) use state::State;
pub(crate) use unknown_keys::UnknownKeys;

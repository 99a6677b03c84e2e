//! The project cache, which lets most requests run without a query.
//!
//! It holds data at a revision, never decisions. Data may be used while its *lease* lasts: the data
//! is known to have been current at most `max_staleness` ago. A lease starts when the database is
//! asked, and its time goes on while the machine is suspended. Without a lease, everything is read
//! from the database, as if there were no cache. A change by this server ends the lease before the
//! change is acknowledged. Changes by other replicas and by the command line are found by polling
//! the projects' heads a few times within a lease.

mod ages;
mod buckets;
mod directory;
mod entry;
mod grants;
mod load;
mod names;
mod project_cache;
mod refresh;
mod state;
mod unknown_keys;
mod usable;

pub(crate) use ages::SnapshotAges;
pub use buckets::BucketRange;
pub use project_cache::MAX_STALENESS;
pub(crate) use project_cache::ProjectCache;
pub(crate) use refresh::run_refresher;
pub(crate) use state::State;
pub(crate) use unknown_keys::UnknownKeys;
pub(crate) use usable::UsableWalk;

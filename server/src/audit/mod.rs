//! The audit trail: who asked for what, and the verdict.
//!
//! A change is recorded in its own transaction. Other verdicts go through [`Audit`], where one
//! writer commits whatever has gathered. Operators have a trail of their own: their acts in any
//! project, and events of no project.

mod commit;
mod decision;
mod disk;
mod door;
mod error;
mod event;
mod failures;
mod in_transaction;
mod limits;
mod operator_act;
mod prune;
mod queue;
mod refusals;
mod sink;
mod spool;
mod tally;
mod vitals;
mod watch;
mod write_check;

pub use sail_cargo_database::tables::audit_events::Text;

pub use decision::{Decision, SignedRequest};
pub use disk::AuditRoom;
pub use door::Audit;
pub use error::AuditError;
pub use failures::Failures;
pub use in_transaction::{events_of, insert, insert_act};
pub use limits::AuditLimits;
pub use operator_act::OperatorAct;
pub use prune::Pruned;
pub use spool::SpoolError;
pub use write_check::try_recording;

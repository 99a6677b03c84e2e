//! `ls`, `cat`, `cp`, `rm`: commands on objects. Cargo signs their requests with the caller's
//! grants, through the interceptor.

mod cat;
mod clients;
mod copier;
mod cp;
mod interrupt;
mod jobs;
mod listed;
mod location;
mod ls;
mod pair;
mod pairs;
mod progress;
mod refusal;
mod removal;
mod rm;
mod tree;
mod walk;

pub(super) use cat::{CatArgs, cat};
pub(super) use cp::{CpArgs, cp};
pub(super) use ls::{LsArgs, ls};
pub(super) use refusal::is_refusal;
pub(super) use rm::{RmArgs, rm};

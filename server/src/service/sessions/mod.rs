//! Sessions of STS: opened, looked up, ended. None is stored.

mod end;
mod look_up;
mod open;

pub(super) use end::end_now;
pub use open::{OpenSessionError, OpenedSession};

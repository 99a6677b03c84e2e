//! The server as somebody who asks the storage itself: for the probe, and where it must be known
//! whether a bucket is there, or whose an account is.

mod account;
mod error;
mod face;
mod line;
mod pen;
mod said;

pub(crate) use account::{Account, encode};
pub use error::StorageError;
pub(crate) use face::{Face, Likeness, face};
pub(crate) use line::{Answer, Line, http};
pub(crate) use pen::{Declared, Draft, Form, Judge, Pen, Signed};
pub(crate) use said::Seen;

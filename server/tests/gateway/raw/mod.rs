//! A client without an SDK: it signs by itself, so that it can do everything wrong, and speaks HTTP over a
//! socket of its own.

mod chunks;
mod connection;
mod wire;

pub(crate) use chunks::{Defect, Form, Upload, crc32};
pub(crate) use connection::{Answer, Connection};
pub(crate) use wire::{Signer, Wire, hash, wall_clock};

//! The S3 gateway: a client that speaks S3 is proved, its request is judged as the oracle judges it, signed
//! anew with the store's key, and sent to the storage; bytes pass through piece by piece.
//!
//! The room keeps no object, buffers no object, and adds no rule of its own to who may do what. A request
//! walks `way` (prove, read, judge), `sending` (sign, send, pass) and `ending` (the record of its end); `known`
//! has the record of its refusal;
//! `own`, `deletion` and `guided_listing` are what Cargo answers itself.

mod access_line;
mod asked;
mod bucket_change;
mod bucket_listing;
mod checksums;
mod chunks;
mod content_type;
mod cors;
mod deletion;
mod door;
mod ending;
mod endings;
mod error;
mod guided_listing;
mod head;
mod health;
mod hosts;
mod intake;
mod json_listing;
mod known;
mod location;
mod looking;
mod metadata;
mod origin;
mod own;
mod own_documents;
mod owner;
mod prove;
mod public_host;
mod reason;
mod refusal;
mod refused;
mod response;
mod response_headers;
mod sending;
mod server;
mod state;
mod storage_answer;
mod store_refusal;
mod sts;
mod watch;
mod way;

#[cfg(feature = "dev")]
pub(crate) use error::S3Error;
#[cfg(feature = "dev")]
pub(crate) use head::read_head;
pub(crate) use server::Server;
pub(crate) use state::{Gateway, Shared};

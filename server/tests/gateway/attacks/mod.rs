//! Attacks by a client without an SDK, and by storages that lie. Each test is named after the rule it attacks.

mod corpus;
mod cut_streams;
mod fake_storage;
mod framing;
mod guesses;
mod last_look;
mod loops;
mod lying_storages;
mod memory;
mod outbound;
mod payloads;
mod process;
mod proofs;
mod record;
mod spellings;
mod witness;

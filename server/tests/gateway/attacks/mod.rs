//! Attacks by a client without an SDK, and by storages that lie. Each test is named after the rule it attacks.

mod corpus;
mod cut_streams;
mod fake_storage;
mod framing;
mod guesses;
mod http2;
mod last_look;
mod literal_names;
mod loops;
mod lying_storages;
mod memory;
mod outbound;
mod payloads;
mod process;
mod process_limits;
mod proofs;
mod record;
mod refusals;
mod spellings;
mod stop;
mod store_refusals;
mod taken_buckets;
mod witness;

//! The permission authority, held against a plain reading of its rule: the engine by a million
//! questions, the service by every way it has to answer one, both databases by one history. The long
//! proofs are whole with `TEST_LONG=1`.
#![allow(missing_docs, clippy::unwrap_used)]

mod agree;
mod answers;
mod cache;
#[path = "../dice/mod.rs"]
mod dice;
mod effort;
mod generate;
#[path = "../api/harness/mod.rs"]
#[expect(dead_code, unused_imports, reason = "what the other tests need of it")]
mod harness;
mod histories;
mod large;
mod metamorphic;
mod race;
mod reference;

//! Tests of the decision rule against a reference implementation: the engine by a million
//! questions, the service by every way to ask, both databases by the same history. Set
//! `TEST_LONG=1` for the full number of cases.
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

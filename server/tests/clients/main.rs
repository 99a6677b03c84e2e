//! Judges the requests that real S3 clients send in common use: none may be refused needlessly.
//!
//! `data/clients/*.jsonl` is recorded by `scripts/capture-clients`, which also documents the format
//! of a line.
#![allow(missing_docs, clippy::unwrap_used)]

mod everyday;
mod judge;
mod recording;

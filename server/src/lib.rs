//! Cargo: the permission authority and signing oracle for S3.
//!
//! The rooms, in the order in which a request walks through them: [`http`] extracts, [`authn`]
//! says who is asking, [`sign`] is the one path a signature can take, [`domain`] judges and
//! signs, [`store`] remembers.

mod aliases;
pub mod app;
pub mod authn;
pub mod cli;
pub mod clock;
pub mod config;
#[cfg(feature = "dev")]
pub mod dev;
pub use sail_cargo_domain as domain;
pub mod explain;
pub mod health;
pub mod http;
pub mod iam;
pub mod limits;
mod misread;
pub mod outbound;
mod pace;
mod private;
pub mod probe;
pub mod recorder;
pub mod settle;
mod sharing;
pub mod sign;
pub mod simulate;
pub mod storage;
pub mod store;
pub mod telemetry;
mod text_file;

/// Compiles the README's examples.
#[cfg(all(doctest, feature = "dev"))]
#[doc = include_str!("../../README.md")]
struct Readme;

/// Compiles the cookbook's examples.
#[cfg(all(doctest, feature = "dev"))]
#[doc = include_str!("../../docs/cookbook.md")]
struct Cookbook;

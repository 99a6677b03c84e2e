#![doc = include_str!("../README.md")]
//!
//! The rooms, in the order in which a request walks through them: [`api`] extracts, [`authn`]
//! says who is asking, [`service::signing`] is the one path a signature can take, [`domain`] judges and
//! signs, the database keeps.

pub mod app;
pub mod audit;
pub mod authn;
pub mod cache;
pub mod cli;
pub mod clock;
pub mod config;
#[cfg(feature = "dev")]
pub mod dev;
pub use sail_cargo_domain as domain;
pub mod api;
pub mod explain;
pub mod health;
pub mod iam;
pub mod limits;
mod misread;
pub mod outbound;
mod pace;
mod private;
pub mod recorder;
pub mod storage_probe;

pub mod service;
mod sharing;
pub mod simulate;
pub mod storage_client;
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

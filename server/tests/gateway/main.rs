//! The S3 gateway, asked by clients that know nothing of Cargo, in front of storages that verify signatures.
#![cfg(feature = "dev")]
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

mod answers;
mod attacks;
mod broken_uploads;
mod buckets;
mod clients;
#[path = "../api/harness/database.rs"]
#[allow(dead_code, reason = "what the other tests need of it")]
mod database;
mod deletions;
#[path = "../dev_issuer/mod.rs"]
#[allow(dead_code, reason = "what the other tests need of it")]
mod dev_issuer;
mod ends;
mod equality;
mod gateway_stack;
mod java_sdk;
mod listings;
mod objects;
mod outbound_trailers;
mod pages;
mod personal_keys;
mod plain;
mod plain_http;
mod public;
#[allow(dead_code, reason = "what the bench of memory needs of it")]
mod raw;
mod revocation;
#[path = "../served/mod.rs"]
#[allow(dead_code, reason = "what the other tests need of it")]
mod served;
mod settings;
#[path = "../storages/mod.rs"]
#[allow(dead_code, unused_imports, reason = "what the other tests need of it")]
mod storages;
mod store_access;
mod sts;
mod team_day;
mod template;
mod trailers;
mod uploads;
mod ways;

//! The verifier and the reader of chunks: held to the published examples, to the tree's own signer, to
//! `aws-sigv4`, and to a raw client of its own, rule by rule.
#![allow(missing_docs, clippy::match_bool, clippy::unwrap_used)]

mod both_ways;
mod chunk_writer;
mod g11_strip;
mod g18_digests;
mod g19_chunks;
mod g1_proofs;
mod g20_encoder;
mod g2_hoisted;
mod g2_refusals;
mod g2_times;
mod g4_spellings;
mod g6_regions;
#[path = "../signer/generate.rs"]
mod generate;
#[path = "../signer/oracle.rs"]
mod oracle;
mod others;
mod published;
mod raw_client;
#[path = "../signer/test_project.rs"]
mod test_project;

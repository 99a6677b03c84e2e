//! A short run of the fuzz targets: on their seeds and on mutated seeds.

use std::path::Path;

use crate::byte_source::{ByteSource, Noise};
use crate::targets;

/// The number of mutations of each seed.
const ROUNDS: usize = 500;

/// Runs `target` on the seeds in `fuzz/corpus/<name>`, on mutations of them, and on random bytes.
fn run(name: &str, target: fn(&[u8])) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name);
    let mut noise = Noise::new(3);
    let mut count = 0;
    for entry in std::fs::read_dir(&seeds).unwrap() {
        let seed = std::fs::read(entry.unwrap().path()).unwrap();
        target(&seed);
        for _ in 0..ROUNDS {
            target(&changed(&seed, &mut noise));
        }
        count += 1;
    }
    for length in 0..ROUNDS {
        target(&noise.bytes(length));
    }
    assert!(count > 2, "{name} has only {count} seeds");
}

/// `seed` with one to four bytes replaced, inserted, removed or repeated from elsewhere.
fn changed(seed: &[u8], noise: &mut Noise) -> Vec<u8> {
    let bytes = noise.bytes(24);
    let mut choices = ByteSource::new(&bytes);
    let mut data = seed.to_vec();
    for _ in 0..=choices.below(4) {
        let at = choices.below(data.len() + 1);
        let from = choices.below(data.len() + 1);
        let piece = data[from..data.len().min(from + 12)].to_vec();
        match choices.below(4) {
            0 => data.insert(at, choices.byte()),
            1 if at < data.len() => data[at] = choices.byte(),
            2 if at < data.len() => drop(data.remove(at)),
            _ => drop(data.splice(at..at, piece)),
        }
    }
    data
}

#[test]
fn requests() {
    run("request", targets::request);
}

#[test]
fn delete_bodies() {
    run("delete_body", targets::delete_body);
}

#[test]
fn restore_bodies() {
    run("restore_body", targets::restore_body);
}

#[test]
fn copy_sources() {
    run("copy_source", targets::copy_source);
}

#[test]
fn key_sets() {
    run("key_set", targets::key_set);
}

#[test]
fn inbound_heads() {
    run("inbound_head", targets::inbound_head);
}

#[test]
fn chunked_bodies() {
    run("chunked", targets::chunked);
}

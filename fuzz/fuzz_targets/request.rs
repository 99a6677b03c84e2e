//! See [`sail_cargo_fuzz::request`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sail_cargo_fuzz::request(data));

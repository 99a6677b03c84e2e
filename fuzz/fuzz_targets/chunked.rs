//! See [`sail_cargo_fuzz::chunked`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sail_cargo_fuzz::chunked(data));

//! See [`sail_cargo_fuzz::restore_body`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sail_cargo_fuzz::restore_body(data));

//! See [`sail_cargo_fuzz::copy_source`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sail_cargo_fuzz::copy_source(data));

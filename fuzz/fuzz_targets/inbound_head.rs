//! See [`sail_cargo_fuzz::inbound_head`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sail_cargo_fuzz::inbound_head(data));

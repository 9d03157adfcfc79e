//! Fuzz target; its body is [`tijian_fuzz::cell`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tijian_fuzz::cell::check(data));

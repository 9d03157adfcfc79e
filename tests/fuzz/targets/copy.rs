//! Fuzz target; its body is [`tijian_fuzz::copy`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tijian_fuzz::copy::check(data));

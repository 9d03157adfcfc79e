//! Fuzz target; its body is [`tijian_fuzz::record`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tijian_fuzz::record::check(data));

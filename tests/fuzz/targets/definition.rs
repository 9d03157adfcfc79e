//! Fuzz target; its body is [`tijian_fuzz::definition`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tijian_fuzz::definition::check(data));

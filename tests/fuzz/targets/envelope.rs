//! Fuzz target; its body is [`tijian_fuzz::envelope`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tijian_fuzz::envelope::check(data));

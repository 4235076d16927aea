#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| tenk_fuzz::target::gguf(data));

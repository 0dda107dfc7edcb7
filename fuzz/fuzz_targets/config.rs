//! See `config` in `src/targets.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evalai_sync_fuzz::targets::config(data));

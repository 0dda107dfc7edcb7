//! See `yaml_edit` in `src/targets.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evalai_sync_fuzz::targets::yaml_edit(data));

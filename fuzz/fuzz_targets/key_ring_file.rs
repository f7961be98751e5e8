#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    mpp_fuzz::run("key_ring_file", data);
});

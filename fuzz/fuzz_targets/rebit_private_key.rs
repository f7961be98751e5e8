#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    mpp_fuzz::run("rebit_private_key", data);
});
